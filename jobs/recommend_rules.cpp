// job: recommend_rules - for every customer what association rules recommend.
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "algorithms/itemsets/rule_offers.hpp"
#include "algorithms/itemsets/rule_recommendations.hpp"
#include "algorithms/itemsets/set_index.hpp"
#include "jobs/column_names.hpp"
#include "jobs/customer_lines.hpp"
#include "jobs/expressions.hpp"
#include "jobs/registry.hpp"
#include "jobs/rule_metric_names.hpp"

namespace fullbase::jobs {
namespace {

constexpr int rules_slot = 0;
constexpr int sets_slot = 1;
constexpr int lines_slot = 2;

struct RecommendRulesOptions {
  std::string customer = "customer";
  std::string item = "item";
  std::optional<std::string> time = {};
  itemsets::Metric by = itemsets::RecommendOptions{}.by;
  std::int64_t top = itemsets::RecommendOptions{}.top;
};

config::Description<RecommendRulesOptions> description() {
  return config::Description<RecommendRulesOptions>(
             "recommend_rules",
             "For every customer what the association rules recommend\n"
             "A rule fires for a customer who bought its whole antecedent, and recommends the items of its consequent that the\n"
             "customer did not buy: each item once, from the best rule that has it. The table `customers` has a row for\n"
             "everybody, those for whom no rule fires too. Items are matched by value: lines may have items that no set knows.")
      .option("customer", &RecommendRulesOptions::customer, "Column of the lines that says whose line it is.",
              config::non_empty())
      .option("item", &RecommendRulesOptions::item, "Column of the lines with what was bought.", config::non_empty())
      .option("time", &RecommendRulesOptions::time,
              "Column of the lines with their time: lines at or after as_of are left out, and so are lines without a time.",
              config::non_empty(), config::default_means("none: all lines count"))
      .option("by", &RecommendRulesOptions::by,
              "Which rule is the better one: that with the greater value, of equal ones the first.")
      .option("top", &RecommendRulesOptions::top, "Items that a customer is recommended at most.", config::at_least(1));
}

class RecommendRules final : public runtime::Step {
 public:
  explicit RecommendRules(RecommendRulesOptions options) : options_(std::move(options)) {}

  /// A `where` on the sets would break what they say of each other; see check().
  bool takes_filter(int slot) const override { return slot != rules_slot; }

  std::vector<runtime::TableOutline> check(runtime::CheckContext& context) override {
    bool right = check_sets(context, sets_slot);
    if (context.is_filtered(sets_slot)) {
      context.error("where.sets", "the rules need all sets", "say which rules are wanted: where: {rules: ...}");
      right = false;
    }
    right &= reported(context, "from.rules", [&] { itemsets::check_rules_schema(context.input(rules_slot)); });
    const auto columns = check_lines(context, lines_slot, sets_slot, options_.customer, options_.item, options_.time);
    if (!right || !columns) return {};
    columns_ = *columns;
    const auto& lines = context.input(lines_slot);
    auto recommendations = itemsets::recommendations_schema(lines[columns_.customer], lines[columns_.item], options_.by);
    auto customers = itemsets::recommended_customers_schema(lines[columns_.customer]);
    if (!check_names(context, recommendations) || !check_names(context, customers)) return {};
    return {{"", std::move(recommendations)}, {"customers", std::move(customers)}};
  }

  /// Sets and rules on every rank; at best all lines of the rank and what comes out at once.
  Memory memory(const std::vector<std::int64_t>& rows, int ranks) const override {
    Memory memory;
    memory.least = 53 * rows[sets_slot] + 80 * rows[rules_slot] + (std::int64_t{4} << 20);
    memory.best = memory.least + 3 * 32 * (rows[lines_slot] / ranks + base::block_rows);
    return memory;
  }

  void run(runtime::StepContext& context) override {
    auto& communicator = context.communicator();
    const auto sets = itemsets::SetIndex::read(communicator, context.input(sets_slot), context.budget());
    const itemsets::RuleRecommendations found(communicator, context.input(rules_slot), sets,
                                              lines_of(context, lines_slot, columns_), {options_.by, options_.top},
                                              context.budget(), context.spill());
    auto writer = context.create("", found.rows(), found.dictionaries(), found.string_widths());
    found.write(communicator, *writer);
    writer->finish();
    writer = context.create("customers", found.customers(), {}, found.customers_string_widths());
    found.write_customers(communicator, *writer);
    writer->finish();
    note_lines(context, columns_, found.facts(), found.passes());
    if (found.customers() == 0) {
      context.warn("no line takes part, so there is no customer: the tables have no rows");
    } else if (found.rules() == 0) {
      context.warn("there is no rule, so nobody is recommended anything");
    } else if (found.rows() == 0) {
      context.warn("no rule recommends anybody what they have not got; see whether lines and sets call items the same");
    }
    context.note("rules", found.rules());
    context.note("recommendations", found.rows());
    context.note("customers", found.customers());
    context.note("customers_with_recommendations", found.served());
  }

 private:
  RecommendRulesOptions options_;
  LineColumns columns_;
};

}  // namespace

std::shared_ptr<const runtime::JobKind> recommend_rules_kind() {
  return runtime::make_job_kind<RecommendRulesOptions, RecommendRules>(
      description(), {{"rules", "The table of a rules step.", true},
                      {"sets", "The table of itemsets that the rules were made of, whole.", true},
                      {"lines", "A line for each thing that a customer bought.", true}});
}

}  // namespace fullbase::jobs
