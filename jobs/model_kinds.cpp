#include "jobs/model_kinds.hpp"

#include <fmt/format.h>

#include <array>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "algorithms/clustering/kmeans_scorer.hpp"
#include "algorithms/trees/forest_scorer.hpp"
#include "base/error.hpp"

namespace fullbase::jobs {
namespace {

using Loader = std::unique_ptr<learning::Scorer> (*)(const learning::ModelReader&);

constexpr std::array loaders = {
    std::pair<std::string_view, Loader>{clustering::kmeans_kind, clustering::load_kmeans},
    std::pair<std::string_view, Loader>{trees::forest_kind, trees::load_forest},
};

/// What results are made from: names that tell features apart, and classes.
void check_head(const learning::ModelHead& head, const std::string& where) {
  std::set<std::string> names;
  for (const auto& feature : head.features) {
    if (!names.insert(feature.name).second)
      throw base::input_error(fmt::format("the model names the feature '{}' twice", feature.name), where, "train the model anew");
  }
  const std::set<std::string> classes(head.classes.begin(), head.classes.end());
  if (classes.size() != head.classes.size())
    throw base::input_error("the model names a class twice", where, "train the model anew");
}

}  // namespace

std::unique_ptr<learning::Scorer> load_scorer(const learning::ModelReader& reader) {
  for (const auto& [kind, load] : loaders) {
    if (kind != reader.kind()) continue;
    auto scorer = load(reader);
    check_head(scorer->head(), reader.where());
    return scorer;
  }
  throw base::input_error(fmt::format("the model is of the kind '{}', which this fullbase does not have", reader.kind()),
                          reader.where(), "train the model anew");
}

}  // namespace fullbase::jobs
