#include "jobs/line_columns.hpp"

#include <fmt/format.h>

#include "algorithms/prepare/value_slots.hpp"
#include "algorithms/tables/group_keys.hpp"
#include "data/type_kinds.hpp"

namespace fullbase::jobs {

std::optional<int> fitting_column(runtime::CheckContext& context, std::string_view path, const std::string& name, int slot,
                                  bool (*fits)(data::Type), std::string_view problem, std::string_view advice) {
  const auto column = context.column(path, name, slot);
  if (!column) return column;
  const auto& field = context.input(slot)[*column];
  if (fits(field.type)) return column;
  context.error(path, fmt::format("column '{}' is {} and {}", name, data::type_text(field), problem), std::string(advice));
  return std::nullopt;
}

std::optional<int> key_column(runtime::CheckContext& context, std::string_view path, const std::string& name,
                              std::string_view problem, std::string_view advice, int slot) {
  return fitting_column(context, path, name, slot, tables::GroupKeys::is_key_type, problem, advice);
}

std::optional<int> item_column(runtime::CheckContext& context, const std::string& name, int slot) {
  return fitting_column(context, "item", name, slot, prepare::ValueSlots::takes, "cannot be an item",
                        "an item is a text, a whole number or a truth value");
}

std::optional<int> time_column(runtime::CheckContext& context, const std::string& name, int slot) {
  return fitting_column(context, "time", name, slot, data::is_time, "cannot be the time of a line",
                        "import it as a timestamp or a date");
}

void note_left_out(runtime::StepContext& context, const itemsets::BasketFacts& facts, std::string_view key, bool timed) {
  context.left_out("where does not hold", facts.filtered);
  context.left_out(fmt::format("{} missing", key), facts.missing_keys);
  if (!timed) return;
  context.left_out("time missing", facts.missing_times);
  context.left_out("at or after as_of", facts.after_as_of);
}

}  // namespace fullbase::jobs
