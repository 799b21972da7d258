#include "jobs/pair_columns.hpp"

#include <fmt/format.h>

#include "data/type_kinds.hpp"
#include "jobs/line_columns.hpp"

namespace fullbase::jobs {

bool is_pair_key(data::Type type) noexcept {
  return type == data::Type::int64 || data::is_text(type);
}

bool find_each_other(const data::Field& a, const data::Field& b) noexcept {
  return is_pair_key(a.type) && is_pair_key(b.type) && data::is_text(a.type) == data::is_text(b.type);
}

bool check_matrix_key(runtime::CheckContext& context, int slot, int column, const data::Field& of_matrix) {
  const auto& field = context.input(slot)[column];
  if (find_each_other(field, of_matrix)) return true;
  context.error("from." + context.slot_name(slot),
                fmt::format("column '{}' is {} and cannot be '{}' of the matrix, which is {}", field.name, data::type_text(field),
                            of_matrix.name, data::type_text(of_matrix)),
                "take tables of one base");
  return false;
}

config::Description<PairOptions> describe(config::Type<PairOptions>) {
  config::Description<PairOptions> description("pairs", "Columns of a table of pairs.");
  describe_pairs(description);
  return description;
}

std::optional<recommendation::InteractionColumns> check_pairs(runtime::CheckContext& context, const PairOptions& options,
                                                              int slot, const std::string& path) {
  const auto customer = fitting_column(context, path + "customer", options.customer, slot, is_pair_key, "names no customers",
                                       "a customer is a whole number or a text");
  const auto item = fitting_column(context, path + "item", options.item, slot, is_pair_key, "names no items",
                                   "an item is a whole number or a text");
  const auto value =
      fitting_column(context, path + "value", options.value, slot, data::is_number, "cannot be the value of a pair",
                     "a value is a number; an interactions step makes one of lines");
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
