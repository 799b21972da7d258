#include "jobs/pair_columns.hpp"

#include <fmt/format.h>

#include "data/type_kinds.hpp"

namespace fullbase::jobs {
namespace {

bool is_key(data::Type type) noexcept {
  return type == data::Type::int64 || data::is_text(type);
}

std::optional<int> column_that(runtime::CheckContext& context, const std::string& path, const std::string& name, int slot,
                               bool (*fits)(data::Type), const char* problem, const char* advice) {
  const auto column = context.column(path, name, slot);
  if (!column) return column;
  const auto& field = context.input(slot)[*column];
  if (fits(field.type)) return column;
  context.error(path, fmt::format("column '{}' is {} and {}", name, data::type_text(field), problem), advice);
  return std::nullopt;
}

}  // namespace

config::Description<PairOptions> describe(config::Type<PairOptions>) {
  config::Description<PairOptions> description("pairs", "Columns of a table of pairs.");
  describe_pairs(description);
  return description;
}

std::optional<recommendation::InteractionColumns> check_pairs(runtime::CheckContext& context, const PairOptions& options,
                                                              int slot, const std::string& path) {
  const auto customer = column_that(context, path + "customer", options.customer, slot, is_key, "names no customers",
                                    "a customer is a whole number or a text");
  const auto item =
      column_that(context, path + "item", options.item, slot, is_key, "names no items", "an item is a whole number or a text");
  const auto value = column_that(
      context, path + "value", options.value, slot, [](data::Type type) { return data::is_number(type); },
      "cannot be the value of a pair", "a value is a number; an interactions step makes one of lines");
  if (!customer || !item || !value) return std::nullopt;
  bool right = true;
  const auto differ = [&](const char* option, const std::string& name, const char* other, int column, int other_column) {
    if (column != other_column) return;
    context.error(path + option, fmt::format("column '{}' is the {} already", name, other));
    right = false;
  };
  differ("item", options.item, "customer", *item, *customer);
  differ("value", options.value, "customer", *value, *customer);
  differ("value", options.value, "item", *value, *item);
  if (!right) return std::nullopt;
  return recommendation::InteractionColumns{*customer, *item, *value};
}

void note_pairs_left_out(runtime::StepContext& context, const recommendation::InteractionsRead& read) {
  context.left_out("customer, item or value missing", read.missing);
}

}  // namespace fullbase::jobs
