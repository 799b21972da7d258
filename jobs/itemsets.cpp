// job: itemsets - which items are bought together often enough.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "algorithms/itemsets/apriori.hpp"
#include "algorithms/itemsets/basket_reader.hpp"
#include "algorithms/itemsets/basket_store.hpp"
#include "algorithms/itemsets/eclat.hpp"
#include "algorithms/itemsets/frequent_items.hpp"
#include "algorithms/itemsets/frequent_pairs.hpp"
#include "algorithms/itemsets/method.hpp"
#include "algorithms/itemsets/sets_table.hpp"
#include "base/size.hpp"
#include "base/time.hpp"
#include "comm/agreement.hpp"
#include "comm/own_rows.hpp"
#include "jobs/line_columns.hpp"
#include "jobs/registry.hpp"
#include "jobs/wanted_items.hpp"

namespace fullbase::itemsets {

// Found by config through the enum's namespace.
inline std::array<std::tuple<Method, const char*, const char*>, 3> enum_names(Method) {
  return {{{Method::automatic, "auto", "What is faster, by the numbers of frequent items and pairs."},
           {Method::apriori, "apriori", "Level by level: candidates of one item more are counted over the baskets."},
           {Method::eclat, "eclat", "Item by item: which baskets hold all items of a set."}}};
}

}  // namespace fullbase::itemsets

namespace fullbase::jobs {
namespace {

using itemsets::Method;

/// A basket of so many different items is more likely a wholesaler, or lines that belong to no basket.
constexpr std::int64_t huge_basket = 1000;

struct ItemsetsOptions {
  std::vector<std::string> basket;
  std::string item = "item";
  std::optional<std::string> time = {};
  std::optional<std::string> within = {};
  std::optional<double> support = {};
  std::optional<std::int64_t> count = {};
  std::optional<std::int64_t> longest = {};
  std::vector<std::string> keep = {};
  std::vector<std::string> leave_out = {};
  Method method = Method::automatic;
  bool names = true;
  std::string separator = ", ";
};

config::Form<std::string> duration_form() {
  return config::text_of("duration such as 7d", [](std::string_view text) {
    const auto length = base::parse_duration(text);
    return length && *length > 0 ? std::string() : fmt::format("'{}' is no duration such as 7d or 12h", text);
  });
}

config::Description<ItemsetsOptions> description() {
  return config::Description<ItemsetsOptions>(
             "itemsets",
             "Items that are bought together: the sets that enough baskets hold\n"
             "Reads lines, an item of a basket each. Every set of items that at least `support` of the baskets hold is a row, "
             "with\n"
             "its count. Baskets without any item count as baskets. Lines at or after as_of are left out where `time` is named.")
      .required("basket", &ItemsetsOptions::basket,
                "Column that says which basket a line is of, or several: an order, a customer, a customer and a day.",
                config::non_empty(), config::distinct())
      .option("item", &ItemsetsOptions::item, "Column with the item: a text, a whole number or a truth value.")
      .option("time", &ItemsetsOptions::time, "Column with the line's time, a timestamp or a date.",
              config::default_means("lines have no time"))
      .option("within", &ItemsetsOptions::within,
              "A basket takes the lines less than this after its first one (`7d`); the next line begins the next basket.",
              duration_form(), config::default_means("all lines"))
      .option("support", &ItemsetsOptions::support, "Share of the baskets that a set is in at least.", config::more_than(0.0),
              config::at_most(1.0), config::default_means("`count`"))
      .option("count", &ItemsetsOptions::count, "Baskets that a set is in at least, in place of a share.", config::at_least(1),
              config::default_means("`support`"))
      .option("longest", &ItemsetsOptions::longest, "Items of a set at most.",
              config::between(1, std::numeric_limits<std::uint16_t>::max()), config::default_means("any number"))
      .option("keep", &ItemsetsOptions::keep, "Items that sets are made of, by name.", config::distinct(),
              config::default_means("all"))
      .option("leave_out", &ItemsetsOptions::leave_out, "Items that no set has, by name.", config::distinct(),
              config::default_means("none"))
      .option("method", &ItemsetsOptions::method, "How sets are found; the result is the same.")
      .option("names", &ItemsetsOptions::names, "Whether the column `items` is written: a set in words.")
      .option("separator", &ItemsetsOptions::separator, "Between the names of a set.", config::non_empty())
      .check([](const ItemsetsOptions& options, const config::Node& node, config::Diagnostics& diagnostics) {
        if (options.support && options.count)
          diagnostics.error(config::locate(node, "count"), "'support' and 'count' say the same in two ways", "give one of them");
        if (!options.support && !options.count)
          diagnostics.error(node.position(), "how often a set has to be bought is missing",
                            "write `support: 0.01`, or `count: 100`");
        if (options.within && !options.time)
          diagnostics.error(config::locate(node, "within"), "'within' needs the time of lines", "name the column: time: ...");
        for (std::size_t i = 0; i < options.leave_out.size(); ++i) {
          if (std::ranges::find(options.keep, options.leave_out[i]) != options.keep.end())
            diagnostics.error(config::locate(node, fmt::format("leave_out[{}]", i)),
                              fmt::format("'{}' is kept and left out", options.leave_out[i]));
        }
      });
}

class Itemsets final : public runtime::Step {
 public:
  explicit Itemsets(ItemsetsOptions options) : options_(std::move(options)) {}

