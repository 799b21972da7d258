// job: itemset_groups - each customer's strongest itemset, as a behaviour class.
#include "algorithms/itemsets/itemset_groups.hpp"

#include <fmt/format.h>

#include <array>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "algorithms/itemsets/set_index.hpp"
#include "jobs/column_names.hpp"
#include "jobs/customer_lines.hpp"
#include "jobs/registry.hpp"

namespace fullbase::itemsets {

// Found by config through the enum's namespace.
inline std::array<std::tuple<Strength, const char*, const char*>, 4> enum_names(Strength) {
  return {{{Strength::lift, "lift", "Support against what it would be if the items were independent: their supports multiplied."},
           {Strength::leverage, "leverage", "Support less that product."},
           {Strength::count, "count", "How many baskets hold the set."},
           {Strength::size, "size", "How many items the set has."}}};
}

}  // namespace fullbase::itemsets

namespace fullbase::jobs {
namespace {

constexpr int sets_slot = 0;
constexpr int lines_slot = 1;

struct ItemsetGroupsOptions {
  std::string customer = "customer";
  std::string item = "item";
  std::optional<std::string> time = {};
  itemsets::Strength by = itemsets::GroupOptions{}.by;
  std::int64_t top = itemsets::GroupOptions{}.top;
  std::int64_t least_size = itemsets::GroupOptions{}.least_size;
  std::string separator = itemsets::GroupOptions{}.separator;
  std::string otherwise = itemsets::GroupOptions{}.otherwise;
};

config::Description<ItemsetGroupsOptions> description() {
  return config::Description<ItemsetGroupsOptions>(
             "itemset_groups",
             "Each customer's strongest itemset, as a behaviour class\n"
             "The strongest sets are groups, and a customer is in the strongest of them all of whose items they bought: a "
             "column\n"
             "to join with value and needs. A `where` on the sets says which of them may be groups. The table `groups` counts\n"
             "who is in each.")
      .option("customer", &ItemsetGroupsOptions::customer, "Column of the lines that says whose line it is.", config::non_empty())
      .option("item", &ItemsetGroupsOptions::item, "Column of the lines with what was bought.", config::non_empty())
      .option("time", &ItemsetGroupsOptions::time,
              "Column of the lines with their time: lines at or after as_of are left out, and so are lines without a time.",
              config::non_empty(), config::default_means("none: all lines count"))
      .option("by", &ItemsetGroupsOptions::by, "What makes a set strong; of equally strong ones the first in the table is.")
      .option("top", &ItemsetGroupsOptions::top, "How many sets are groups at most.", config::between(1, 10'000))
      .option("least_size", &ItemsetGroupsOptions::least_size, "Items of a set that is a group, at least.", config::at_least(1))
      .option("separator", &ItemsetGroupsOptions::separator, "What stands between the items of a group's name.")
      .option("otherwise", &ItemsetGroupsOptions::otherwise, "Group of customers who hold none of these sets.",
              config::non_empty());
}

class ItemsetGroupsStep final : public runtime::Step {
 public:
  explicit ItemsetGroupsStep(ItemsetGroupsOptions options) : options_(std::move(options)) {}

  bool takes_filter(int) const override { return true; }

  std::vector<runtime::TableOutline> check(runtime::CheckContext& context) override {
    const bool right = check_sets(context, sets_slot);
    const auto columns = check_lines(context, lines_slot, sets_slot, options_.customer, options_.item, options_.time);
    if (!right || !columns) return {};
    columns_ = *columns;
    auto customers = itemsets::itemset_groups_schema(context.input(lines_slot)[columns_.customer], options_.by);
    if (!check_names(context, customers)) return {};
    return {{"", std::move(customers)}, {"groups", itemsets::groups_schema(options_.by)}};
  }

  /// Sets on every rank; at best all lines of the rank and its customers at once.
  Memory memory(const std::vector<std::int64_t>& rows, int ranks) const override {
    Memory memory;
    memory.least = 61 * rows[sets_slot] + (std::int64_t{4} << 20);
    memory.best = memory.least + 3 * 32 * (rows[lines_slot] / ranks + base::block_rows);
    return memory;
  }

  void run(runtime::StepContext& context) override {
    auto& communicator = context.communicator();
    const auto& table = context.input(sets_slot);
    const auto sets = itemsets::SetIndex::read(communicator, table, context.budget());
    const itemsets::ItemsetGroups groups(communicator, table, sets, context.filter(sets_slot),
                                         lines_of(context, lines_slot, columns_),
                                         {options_.by, options_.top, options_.least_size, options_.separator, options_.otherwise},
                                         context.budget(), context.spill());
    const auto writer = context.create("", groups.rows(), groups.dictionaries(), groups.string_widths());
    groups.write(communicator, *writer);
    writer->finish();
    context.write_small("groups", groups.groups_table());
    note_lines(context, columns_, groups.facts(), groups.passes());
    if (groups.rows() == 0) {
      context.warn("no line takes part, so there is no customer: the table has no rows");
    } else if (groups.groups() == 0) {
      context.warn(fmt::format("no set may be a group, so that all customers are in '{}'", options_.otherwise));
    } else if (groups.otherwise() == groups.rows()) {
      context.warn(
          fmt::format("nobody bought all items of a group, so that all customers are in '{}'; see whether lines and sets "
                      "call items the same",
                      options_.otherwise));
    }
    context.note("groups", groups.groups());
    context.note("customers", groups.rows());
    context.note("customers_in_no_group", groups.otherwise());
  }

 private:
  ItemsetGroupsOptions options_;
  LineColumns columns_;
};

}  // namespace

std::shared_ptr<const runtime::JobKind> itemset_groups_kind() {
  return runtime::make_job_kind<ItemsetGroupsOptions, ItemsetGroupsStep>(
      description(), {{"sets", "The table of an itemsets step, whole.", true},
                      {"lines", "A line for each thing that a customer bought.", true}});
}

}  // namespace fullbase::jobs
