#include "algorithms/tables/key_words.hpp"

#include <algorithm>
#include <bit>
#include <utility>

#include "base/hash.hpp"
#include "data/type_kinds.hpp"

namespace fullbase::tables {
namespace {

std::uint64_t hash_of(std::string_view text) noexcept {
  return base::xxh3(std::as_bytes(std::span(text.data(), text.size())));
}

std::int64_t cells(std::int64_t texts) noexcept {
  return static_cast<std::int64_t>(std::bit_ceil(2 * static_cast<std::uint64_t>(texts) + 1));
}

/// The number of each text of `from` among those of `in`, -1 where it is none of them; both ascend.
std::vector<std::int32_t> places(const data::Dictionary& from, const data::Dictionary& in) {
  std::vector<std::int32_t> result(static_cast<std::size_t>(from.size()), -1);
  std::int32_t at = 0;
  for (std::int32_t code = 0; code < from.size(); ++code) {
    while (at < in.size() && in[at] < from[code]) ++at;
    if (at < in.size() && in[at] == from[code]) result[static_cast<std::size_t>(code)] = at;
  }
  return result;
}

/// Words of a column that is no text.
void numbers(const data::Column& column, std::span<std::int64_t> words, std::span<std::uint8_t> missing) {
  const auto n = static_cast<std::size_t>(column.rows());
  switch (column.field().type) {
    case data::Type::date: {
      const auto days = column.int32s();
      for (std::size_t i = 0; i < n; ++i) {
        words[i] = days[i];
        if (days[i] == data::missing_date) missing[i] = 1;
      }
      return;
    }
    case data::Type::boolean:
      for (std::size_t i = 0; i < n; ++i) words[i] = column.bools()[i];
      break;
    default: {
      const auto values = column.int64s();
      std::copy(values.begin(), values.end(), words.begin());
      if (data::has_mask(column.field().type)) break;
      for (std::size_t i = 0; i < n; ++i) {
        if (values[i] == data::missing_int64) missing[i] = 1;
      }
    }
  }
  const auto& mask = column.mask();
  for (std::size_t i = 0; i < mask.size(); ++i) {
    if (mask[i] != 0) missing[i] = 1;
  }
}

}  // namespace

bool comparable(const data::Field& a, const data::Field& b) noexcept {
  if (is_text(a.type)) return is_text(b.type);
  if (is_float(a.type)) return false;
  return a.type == b.type && a.scale == b.scale;
}

KeyWords::KeyWords(data::Column keys, const data::Field& other, const data::DictionaryPointer& other_dictionary)
    : keys_(std::move(keys)), is_text_(data::is_text(keys_.field().type)) {
  if (!is_text_) return;
  const bool categories = keys_.field().type == data::Type::category;
  if (!categories || other.type == data::Type::string) index_texts();
  if (other.type != data::Type::category) return;
  if (categories) {
    of_codes_ = places(*other_dictionary, *keys_.dictionary());
  } else {
    of_codes_.reserve(static_cast<std::size_t>(other_dictionary->size()));
    for (std::int32_t code = 0; code < other_dictionary->size(); ++code) of_codes_.push_back(find((*other_dictionary)[code]));
  }
}

const data::Strings& KeyWords::texts() const {
  return keys_.field().type == data::Type::category ? keys_.dictionary()->texts() : keys_.strings();
}

void KeyWords::index_texts() {
  table_.assign(static_cast<std::size_t>(cells(texts().size())), -1);
  const std::size_t mask = table_.size() - 1;
  for (std::int32_t i = 0; i < texts().size(); ++i) {
    if (keys_.field().type == data::Type::string && keys_.is_missing(i)) continue;
    const auto text = texts()[i];
    std::size_t cell = hash_of(text) & mask;
    while (table_[cell] >= 0 && texts()[table_[cell]] != text) cell = (cell + 1) & mask;
    if (table_[cell] < 0) table_[cell] = i;
  }
}

std::int32_t KeyWords::find(std::string_view text) const {
  const std::size_t mask = table_.size() - 1;
  for (std::size_t cell = hash_of(text) & mask; table_[cell] >= 0; cell = (cell + 1) & mask) {
    if (texts()[table_[cell]] == text) return table_[cell];
  }
  return -1;
}

void KeyWords::own(std::span<std::int64_t> words, std::span<std::uint8_t> missing) const {
  if (!is_text_) return numbers(keys_, words, missing);
  const bool categories = keys_.field().type == data::Type::category;
  for (std::int64_t row = 0; row < keys_.rows(); ++row) {
    const auto i = static_cast<std::size_t>(row);
    if (keys_.is_missing(row)) {
      missing[i] = 1;
    } else {
      words[i] = categories ? keys_.int32s()[i] : find(keys_.strings()[row]);
    }
  }
}

void KeyWords::of(const data::Column& column, std::span<std::int64_t> words, std::span<std::uint8_t> missing) const {
  if (!is_text_) return numbers(column, words, missing);
  const bool categories = column.field().type == data::Type::category;
  for (std::int64_t row = 0; row < column.rows(); ++row) {
    const auto i = static_cast<std::size_t>(row);
    std::int32_t word = -1;
    if (!column.is_missing(row))
      word = categories ? of_codes_[static_cast<std::size_t>(column.int32s()[i])] : find(column.strings()[row]);
    words[i] = word;
    if (word < 0) missing[i] = 1;
  }
}

void KeyWords::drop_own() {
  if (keys_.field().type == data::Type::string) {
    if (of_codes_.empty()) return;  // strings are looked up in these
    keys_ = data::Column(keys_.field(), 0);
    table_ = {};
    return;
  }
  // The dictionary stays: it may be what texts are looked up in.
  keys_ = data::Column(keys_.field(), 0, keys_.dictionary());
}

std::int64_t KeyWords::bytes(const data::Field& field, std::int64_t rows, std::int64_t width, std::int64_t categories,
                             const data::Field& other, std::int64_t other_categories) noexcept {
  std::int64_t sum = 4 * other_categories;
  if (field.type == data::Type::string) sum += rows * (8 + width + 1) + 4 * cells(rows);
  if (field.type == data::Type::category) sum += 4 * rows + (other.type == data::Type::string ? 4 * cells(categories) : 0);
  if (!is_text(field.type)) sum += rows * (data::value_bytes(field.type) + 1);
  return sum;
}

}  // namespace fullbase::tables
