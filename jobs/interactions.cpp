// job: interactions - what customers have of items: a table of pairs, each once.
#include <fmt/format.h>

#include <array>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "algorithms/recommendation/unique_pairs.hpp"
#include "base/block.hpp"
#include "comm/own_rows.hpp"
#include "data/type_kinds.hpp"
#include "jobs/expressions.hpp"
#include "jobs/line_columns.hpp"
#include "jobs/pair_columns.hpp"
#include "jobs/registry.hpp"
#include "jobs/stated_range.hpp"

namespace fullbase::recommendation {

// Found by config through the enums' namespace.
inline std::array<std::tuple<Combine, const char*, const char*>, 8> enum_names(Combine) {
  return {{{Combine::sum, "sum", "The sum of their values."},
           {Combine::count, "count", "How many there are."},
           {Combine::mean, "mean", "The mean of their values."},
           {Combine::last, "last", "The value of the latest line; at equal times, of the last in the table."},
           {Combine::first, "first", "The value of the earliest line; at equal times, of the first in the table."},
           {Combine::max, "max", "The greatest value."},
           {Combine::min, "min", "The least value."},
           {Combine::error, "error", "There may be one line only: the first other one is refused, by the rows of both."}}};
}
inline std::array<std::tuple<Scale, const char*, const char*>, 2> enum_names(Scale) {
  return {{{Scale::none, "none", "As it is."},
           {Scale::log1p, "log1p", "log(1 + value), so that a hundred pieces are not a hundred reasons."}}};
}
inline std::array<std::tuple<Outside, const char*, const char*>, 3> enum_names(Outside) {
  return {{{Outside::error, "error", "The first is refused."},
           {Outside::leave_out, "leave_out", "It takes no part, and is counted."},
           {Outside::clip, "clip", "It becomes the nearer end of the range, and is counted."}}};
}

inline config::Description<StatedRange> describe(config::Type<StatedRange>) {
  return config::Description<StatedRange>("stated range", "What values there may be, and what becomes of others.")
      .option("least", &StatedRange::least, "The least that a value can be.", config::infinity_allowed())
      .option("most", &StatedRange::most, "The most that a value can be.", config::infinity_allowed())
      .option("outside", &StatedRange::outside, "What becomes of a value outside.")
      .check([](const StatedRange& range, const config::Node& node, config::Diagnostics& diagnostics) {
        jobs::check_ends(range.least, range.most, node, diagnostics);
      });
}
inline config::Description<ColdLimits> describe(config::Type<ColdLimits>) {
  return config::Description<ColdLimits>("cold limits", "Who has too little to say much about.")
      .option("customers", &ColdLimits::customers, "Customers of fewer different items than this are cold.", config::at_least(0))
      .option("items", &ColdLimits::items, "Items of fewer different customers than this are cold.", config::at_least(0))
      .option("leave_out", &ColdLimits::leave_out,
              "Whether the pairs of those who are cold go. Once: in what is left others may have fewer than that.");
}

}  // namespace fullbase::recommendation

