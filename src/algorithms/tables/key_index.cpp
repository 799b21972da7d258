#include "algorithms/tables/key_index.hpp"

#include <algorithm>
#include <bit>
#include <utility>

#include "base/contract.hpp"
#include "base/int128.hpp"

namespace fullbase::tables {
namespace {

constexpr bool is_close(base::int128 span, std::int64_t rows) noexcept {
  return span <= 2 * static_cast<base::int128>(rows) + 1024;
}

}  // namespace

KeyIndex::KeyIndex(std::vector<data::Column> keys, std::span<const KeyPair> pairs) {
  FULLBASE_EXPECTS(!keys.empty() && keys.size() == pairs.size(), "a key has a column for each pair");
  rows_ = static_cast<std::int32_t>(keys.front().rows());
  const auto n = static_cast<std::size_t>(rows_);
  columns_.reserve(keys.size());
  for (std::size_t k = 0; k < keys.size(); ++k)
    columns_.emplace_back(std::move(keys[k]), pairs[k].other, pairs[k].other_dictionary);
  words_.resize(n * columns_.size());
  std::vector<std::uint8_t> missing(n);
  for (std::size_t k = 0; k < columns_.size(); ++k) columns_[k].own(std::span(words_).subspan(k * n, n), missing);
  if (columns_.size() == 1) build_direct(missing);
  if (direct_.empty()) build_table(missing);

  if (const auto codes = columns_.front().words_of_codes(); columns_.size() == 1 && !codes.empty()) {
    by_code_.reserve(codes.size() + 1);
    by_code_.push_back(rows_);
    for (const std::int64_t word : codes) by_code_.push_back(word < 0 ? rows_ : look_up(std::span(&word, 1), 1, 0));
    direct_ = {};
    table_ = {};
    words_ = {};
  }
  for (auto& column : columns_) column.drop_own();
}

void KeyIndex::build_direct(std::span<const std::uint8_t> missing) {
  std::int64_t least = 0;
  std::int64_t most = -1;
  for (std::size_t i = 0; i < words_.size(); ++i) {
    if (missing[i] != 0) continue;
    if (most < least) least = most = words_[i];
    least = std::min(least, words_[i]);
    most = std::max(most, words_[i]);
  }
  const auto span = static_cast<base::int128>(most) - least + 1;
  if (!is_close(span, rows_)) return;
  least_ = least;
  direct_.assign(std::max<std::size_t>(1, static_cast<std::size_t>(span)), rows_);
  for (std::size_t i = 0; i < words_.size(); ++i) {
    if (missing[i] != 0) continue;
    auto& row = direct_[static_cast<std::size_t>(words_[i] - least)];
    repeats_ = repeats_ || row != rows_;
    row = static_cast<std::int32_t>(i);
  }
  words_ = {};
}

std::uint64_t KeyIndex::hash(std::span<const std::int64_t> words, std::size_t stride, std::size_t at) const noexcept {
  std::uint64_t x = 0;
  for (std::size_t k = 0; k < columns_.size(); ++k) {
    x = (x ^ static_cast<std::uint64_t>(words[k * stride + at])) * 0x9E3779B97F4A7C15;
    x ^= x >> 32;
  }
  return x;
}

std::int32_t KeyIndex::look_up(std::span<const std::int64_t> words, std::size_t stride, std::size_t at) const noexcept {
  if (!direct_.empty()) {
    const auto place = static_cast<std::uint64_t>(words[at]) - static_cast<std::uint64_t>(least_);
    return place < direct_.size() ? direct_[place] : rows_;
  }
  const auto n = static_cast<std::size_t>(rows_);
  const std::size_t mask = table_.size() - 1;
  for (std::size_t cell = hash(words, stride, at) & mask; table_[cell] != rows_; cell = (cell + 1) & mask) {
    const auto row = static_cast<std::size_t>(table_[cell]);
    bool equal = true;
    for (std::size_t k = 0; k < columns_.size(); ++k) equal = equal && words_[k * n + row] == words[k * stride + at];
    if (equal) return table_[cell];
  }
  return rows_;
}

void KeyIndex::build_table(std::span<const std::uint8_t> missing) {
  const auto n = static_cast<std::size_t>(rows_);
  table_.assign(std::bit_ceil(2 * n + 1), rows_);
  const std::size_t mask = table_.size() - 1;
  for (std::size_t i = 0; i < n; ++i) {
    if (missing[i] != 0) continue;
    if (look_up(words_, n, i) != rows_) {
      repeats_ = true;
      continue;
    }
    std::size_t cell = hash(words_, n, i) & mask;
    while (table_[cell] != rows_) cell = (cell + 1) & mask;
    table_[cell] = static_cast<std::int32_t>(i);
  }
}

std::vector<std::int32_t> KeyIndex::find(std::span<const data::Column* const> keys) const {
  FULLBASE_EXPECTS(keys.size() == columns_.size(), "a key is looked up by all of its columns");
  const auto n = static_cast<std::size_t>(keys.front()->rows());
  std::vector<std::int32_t> found(n);
  if (!by_code_.empty()) {
    const auto codes = keys.front()->int32s();
    for (std::size_t i = 0; i < n; ++i) found[i] = by_code_[static_cast<std::size_t>(codes[i] + 1)];
    return found;
  }
  std::vector<std::int64_t> words(n * columns_.size());
  std::vector<std::uint8_t> missing(n);
  for (std::size_t k = 0; k < columns_.size(); ++k) columns_[k].of(*keys[k], std::span(words).subspan(k * n, n), missing);
  for (std::size_t i = 0; i < n; ++i) found[i] = missing[i] != 0 ? rows_ : look_up(words, n, i);
  return found;
}

std::int64_t KeyIndex::bytes(std::int64_t rows, std::span<const KeyPair> pairs) noexcept {
  const auto k = static_cast<std::int64_t>(pairs.size());
  std::int64_t sum =
      (8 * k + 1) * rows +
      std::max(4 * (2 * rows + 1024), 4 * static_cast<std::int64_t>(std::bit_ceil(2 * static_cast<std::uint64_t>(rows) + 1)));
  for (const auto& pair : pairs) {
    const std::int64_t codes = pair.other_dictionary ? pair.other_dictionary->size() : 0;
    sum += KeyWords::bytes(pair.field, rows, pair.width, pair.categories, pair.other, codes);
    if (k == 1) sum += 4 * (codes + 1);
  }
  return sum;
}

}  // namespace fullbase::tables
