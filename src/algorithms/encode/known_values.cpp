#include "algorithms/encode/known_values.hpp"

#include <charconv>
#include <optional>

#include "base/contract.hpp"

namespace fullbase::encode {
namespace {

/// Only as it would be written.
std::optional<std::int64_t> integer(std::string_view text) noexcept {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  const auto digits = text.substr(text.starts_with('-') ? 1 : 0);
  if ((digits.starts_with('0') && digits.size() > 1) || text == "-0") return std::nullopt;
  return value;
}

}  // namespace

bool is_value(std::string_view text, data::Type type) noexcept {
  if (type == data::Type::boolean) return text == "true" || text == "false";
  return type != data::Type::int64 || integer(text).has_value();
}

KnownValues::KnownValues(std::span<const std::string> values, data::Type type, const data::DictionaryPointer& dictionary)
    : type_(type) {
  if (type == data::Type::boolean) of_codes_.assign(2, unseen);
  if (type == data::Type::category) of_codes_.assign(static_cast<std::size_t>(dictionary->size()), unseen);
  for (std::size_t i = 0; i < values.size(); ++i) {
    const auto place = static_cast<std::int32_t>(i);
    const std::string_view text = values[i];
    if (type == data::Type::boolean) {
      if (is_value(text, type)) of_codes_[text == "true" ? 1 : 0] = place;
    } else if (type == data::Type::category) {
      if (const auto code = dictionary->find(text)) of_codes_[static_cast<std::size_t>(*code)] = place;
    } else if (type == data::Type::int64) {
      if (const auto value = integer(text)) of_integers_.emplace(*value, place);
    } else {
      of_texts_.emplace(text, place);
    }
  }
}

std::vector<std::int32_t> KnownValues::places_of(const data::Column& column) const {
  FULLBASE_EXPECTS(column.field().type == type_, "values are looked up in a column of the type that they were listed for");
  const auto rows = static_cast<std::size_t>(column.rows());
  std::vector<std::int32_t> places(rows);
  if (type_ == data::Type::category) {
    const auto codes = column.int32s();
    for (std::size_t i = 0; i < rows; ++i) places[i] = codes[i] < 0 ? missing : of_codes_[static_cast<std::size_t>(codes[i])];
    return places;
  }
  const auto& mask = column.mask();
  for (std::size_t i = 0; i < rows; ++i) {
    if (!mask.empty() && mask[i] != 0) {
      places[i] = missing;
    } else if (type_ == data::Type::boolean) {
      places[i] = of_codes_[column.bools()[i] != 0 ? 1 : 0];
    } else if (type_ == data::Type::int64) {
      const auto found = of_integers_.find(column.int64s()[i]);
      places[i] = found == of_integers_.end() ? unseen : found->second;
    } else {
      const auto found = of_texts_.find(column.strings()[static_cast<std::int64_t>(i)]);
      places[i] = found == of_texts_.end() ? unseen : found->second;
    }
  }
  return places;
}

}  // namespace fullbase::encode