namespace fullbase::jobs {
namespace {

using recommendation::Combine;
using recommendation::InteractionOptions;
using recommendation::Outside;
using recommendation::PairSide;

config::Description<InteractionOptions> description() {
  return config::Description<InteractionOptions>(
             "interactions",
             "What customers have of items: a table of pairs, each once\n"
             "Reads lines (who bought or rated what) and writes a row for each customer and item, in their order: `customer`,\n"
             "`item`, `value`, `lines` (how many there were) and, with `time`, `last` (the latest). The tables `customers` and\n"
             "`items` have a row for each of them: how many of the others, the total of values, whether cold. Lines at or after\n"
             "as_of are left out where `time` is named.")
      .option("customer", &InteractionOptions::customer, "Column that says whose line it is.", config::non_empty())
      .option("item", &InteractionOptions::item, "Column that says of what.", config::non_empty())
      .option("value", &InteractionOptions::value,
              "What a line says: a column or an expression, `quantity * price`; 1 counts lines. Lines without are left out.",
              config::non_empty())
      .option("combine", &InteractionOptions::combine, "What the lines of one customer and item say together.")
      .option("scale", &InteractionOptions::scale, "What becomes of that.")
      .option("time", &InteractionOptions::time, "Column with the line's time, a timestamp or a date.",
              config::default_means("lines have no time"))
      .option(
          "half_life", &InteractionOptions::half_life,
          "A line counts 2^-(age / half_life), its age taken from its time to as_of: `90d`. An age of more than 64 half lives "
          "counts as one of 64.",
          config::duration(config::at_least(1)), config::default_means("all lines count alike"))
      .option("range", &InteractionOptions::range,
              "The range of a line's value; with sum and count, which add lines up, that of their sum, before it is scaled.",
              config::default_means("any value"))
      .option("cold", &InteractionOptions::cold, "Who is marked as cold, and counted.")
      .check([](const InteractionOptions& options, const config::Node& node, config::Diagnostics& diagnostics) {
        if (options.customer == options.item)
          diagnostics.error(config::locate(node, "item"), fmt::format("'{}' is the customer already", options.item));
        if (!options.time.empty()) return;
        if (options.half_life)
          diagnostics.error(config::locate(node, "half_life"), "'half_life' needs the time of lines",
                            "name the column: time: ...");
        if (options.combine == Combine::last || options.combine == Combine::first)
          diagnostics.error(config::locate(node, "combine"), "which line is the first or last is said by the time of lines",
                            "name the column: time: ...");
      })
      .check([](const InteractionOptions& options, const config::Node& node, config::Diagnostics& diagnostics) {
        if (options.half_life &&
            (options.combine == Combine::first || options.combine == Combine::max || options.combine == Combine::min))
          diagnostics.error(config::locate(node, "half_life"),
                            "which line is the first, the greatest or the least does not go by how much each counts",
                            "combine by sum, count, mean or last, or leave 'half_life' out");
      });
}

class Interactions final : public runtime::Step {
 public:
  explicit Interactions(InteractionOptions options) : options_(std::move(options)) {}

  bool takes_filter(int) const override { return true; }

  std::vector<runtime::TableOutline> check(runtime::CheckContext& context) override {
    const auto& input = context.input();
    const auto customer = side_column(context, "customer", options_.customer);
    const auto item = side_column(context, "item", options_.item);
    bool right = customer && item;
    if (!options_.time.empty()) right &= time_column(context, options_.time).has_value();
    if (options_.half_life && !context.require_as_of()) right = false;
    right &= check_value(context);
    if (!right) return {};
    customers_ = PairSide::schema(input[*customer], "customer", "items");
    items_ = PairSide::schema(input[*item], "item", "customers");
    return {{"", recommendation::UniquePairs::schema(input, options_)}, {"customers", customers_}, {"items", items_}};
  }

  /// Least: what a pass of groups takes, and some 200,000 customers and items, whose number no plan knows: more take 24 bytes
  /// each on every rank, and their keys. Best: every line its own pair, in one pass.
  Memory memory(const std::vector<std::int64_t>& rows, int ranks) const override {
    const std::int64_t local = base::Partition(rows.front(), ranks).most_rows();
    constexpr std::int64_t least = std::int64_t{16} << 20;
    return {.least = least, .best = least + 96 * local};
  }

  runtime::Forecast forecast(const std::vector<runtime::InputSize>& inputs, int ranks) const override {
    auto forecast = runtime::grouped(inputs, ranks, 2);
    // By customer, by item, and by both in order: what runs took, in rows that are brought to one group.
    forecast.keyed_rows *= 8;
    forecast.tables["customers"] = runtime::rows_by_key(inputs.front(), {options_.customer});
    forecast.tables["items"] = runtime::rows_by_key(inputs.front(), {options_.item});
    return forecast;
  }

