#include "algorithms/compare/common_columns.hpp"

#include <array>
#include <utility>

#include "data/type_kinds.hpp"

namespace fullbase::compare {
namespace {

/// Whether a dictionary's codes change when it is united with others.
bool changes(const std::vector<std::int32_t>& codes) noexcept {
  for (std::size_t i = 0; i < codes.size(); ++i) {
    if (codes[i] != static_cast<std::int32_t>(i)) return true;
  }
  return false;
}

data::Column with_codes(const CommonColumn& common, data::Column&& column, const std::vector<std::int32_t>& codes) {
  std::vector<std::int32_t> values(column.int32s().begin(), column.int32s().end());
  if (!codes.empty()) {
    for (auto& value : values) {
      if (value != data::missing_code) value = codes[static_cast<std::size_t>(value)];
    }
  }
  return {common.field, std::move(values), {}, common.dictionary};
}

data::Column as_strings(const CommonColumn& common, const data::Column& column) {
  data::Strings texts;
  std::vector<std::uint8_t> mask;
  for (std::int64_t row = 0; row < column.rows(); ++row) {
    texts.push_back(column.text(row));
    if (!column.is_missing(row)) continue;
    mask.resize(static_cast<std::size_t>(column.rows()), 0);
    mask[static_cast<std::size_t>(row)] = 1;
  }
  return {common.field, std::move(texts), std::move(mask)};
}

}  // namespace

std::optional<CommonColumn> common_column(const data::BlockSource& earlier, int before, const data::BlockSource& later,
                                          int after) {
  const auto& old_field = earlier.schema()[before];
  const auto& new_field = later.schema()[after];
  CommonColumn common{.before = before, .after = after, .field = new_field};
  common.field.nullable = old_field.nullable || new_field.nullable;
  if (old_field.type != new_field.type) {
    if (!is_text(old_field.type) || !is_text(new_field.type)) return std::nullopt;
    common.field.type = data::Type::string;
    return common;
  }
  if (old_field.scale != new_field.scale) return std::nullopt;
  if (old_field.type != data::Type::category) return common;
  const std::array<data::DictionaryPointer, 2> both = {earlier.dictionary(before), later.dictionary(after)};
  if (both[0] == both[1] || *both[0] == *both[1]) {
    common.dictionary = both[1];
    return common;
  }
  auto united = data::unite(both);
  common.dictionary = std::move(united.dictionary);
  if (changes(united.remap[0])) common.before_codes = std::move(united.remap[0]);
  if (changes(united.remap[1])) common.after_codes = std::move(united.remap[1]);
  return common;
}

data::Column in_common_form(const CommonColumn& common, data::Column&& column, Side side) {
  if (common.field.type == data::Type::category)
    return with_codes(common, std::move(column), side == Side::before ? common.before_codes : common.after_codes);
  if (column.field().type == data::Type::category) return as_strings(common, column);
  return {common.field, std::move(column.values()), std::move(column.mask())};
}

}  // namespace fullbase::compare
