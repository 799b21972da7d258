#include "jobs/customer_lines.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "algorithms/itemsets/item_values.hpp"
#include "algorithms/itemsets/set_index.hpp"
#include "jobs/line_columns.hpp"

namespace fullbase::jobs {

std::optional<LineColumns> check_lines(runtime::CheckContext& context, int slot, int sets_slot, const std::string& customer,
                                       const std::string& item, const std::optional<std::string>& time) {
  const auto& lines = context.input(slot);
  const auto customer_at = key_column(context, "customer", customer, "names no customers",
                                      "a customer is a whole number, a text, a date or a time", slot);
  auto item_at = item_column(context, item, slot);
  const auto in_sets = context.input(sets_slot).find("item");
  if (customer_at && item_at && in_sets && !itemsets::same_kind_of_item(lines[*item_at], context.input(sets_slot)[*in_sets])) {
    context.error("item",
                  fmt::format("items of other types: '{}' of the lines is {}, `item` of the sets is {}", item,
                              data::type_text(lines[*item_at]), data::type_text(context.input(sets_slot)[*in_sets])),
                  "import both as one type, or derive a column of the sets' type by a select step");
    item_at.reset();
  }
  const auto time_at = time ? time_column(context, *time, slot) : std::nullopt;
  if (!customer_at || !item_at || (time && !time_at)) return std::nullopt;
  return LineColumns{*customer_at, *item_at, time_at};
}

bool check_sets(runtime::CheckContext& context, int slot) {
  if (itemsets::has_sets(context.input(slot))) return true;
  context.error("from." + context.slot_name(slot), fmt::format("{} is no table of itemsets", context.table_name(slot)),
                "name a step of `job: itemsets`");
  return false;
}

bool check_names(runtime::CheckContext& context, const data::Schema& result) {
  for (auto field = result.fields.begin(); field != result.fields.end(); ++field) {
    if (std::ranges::find(field + 1, result.fields.end(), field->name, &data::Field::name) == result.fields.end()) continue;
    context.error("", fmt::format("the result would have two columns '{}'", field->name),
                  "rename the column of the input by a select step");
    return false;
  }
  return true;
}

itemsets::CustomerLines lines_of(const runtime::StepContext& context, int slot, const LineColumns& columns) {
  itemsets::CustomerLines lines;
  lines.source = &context.input(slot);
  lines.where = context.filter(slot);
  lines.customer = columns.customer;
  lines.item = columns.item;
  lines.time = columns.time;
  if (columns.time) lines.as_of = context.environment().as_of;
  lines.zone = context.environment().zone;
  return lines;
}

void note_lines(runtime::StepContext& context, const LineColumns& columns, const itemsets::BasketFacts& facts,
                std::int64_t passes) {
  note_left_out(context, facts, "customer", columns.time.has_value());
  context.note("lines_without_item", facts.missing_items);
  context.note("passes", passes);
  if (passes > 1)
    context.note("passes_because",
                 "memory_per_rank has no room for all customers at once; the lines were read once for each range");
}

}  // namespace fullbase::jobs