  void run(runtime::StepContext& context) override {
    auto& communicator = context.communicator();
    const recommendation::UniquePairs pairs(
        communicator, context.input(), context.filter(), options_, context.environment().expressions(), context.budget(),
        context.spill(), [&](std::int64_t done, std::int64_t total) { context.progress(done, total, "lines"); });
    const auto writer = context.create("", pairs.rows(), pairs.dictionaries(), pairs.string_widths());
    pairs.write(communicator, *writer);
    writer->finish();
    write_side(context, "customers", customers_, pairs.customers());
    write_side(context, "items", items_, pairs.items());
    note_left_out(context, pairs.counts());
    note_shape(context, pairs);
  }

 private:
  static std::optional<int> side_column(runtime::CheckContext& context, const char* option, const std::string& name) {
    return fitting_column(context, option, name, 0, is_pair_key, "cannot name a row of a matrix",
                          "a key is an int64, category or string column");
  }

  bool check_value(runtime::CheckContext& context) const {
    const auto value = bind_value(context, "value", options_.value, context.input());
    if (!value) return false;
    const auto type = value->field().type;
    if (is_number(type)) return true;
    context.error("value", fmt::format("'{}' is {} and cannot be the value of a line", options_.value, data::type_name(type)),
                  "a value is an int64, a decimal or a float");
    return false;
  }

  static void write_side(runtime::StepContext& context, const char* table, const data::Schema& schema, const PairSide& side) {
    context.write_local(table, side.rows(schema, comm::own_rows(context.communicator(), side.keys().rows())));
  }

  void note_left_out(runtime::StepContext& context, const recommendation::PairCounts& counts) const {
    context.left_out("where does not hold", counts.filtered);
    context.left_out("customer or item missing", counts.missing_key);
    if (!options_.time.empty()) {
      context.left_out("time missing", counts.missing_time);
      context.left_out("at or after as_of", counts.after_as_of);
    }
    context.left_out("value missing", counts.missing_value);
    if (options_.range) {
      const bool clips = options_.range->outside == Outside::clip;
      const std::int64_t lines = options_.adds_up() ? counts.lines_of_pairs_outside : counts.lines_outside;
      if (!clips) context.left_out("value outside the range", lines);
      if (clips)
        context.note(options_.adds_up() ? "clipped_pairs" : "clipped_lines", options_.adds_up() ? counts.pairs_outside : lines);
      if (!clips && options_.adds_up()) context.note("pairs_outside_the_range", counts.pairs_outside);
    }
    if (!options_.cold.leave_out) return;
    context.left_out("customer or item is cold", counts.lines_of_cold_pairs);
    context.note("cold_pairs", counts.cold_pairs);
  }

  static void note_longest(runtime::StepContext& context, const char* key, const PairSide& side) {
    const auto row = side.longest();
    if (row < 0) return;
    context.note(fmt::format("{}_pairs", key), std::int64_t{side.keys().entries_of(row)});
  }

  static void note_shape(runtime::StepContext& context, const recommendation::UniquePairs& pairs) {
    const std::int64_t customers = pairs.customers().keys().rows();
    const std::int64_t items = pairs.items().keys().rows();
    context.note("pairs", pairs.rows());
    context.note("lines", pairs.counts().lines);
    context.note("customers", customers);
    context.note("items", items);
    context.note("cold_customers", pairs.customers().cold());
    context.note("cold_items", pairs.items().cold());
    if (customers > 0)
      context.note("density", static_cast<double>(pairs.rows() + pairs.counts().cold_pairs) /
                                  (static_cast<double>(customers) * static_cast<double>(items)));
    note_longest(context, "longest_customer", pairs.customers());
    note_longest(context, "longest_item", pairs.items());
    context.note("passes", pairs.passes());
    if (pairs.rows() > 0) return;
    context.warn(customers > 0 ? "every pair is one of a customer or an item that is cold: the table has no rows"
                               : "no line takes part, so there is no pair: the tables have no rows");
  }

  InteractionOptions options_;
  data::Schema customers_;
  data::Schema items_;
};

}  // namespace

std::shared_ptr<const runtime::JobKind> interactions_kind() {
  return runtime::make_job_kind<InteractionOptions, Interactions>(description());
}

}  // namespace fullbase::jobs