  bool takes_filter(int) const override { return true; }

  std::vector<runtime::TableOutline> check(runtime::CheckContext& context) override {
    const auto& input = context.input();
    for (std::size_t i = 0; i < options_.basket.size(); ++i) {
      const auto path = fmt::format("basket[{}]", i);
      const auto column = key_column(context, path, options_.basket[i], "cannot tell baskets apart",
                                     "name columns of whole numbers, decimals, texts, dates or times");
      if (!column) continue;
      if (options_.basket[i] == options_.item) context.error(path, "the item cannot be part of what a basket is known by");
      columns_.keys.push_back(*column);
    }
    if (options_.time) columns_.time = time_column(context, *options_.time);
    columns_.zone = context.environment().zone;
    if (options_.within) columns_.within = base::parse_duration(*options_.within).value_or(0);
    const auto item = item_column(context, options_.item);
    if (!item) return {};
    columns_.item = *item;
    return {{"", itemsets::sets_schema(input[*item], options_.names)}};
  }

  /// Least: what a pass, pairs and sets take, in files what does not fit. Best: all lines in one pass if they lie in any order
  /// (twice 16 bytes a line, 24 with `within`), and their baskets beside (4 bytes a line, and a third of that once only frequent
  /// items are left).
  Memory memory(const std::vector<std::int64_t>& rows, int ranks) const override {
    const std::int64_t local = base::Partition(rows.front(), ranks).most_rows();
    constexpr std::int64_t least = std::int64_t{16} << 20;
    return {.least = least, .best = least + local * (options_.within ? 80 : 56)};
  }

  /// How many sets there are, and how long they take, only the data tells.
  runtime::Forecast forecast(const std::vector<runtime::InputSize>& inputs, int ranks) const override {
    auto forecast = runtime::grouped(inputs, ranks, 2);
    forecast.values += 20 * forecast.keyed_rows;
    forecast.tables[""] = {};
    return forecast;
  }

  void run(runtime::StepContext& context) override {
    auto& communicator = context.communicator();
    auto& budget = context.budget();
    const auto& input = context.input();
    const auto slots = prepare::ValueSlots::build(communicator, input, columns_.item, budget);
    const auto wanted = wanted_items(slots, options_.keep, options_.leave_out, fmt::format("steps.{}", context.step_id()));

    auto [baskets, items, mining] = frequent_baskets(context, slots, wanted);
    context.note("frequent_items", std::int64_t{items.size()});
    const auto pairs = frequent_pairs(context, baskets, items, mining);
    context.note("frequent_pairs", pairs.size());
    const auto mined = mine(context, baskets, items, pairs, mining);
    note_sizes(context, mined.runs);

    const itemsets::SetsTable table(communicator, mined.runs, items, slots, input.schema()[columns_.item], mining.baskets,
                                    options_.names, options_.separator);
    if (mining.baskets == 0) {
      context.warn("no line takes part, so there is no basket: the table has no rows");
    } else if (table.rows() == 0) {
      context.warn(fmt::format("no item is in at least {} of the {} baskets: the table has no rows",
                               base::format_count(mining.least), base::format_count(mining.baskets)));
    }
    const auto writer = context.create("", table.rows(), table.dictionaries(), table.string_widths());
    table.write(communicator, *writer);
    writer->finish();
  }

 private:
  struct FrequentBaskets {
    itemsets::BasketStore baskets;  ///< of frequent items alone
    itemsets::FrequentItems items;
    itemsets::MiningOptions mining;
  };

