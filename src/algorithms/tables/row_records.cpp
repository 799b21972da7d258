#include "algorithms/tables/row_records.hpp"

#include <algorithm>
#include <cstring>
#include <type_traits>
#include <utility>
#include <variant>

#include "base/contract.hpp"

namespace fullbase::tables {

RowRecords::RowRecords(std::vector<data::Field> fields, const std::vector<std::int32_t>& widths) : fields_(std::move(fields)) {
  FULLBASE_EXPECTS(widths.size() == fields_.size(), "every column of a record has a width");
  for (std::size_t c = 0; c < fields_.size(); ++c) {
    const auto type = fields_[c].type;
    offsets_.push_back(bytes_);
    bytes_ += (data::has_mask(type) ? 1 : 0) + (type == data::Type::string ? 4 + widths[c] : data::value_bytes(type));
  }
  offsets_.push_back(bytes_);
}

void RowRecords::put(std::size_t column, const data::Column& from, std::int64_t row, std::byte* record) const {
  std::byte* to = record + offsets_[column];
  if (data::has_mask(fields_[column].type)) *to++ = std::byte{from.is_missing(row)};
  std::visit(
      [&](const auto& values) {
        if constexpr (std::is_same_v<std::remove_cvref_t<decltype(values)>, data::Strings>) {
          const auto text = values[row];
          const auto length = static_cast<std::int32_t>(text.size());
          FULLBASE_EXPECTS(to + 4 + length <= record + offsets_[column + 1], "a text fits its column's width");
          std::memcpy(to, &length, 4);
          std::memcpy(to + 4, text.data(), text.size());
        } else {
          std::memcpy(to, &values[static_cast<std::size_t>(row)], sizeof(values[0]));
        }
      },
      from.values());
}

data::Column RowRecords::column(std::size_t column, std::span<const std::byte> records,
                                const data::DictionaryPointer& dictionary) const {
  const auto& field = fields_[column];
  const auto rows = bytes_ == 0 ? 0 : std::ssize(records) / bytes_;
  const bool masked = data::has_mask(field.type);
  data::Column result(field, rows, dictionary);
  std::vector<std::uint8_t> mask(masked ? static_cast<std::size_t>(rows) : 0);
  const std::byte* from = records.data() + offsets_[column];
  std::visit(
      [&](auto& values) {
        for (std::size_t row = 0; row < static_cast<std::size_t>(rows); ++row, from += bytes_) {
          const std::byte* value = from;
          if (masked) mask[row] = static_cast<std::uint8_t>(*value++);
          if constexpr (std::is_same_v<std::remove_cvref_t<decltype(values)>, data::Strings>) {
            std::int32_t length = 0;
            std::memcpy(&length, value, 4);
            values.push_back({reinterpret_cast<const char*>(value + 4), static_cast<std::size_t>(length)});
          } else {
            std::memcpy(&values[row], value, sizeof(values[0]));
          }
        }
      },
      result.values());
  if (std::ranges::find(mask, 1) != mask.end()) result.mask() = std::move(mask);
  return result;
}

}  // namespace fullbase::tables
