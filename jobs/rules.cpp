// job: rules - association rules of frequent itemsets: who has these buys those.
#include "algorithms/itemsets/rules.hpp"

#include <string>
#include <utility>
#include <vector>

#include "algorithms/itemsets/set_index.hpp"
#include "jobs/registry.hpp"
#include "jobs/rule_metric_names.hpp"
#include "parallel/for_each.hpp"

namespace fullbase::itemsets {

inline config::Description<RuleSide> describe(config::Type<RuleSide>) {
  return config::Description<RuleSide>("side", "Which rules are wanted, by the items on one side of them.")
      .option("longest", &RuleSide::longest, "Items at most.", config::at_least(1), config::default_means("any number"))
      .option("any_of", &RuleSide::any_of, "At least one of these items is there.", config::distinct(),
              config::default_means("whichever"))
      .option("none_of", &RuleSide::none_of, "None of these items is there.", config::distinct(),
              config::default_means("whichever"));
}

inline config::Description<TopRules> describe(config::Type<TopRules>) {
  return config::Description<TopRules>("top", "The best rules alone.")
      .option("by", &TopRules::by, "The measure that tells which are best; of equal ones the first in the order of the table.")
      .required("rows", &TopRules::rows, "How many, or all where there are fewer.", config::between(1, 1'000'000'000));
}

}  // namespace fullbase::itemsets

namespace fullbase::jobs {
namespace {

using itemsets::RuleOptions;

config::Description<RuleOptions> description() {
  constexpr const char* none = "no such limit";
  return config::Description<RuleOptions>(
             "rules",
             "Association rules of the frequent itemsets: who has these buys those\n"
             "A row a rule antecedent -> consequent, both parts of a frequent itemset: the items as texts, the rows of the "
             "three\n"
             "sets in the table of itemsets, and its measures, each from exact counts: support (share of the baskets with all\n"
             "items), confidence (share of those with the antecedent that have the consequent too), lift (confidence over the\n"
             "consequent's share of all baskets; 1: no connection), leverage (support beyond what chance would give),\n"
             "conviction (how much rarer it fails than by chance; infinite where it never does). In the order of the itemsets,\n"
             "then of the consequents; with `top` best first.")
      .required("confidence", &RuleOptions::confidence, "Least confidence; 0: all rules.", config::between(0.0, 1.0))
      .option("support", &RuleOptions::support, "Least support, where it is more than that of the itemsets.",
              config::between(0.0, 1.0), config::default_means("that of the itemsets"))
      .option("count", &RuleOptions::count, "Least number of baskets with all items.", config::at_least(1),
              config::default_means("that of the itemsets"))
      .option("lift", &RuleOptions::lift, "Least lift.", config::at_least(0.0), config::default_means(none))
      .option("leverage", &RuleOptions::leverage, "Least leverage.", config::between(-0.25, 0.25), config::default_means(none))
      .option("conviction", &RuleOptions::conviction, "Least conviction.", config::at_least(0.0), config::default_means(none))
      .option("antecedent", &RuleOptions::antecedent, "Which items may stand on the left.")
      .option("consequent", &RuleOptions::consequent, "Which items may stand on the right; `{longest: 1}` for one alone.")
      .option("top", &RuleOptions::top, "The best rules alone, best first.", config::default_means("all rules"))
      .option("most", &RuleOptions::most,
              "Rules that are written at most: where there are more, the run says what would leave fewer, and ends before it "
              "writes any. Not with `top`.",
              config::between(1, 1'000'000'000'000))
      .option("names", &RuleOptions::names, "Whether the columns `antecedent` and `consequent` are written.")
      .option("separator", &RuleOptions::separator, "What stands between items in them.", config::non_empty());
}

class RulesStep final : public runtime::Step {
 public:
  explicit RulesStep(RuleOptions options) : options_(std::move(options)) {}

  std::vector<runtime::TableOutline> check(runtime::CheckContext& context) override {
    if (!itemsets::has_sets(context.input()))
      context.error("from", "'" + context.table_name() + "' is no table of itemsets",
                    "name an itemsets step, or a table with its columns size, count, support, item and rest");
    if (context.is_filtered())
      context.error("where", "rules need all itemsets, since they compare each with its subsets",
                    "limit the rules by confidence, support, antecedent and consequent");
    return {{"", itemsets::rules_schema(options_.names)}};
  }

  /// The sets, the lengths of their texts, on each thread the subsets of the longest set, which are no more than all sets, and a
  /// block of rules; best: a group of blocks.
  Memory memory(const std::vector<std::int64_t>& rows, int) const override {
    constexpr std::int64_t block_bytes = std::int64_t{1} << 19;
    const auto sets = itemsets::SetIndex::bytes(rows.front()) + (options_.names ? 4 * rows.front() : 0);
    const auto subsets = 4 * (rows.front() + 1) * parallel::thread_count();
    const auto ranked = options_.top ? 96 * options_.top->rows : 0;
    return {.least = sets + subsets + ranked + block_bytes * parallel::thread_count(),
            .best = sets + subsets + ranked + 16 * block_bytes * parallel::thread_count()};
  }

  runtime::Forecast forecast(const std::vector<runtime::InputSize>& inputs, int) const override {
    auto forecast = runtime::passes_over(inputs, 5);
    forecast.keyed_rows = static_cast<double>(inputs.front().rows.rows);
    forecast.tables[""] = {};
    return forecast;
  }

  void run(runtime::StepContext& context) override {
    auto& communicator = context.communicator();
    const auto sets = itemsets::SetIndex::read(communicator, context.input(), context.budget());
    const itemsets::Rules rules(communicator, sets, options_, context.budget(),
                                [&](std::int64_t done, std::int64_t total) { context.progress(done, total, "itemsets"); });
    if (rules.rows() == 0) context.warn("no rule has the measures and items that are asked for");
    context.note("itemsets", std::int64_t{sets.rows()});
    context.note("baskets", sets.baskets());
    context.note("rules_found", rules.found());
    const auto writer = context.create("", rules.rows(), {}, rules.string_widths());
    rules.write(communicator, *writer);
    writer->finish();
  }

 private:
  RuleOptions options_;
};

}  // namespace

std::shared_ptr<const runtime::JobKind> rules_kind() {
  return runtime::make_job_kind<RuleOptions, RulesStep>(
      description(), {{"sets", "The table of itemsets, as an itemsets step writes it.", true}});
}

}  // namespace fullbase::jobs
