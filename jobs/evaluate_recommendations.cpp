// job: evaluate_recommendations - how good ways to recommend are, by pairs that they have not learned from.
#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "algorithms/recommendation/entry_times.hpp"
#include "algorithms/recommendation/hold_out.hpp"
#include "algorithms/recommendation/ranking_metrics.hpp"
#include "base/block.hpp"
#include "base/error.hpp"
#include "base/size.hpp"
#include "comm/agreement.hpp"
#include "jobs/content_vectors.hpp"
#include "jobs/evaluated_methods.hpp"
#include "jobs/held_out_rule.hpp"
#include "jobs/line_columns.hpp"
#include "jobs/pair_columns.hpp"
#include "jobs/recommendation_quality.hpp"
#include "jobs/registry.hpp"

namespace fullbase::jobs {
namespace {

using recommendation::HeldOut;
using recommendation::InteractionsRead;

constexpr int vectors_slot = 1;

struct EvaluateRecommendationsJob : PairOptions {
  std::string time = "last";
  HoldOutRule hold_out = {};
  std::vector<std::pair<std::string, RecommendationMethod>> methods = {};
  std::vector<std::int64_t> at = {10};
  std::optional<double> relevant = {};
};

config::Description<EvaluateRecommendationsJob> description() {
  using Job = EvaluateRecommendationsJob;
  config::Description<Job> description(
      "evaluate_recommendations",
      "How good ways to recommend are: each learns from a part of the pairs and is asked for the rest\n"
      "Every customer gets the best items of each method, without those that they have in training; what was held out tells\n"
      "which of them are right. Precision, recall, NDCG, mean average precision, reciprocal rank and hit rate are means over\n"
      "the customers with a relevant pair held out, coverage is the share of items in anybody's list; the table `errors` has\n"
      "how far told values lie from those held out, for methods that tell values.");
  describe_pairs(description);
  description.option("time", &Job::time, "Column of the pairs with their time, for `hold_out: {last: ...}`.", config::non_empty())
      .required("hold_out", &Job::hold_out, "What methods do not learn from and are measured by.", hold_out_form())
      .required("methods", &Job::methods, "What is compared, each by a name of your own.", recommendation_method_form(),
                config::non_empty())
      .option("at", &Job::at, "Places of a list that count: k, or several.", config::between(1, 10'000), config::non_empty(),
              config::distinct())
      .option("relevant", &Job::relevant, "Least value that a held-out pair has where it is what the customer wants.",
              config::default_means("every held-out pair is"));
  return description;
}

class EvaluateRecommendations final : public runtime::Step {
 public:
  explicit EvaluateRecommendations(EvaluateRecommendationsJob options) : options_(std::move(options)) {}

  std::vector<runtime::TableOutline> check(runtime::CheckContext& context) override {
    std::vector<runtime::TableOutline> outlines = {{"", quality_table({}).schema()}};
    if (std::ranges::any_of(options_.methods, [](const auto& method) { return tells_values(method.second); }))
      outlines.push_back({"errors", errors_table({}).schema()});
    if (const auto columns = check_pairs(context, options_)) {
      columns_ = *columns;
      check_content(context);
    }
    if (needs_times(options_.hold_out)) check_time(context);
    return outlines;
  }

  /// While pairs are read; later the matrix, its folds, what is left of it in training, and what the neediest method has beside.
  Memory memory(const std::vector<std::int64_t>& rows, int ranks) const override {
    const std::int64_t entries = base::Partition(rows.front(), ranks).most_rows();
    const std::int64_t held_out = most_held_out(options_.hold_out, entries);
    std::int64_t of_method = 0;
    for (const auto& [name, method] : options_.methods) of_method = std::max(of_method, method_bytes(method, entries, held_out));
    if (std::ssize(rows) > vectors_slot) of_method = std::max(of_method, 2 * 8 * rows[vectors_slot]);
    const auto vectors = std::ssize(rows) > vectors_slot ? 56 * base::Partition(rows[vectors_slot], ranks).most_rows() : 0;
    const auto bytes =
        vectors + std::max((needs_times(options_.hold_out) ? 72 : 56) * entries, (16 + 4 + 16) * entries + of_method);
    return {.least = bytes, .best = bytes};
  }

  runtime::Forecast forecast(const std::vector<runtime::InputSize>& inputs, int ranks) const override {
    auto forecast = runtime::grouped(inputs, ranks);
    const auto pairs = static_cast<double>(inputs.front().rows.rows);
    const auto folds = folds_of(options_.hold_out);
    for (const auto& [name, method] : options_.methods) {
      for (std::int32_t fold = 0; fold < folds; ++fold) forecast_method(forecast, method, pairs, ranks);
    }
    for (const char* const table : {"", "errors"}) forecast.tables[table] = runtime::small_table();
    return forecast;
  }

  void run(runtime::StepContext& context) override {
    auto& communicator = context.communicator();
    auto& budget = context.budget();
    const auto read =
        recommendation::read_interactions(communicator, context.input(), columns_, budget, range_of(options_.methods));
    note_pairs_left_out(context, read);
    require_sizes(options_.methods, read.matrix, context.input().name());
    const std::int64_t pairs = context.input().rows() - read.missing;
    if (folds_of(options_.hold_out) > pairs)
      throw base::input_error(fmt::format("{} folds of {} pairs", folds_of(options_.hold_out), pairs),
                              fmt::format("steps.{}.hold_out", context.step_id()), "there are at least as many pairs as folds")
          .known_to_all();
    const auto folds = fold_of_entries(context, read);
    std::optional<ContentVectors> content;
    if (context.has_input(vectors_slot)) content = read_vectors(context, vectors_slot, vectors_, read);

    std::vector<MethodQuality> qualities;
    for (const auto& [name, method] : options_.methods) qualities.push_back({name, {}});
    StepPart step(context);
    if (step.has_left("folds")) {
      qualities = step.read_left([&](const data::StateReader& reader, const std::string& prefix) {
        return read_qualities(reader, prefix, std::move(qualities));
      });
    }
    step.keep([&](data::StateWriter& writer, const std::string& prefix) { put_qualities(writer, prefix, qualities); });
    std::int64_t held_out = 0;
    for (std::int32_t fold = 0; fold < folds_of(options_.hold_out); ++fold) {
      const auto parts = recommendation::hold_out(communicator, read.matrix, folds.of_entries, fold, budget);
      held_out += parts.pairs;
      for (std::size_t m = 0; m < options_.methods.size(); ++m) {
        auto& measured = qualities[m].folds;
        if (std::ssize(measured) > fold) continue;
        StepPart part(step, fmt::format("fold {} method {}", fold, m));
        measured.push_back(measure(part, parts, content ? &*content : nullptr, fold, m));
        part.end_round(round_of(fold, m, true));
      }
    }
    report(context, read, pairs, held_out, qualities);
    context.write_small("", quality_table(qualities).batch());
    const auto errors = errors_table(qualities);
    if (errors.batch().rows.size() > 0) context.write_small("errors", errors.batch());
  }

 private:
  struct Folds {
    std::vector<std::int32_t> of_entries;
    data::Reservation memory;
  };

  /// The vectors are there where a method asks for them, and then alone.
  void check_content(runtime::CheckContext& context) {
    const auto asks = std::ranges::find_if(
        options_.methods, [](const auto& method) { return std::holds_alternative<ContentMethod>(method.second); });
    const bool given = context.has_input(vectors_slot);
    if (asks != options_.methods.end() && !given)
      context.error(fmt::format("methods.{}", asks->first), "`content` needs the vectors of a content step",
                    "name them: from: {matrix: ..., vectors: words.vectors}");
    if (asks == options_.methods.end() && given)
      context.error("from.vectors", "no method reads the vectors", "leave them out, or add the method `content`");
    if (!given) return;
    if (const auto columns = check_vectors(context, vectors_slot, context.input()[columns_.item])) vectors_ = *columns;
  }

  void check_time(runtime::CheckContext& context) const {
    const auto& input = context.input();
    if (input.find(options_.time) || options_.time != EvaluateRecommendationsJob{}.time) {
      (void)time_column(context, options_.time);
      return;
    }
    context.error("hold_out.last",
                  fmt::format("{} has no column '{}' that says which pairs are the latest", context.table_name(), options_.time),
                  "name it (`time: ...`), give the interactions step its `time`, or hold out a share");
  }

  /// Times are needed for this alone.
  Folds fold_of_entries(runtime::StepContext& context, const InteractionsRead& read) const {
    auto& communicator = context.communicator();
    recommendation::EntryTimes times;
    if (needs_times(options_.hold_out))
      times = recommendation::read_times(communicator, context.input(), columns_, *context.input().schema().find(options_.time),
                                         read, context.budget());
    return comm::collective_try(communicator, "choose what is held out", [&] {
      const auto& customers = read.matrix.of_customers;
      Folds folds;
      folds.memory = context.budget().require(4 * customers.entries(), "the folds of pairs");
      folds.of_entries = hold_out_by(options_.hold_out, customers, read.matrix.customers.rows_of(communicator.rank()).first,
                                     times.times, random::Generator(context.key("hold out")));
      return folds;
    });
  }

  /// What is said of a round while a method is measured, or when it is.
  Round round_of(std::int32_t fold, std::size_t m, bool is_done) const {
    const auto& name = options_.methods[m].first;
    const auto folds = folds_of(options_.hold_out);
    return {fold * std::ssize(options_.methods) + static_cast<std::int64_t>(m) + (is_done ? 1 : 0),
            folds * std::ssize(options_.methods), folds == 1 ? name : fmt::format("{}, fold {} of {}", name, fold + 1, folds)};
  }

  FoldQuality measure(StepPart& part, const HeldOut& parts, const ContentVectors* content, std::int32_t fold,
                      std::size_t m) const {
    auto& context = part.context();
    auto& communicator = context.communicator();
    const auto& method = options_.methods[m].second;
    const auto outcome = run_method(method, parts, content, std::ranges::max(options_.at), part, [&](const std::string& round) {
      auto told = round_of(fold, m, false);
      told.detail += ", " + round;
      return told;
    });
    const float least = options_.relevant ? static_cast<float>(*options_.relevant) : -std::numeric_limits<float>::infinity();
    FoldQuality quality;
    quality.ranking = recommendation::ranking_metrics(communicator, outcome.lists, parts.held_out, options_.at, least,
                                                      parts.training.items.rows(), context.budget());
    if (tells_values(method))
      quality.errors = recommendation::prediction_errors(communicator, parts.held_out.values, outcome.predictions);
    if (outcome.without_neighbours) quality.without_neighbours = communicator.sum_value(*outcome.without_neighbours);
    return quality;
  }

  void report(runtime::StepContext& context, const InteractionsRead& read, std::int64_t pairs, std::int64_t held_out,
              const std::vector<MethodQuality>& qualities) const {
    std::int64_t evaluated = 0;
    for (const auto& fold : qualities.front().folds) evaluated += fold.ranking.front().customers;
    context.note("customers", read.customers.rows());
    context.note("items", read.items.rows());
    context.note("pairs", pairs);
    context.note("pairs_held_out", held_out);
    context.note("customers_evaluated", evaluated);
    if (held_out == 0) {
      context.warn("nobody has more pairs than always stay in training, so that none is held out and no method is measured");
    } else if (evaluated == 0) {
      context.warn(fmt::format("none of the {} pairs held out has a value of {} or more: no method is measured",
                               base::format_count(held_out), *options_.relevant));
    }
  }

  EvaluateRecommendationsJob options_;
  recommendation::InteractionColumns columns_;
  recommendation::EntryColumns vectors_;
};

}  // namespace

std::shared_ptr<const runtime::JobKind> evaluate_recommendations_kind() {
  return runtime::make_job_kind<EvaluateRecommendationsJob, EvaluateRecommendations>(
      description(), {{"matrix", "Who has what and how much of it: a row a pair of a customer and an item.", true},
                      {"vectors", "The table `vectors` of a content step, for the method `content`.", false}});
}

}  // namespace fullbase::jobs