  FrequentBaskets frequent_baskets(runtime::StepContext& context, const prepare::ValueSlots& slots,
                                   std::span<const std::uint8_t> wanted) const {
    auto& communicator = context.communicator();
    auto& budget = context.budget();
    const auto& input = context.input();
    const itemsets::BasketReader reader(communicator, input, context.filter(), columns_, slots, context.environment().as_of,
                                        budget);
    data::Reservation memory;
    std::vector<std::int64_t> counts;
    comm::collective_try(communicator, "count items", [&] {
      memory = budget.require(8 * std::int64_t{slots.size()}, "the counts of items");
      counts.assign(static_cast<std::size_t>(slots.size()), 0);
    });
    // All baskets are kept only until it is known which items are frequent; what is left of them is for what comes then.
    const std::int64_t available = budget.available();
    itemsets::BasketStore all(available / 2, budget, context.spill());
    std::atomic<std::int64_t> huge = 0;
    std::atomic<std::int64_t> done = 0;
    const std::int64_t local = comm::own_rows(communicator, input.rows()).size();
    const auto facts = reader.for_each([&](itemsets::Baskets&& baskets, std::int64_t pass, std::int64_t piece, int) {
      itemsets::count_items(baskets, counts);
      for (std::int64_t b = 0; b < baskets.size(); ++b) huge += std::ssize(baskets[b]) > huge_basket;
      const std::int64_t read = done += std::ssize(baskets.items);
      context.progress(std::min(read, local), local, "lines");
      all.add(std::move(baskets), pass, piece);
    });
    communicator.sum(std::span(counts));
    note_baskets(context, facts, reader, communicator.sum_value(huge.load()));

    itemsets::MiningOptions mining{.baskets = facts.baskets};
    mining.least = options_.count ? *options_.count : itemsets::least_count(*options_.support, facts.baskets);
    if (options_.longest) mining.longest = static_cast<int>(*options_.longest);
    context.note("least_count", mining.least);
    auto items = itemsets::frequent_items(counts, wanted, mining.least);
    auto reduced = comm::collective_try(communicator, "keep frequent items", [&] {
      return itemsets::reduce(std::move(all), items, itemsets::BasketStore(available / 3, budget, context.spill()));
    });
    const std::int64_t spilled = communicator.sum_value(reduced.spilled_bytes());
    if (spilled > 0) context.note("baskets_in_files_bytes", spilled);
    return {std::move(reduced), std::move(items), mining};
  }

  void note_baskets(runtime::StepContext& context, const itemsets::BasketFacts& facts, const itemsets::BasketReader& reader,
                    std::int64_t huge) const {
    note_left_out(context, facts, "basket", options_.time.has_value());
    context.left_out("item missing", facts.missing_items);
    context.left_out("item stood in its basket already", facts.repeated);
    context.note("baskets", facts.baskets);
    context.note("empty_baskets", facts.empty_baskets);
    context.note("longest_basket", facts.longest_basket);
    context.note("baskets_of_more_than_1000_items", huge);
    context.note("lines_in_order_of_baskets", reader.lies_in_order());
    context.note("passes", reader.passes());
  }

  itemsets::FrequentPairs frequent_pairs(runtime::StepContext& context, const itemsets::BasketStore& baskets,
                                         const itemsets::FrequentItems& items, const itemsets::MiningOptions& mining) const {
    if (mining.longest > 1)
      return itemsets::count_pairs(context.communicator(), baskets, items.size(), mining.least, context.budget());
    itemsets::FrequentPairs none;
    none.starts.assign(static_cast<std::size_t>(items.size()) + 1, 0);
    return none;
  }

  itemsets::MinedSets mine(runtime::StepContext& context, const itemsets::BasketStore& baskets,
                           const itemsets::FrequentItems& items, const itemsets::FrequentPairs& pairs,
                           const itemsets::MiningOptions& mining) const {
    const bool chosen = options_.method == Method::automatic;
    const Method method = chosen ? itemsets::choose_method(items, pairs, mining.longest) : options_.method;
    const bool apriori = method == Method::apriori;
    context.note("method", apriori ? "apriori" : "eclat");
    if (chosen)
      context.note("method_because", apriori ? "no set of three items is asked for or can be frequent"
                                             : "sets of three items and more can be frequent");
    if (apriori && mining.longest > 2)
      itemsets::refuse_explosion(context.communicator(), baskets, items, pairs, mining, context.budget());
    const char* const what = apriori ? "levels" : "classes of sets";
    return (apriori ? itemsets::mine_apriori : itemsets::mine_eclat)(
        context.communicator(), baskets, items, pairs, mining, context.budget(),
        [&](std::int64_t done, std::int64_t total) { context.progress(done, total, what); });
  }

  /// "1: 88, 2: 213, 3: 32".
  static void note_sizes(runtime::StepContext& context, const std::vector<itemsets::SetRun>& runs) {
    auto& communicator = context.communicator();
    std::vector<std::int64_t> sets;
    for (const auto& run : runs) {
      for (const std::uint16_t size : run.sets.sizes) {
        if (sets.size() < size) sets.resize(size, 0);
        ++sets[static_cast<std::size_t>(size) - 1];
      }
    }
    sets.resize(static_cast<std::size_t>(communicator.max_value(std::ssize(sets))), 0);
    communicator.sum(std::span(sets));
    std::int64_t all = 0;
    std::string by_size;
    for (std::size_t i = 0; i < sets.size(); ++i) {
      all += sets[i];
      by_size += fmt::format("{}{}: {}", i == 0 ? "" : ", ", i + 1, sets[i]);
    }
    context.note("sets", all);
    if (all > 0) context.note("sets_by_size", by_size);
  }

  ItemsetsOptions options_;
  itemsets::BasketColumns columns_;
};

}  // namespace

std::shared_ptr<const runtime::JobKind> itemsets_kind() {
  return runtime::make_job_kind<ItemsetsOptions, Itemsets>(description());
}

}  // namespace fullbase::jobs
