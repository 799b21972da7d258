#include "jobs/customer_lines.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "algorithms/itemsets/item_values.hpp"
#include "algorithms/itemsets/set_index.hpp"
#include "algorithms/prepare/value_slots.hpp"
#include "algorithms/tables/group_keys.hpp"
#include "data/type_kinds.hpp"

namespace fullbase::jobs {

std::optional<LineColumns> check_lines(runtime::CheckContext& context, int slot, int sets_slot, const std::string& customer,
                                       const std::string& item, const std::optional<std::string>& time) {
  const auto& lines = context.input(slot);
  LineColumns columns;
  bool right = true;
  const auto find = [&](const char* path, const std::string& name, auto&& position, auto&& fits, const char* problem,
                        const char* advice) {
    const auto column = context.column(path, name, slot);
    if (column) position = *column;
    if (column && !fits(lines[*column]))
      context.error(path, fmt::format("column '{}' is {} and {}", name, data::type_text(lines[*column]), problem), advice);
    right &= column && fits(lines[*column]);
  };
  find(
      "customer", customer, columns.customer, [](const data::Field& field) { return tables::GroupKeys::is_key_type(field.type); },
      "names no customers", "a customer is a whole number, a text, a date or a time");
  const auto in_sets = context.input(sets_slot).find("item");
  find(
      "item", item, columns.item, [](const data::Field& field) { return prepare::ValueSlots::takes(field.type); },
      "cannot be an item", "an item is a text, a whole number or a bool");
  if (right && in_sets && !itemsets::same_kind_of_item(lines[columns.item], context.input(sets_slot)[*in_sets])) {
    context.error("item",
                  fmt::format("items of other types: '{}' of the lines is {}, `item` of the sets is {}", item,
                              data::type_text(lines[columns.item]), data::type_text(context.input(sets_slot)[*in_sets])),
                  "import both as one type, or derive a column of the sets' type by a select step");
    right = false;
  }
  if (time) {
    find(
        "time", *time, columns.time, [](const data::Field& field) { return is_time(field.type); }, "cannot be the time of a line",
        "import it as a timestamp or a date");
  }
  return right ? std::optional(columns) : std::nullopt;
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
                  "rename the column of the lines by a select step");
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
  context.left_out("where does not hold", facts.filtered);
  context.left_out("customer missing", facts.missing_keys);
  if (columns.time) {
    context.left_out("time missing", facts.missing_times);
    context.left_out("at or after as_of", facts.after_as_of);
  }
  context.note("lines_without_item", facts.missing_items);
  context.note("passes", passes);
  if (passes > 1)
    context.note("passes_because",
                 "memory_per_rank has no room for all customers at once; the lines were read once for each range");
}

}  // namespace fullbase::jobs
