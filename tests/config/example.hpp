// Options that look like those of a job, and job files as texts, for the tests of config.
#pragma once

#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "config/description.hpp"
#include "config/document.hpp"
#include "config/tagged.hpp"

namespace fullbase::config::example {

enum class Init { random, kmeans_plus_plus };
constexpr std::array<std::pair<Init, std::string_view>, 2> enum_names(Init) {
  return {{{Init::random, "random"}, {Init::kmeans_plus_plus, "k-means++"}}};
}

struct Log1p {
  friend bool operator==(const Log1p&, const Log1p&) = default;
};
struct Clip {
  std::pair<double, double> range = {0, 1};
  friend bool operator==(const Clip&, const Clip&) = default;
};
struct Impute {
  std::optional<double> constant;
  friend bool operator==(const Impute&, const Impute&) = default;
};
inline Description<Impute> describe(Type<Impute>) {
  return Description<Impute>("impute", "Fills missing values.").option("constant", &Impute::constant, "With this value.");
}
using Transform = std::variant<Log1p, Clip, Impute>;
inline Form<Transform> transform() {
  return Tagged<Transform>("transform")
      .name<Log1p>("log1p", "ln(1 + x).")
      .argument<Clip>("clip", "Cut to [low, high].", &Clip::range)
      .argument<Impute>("impute", "Fill missing values.", structure(describe(Type<Impute>{})), true)
      .form();
}

struct Search {
  int rounds = 10;
  bool early_stop = true;
  friend bool operator==(const Search&, const Search&) = default;
};
inline Description<Search> describe(Type<Search>) {
  return Description<Search>("search", "How to search.")
      .option("rounds", &Search::rounds, "Rounds at most.", at_least(1))
      .option("early_stop", &Search::early_stop, "Stop when nothing changes.");
}

struct Options {
  std::vector<std::int64_t> k = {8};
  double tolerance = 1e-4;
  Init init = Init::kmeans_plus_plus;
  std::optional<std::int64_t> memory;
  std::int64_t window = 90LL * 86'400 * 1'000'000;
  Search search;
  std::optional<Located<std::string>> where;
  std::optional<Located<std::string>> since;
  std::vector<std::pair<Located<std::string>, std::vector<Transform>>> columns;
  friend bool operator==(const Options&, const Options&) = default;
};
inline Description<Options> describe(Type<Options>) {
  return Description<Options>("kmeans", "Partitions rows into k clusters.")
      .option("k", &Options::k, "Number of clusters, or several to choose from.", at_least(1), non_empty(), distinct())
      .option("tolerance", &Options::tolerance, "Relative decrease at which to stop.", at_least(0.0), less_than(1))
      .option("init", &Options::init, "Where centroids start.")
      .option("memory", &Options::memory, "Memory to use.", bytes(at_least(1 << 20)), default_means("what the machine grants"))
      .option("window", &Options::window, "Time to look back.", duration())
      .option("search", &Options::search, "The search.")
      .option("where", &Options::where, "Rows to use.")
      .option("since", &Options::since, "First day.", time_text())
      .required("columns", &Options::columns, "Columns and their transforms.", transform(), non_empty());
}

/// Variables that tests see.
inline Variables no_variables() {
  return [](std::string_view) { return std::optional<std::string>(); };
}

/// A text's mistakes as throw_if_any() lists them; empty if there are none.
template <class Read>
std::string mistakes(const std::string& text, const Read& read, const Loading& loading = {{}, no_variables()}) {
  Diagnostics diagnostics;
  try {
    read(load_text(text, "job.yaml", loading, diagnostics), diagnostics);
    diagnostics.throw_if_any();
  } catch (const base::Error& error) {
    EXPECT_EQ(error.kind(), base::ErrorKind::job_file) << error.what();
    return error.what();
  }
  return {};
}
inline std::string mistakes(const std::string& text, const Loading& loading = {{}, no_variables()}) {
  return mistakes(
      text, [](const Node& node, Diagnostics& diagnostics) { describe(Type<Options>{}).parse(node, diagnostics); }, loading);
}

/// The struct that a right text gives.
template <class T>
T parsed(const std::string& text, const Loading& loading = {{}, no_variables()}) {
  Diagnostics diagnostics;
  const T options = describe(Type<T>{}).parse(load_text(text, "job.yaml", loading, diagnostics), diagnostics);
  diagnostics.throw_if_any();
  return options;
}

}  // namespace fullbase::config::example
