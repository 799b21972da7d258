#include "comm/sort_keys.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <string>
#include <utility>

#include "base/error.hpp"
#include "comm/reduction.hpp"

namespace fullbase::comm {
namespace {

using data::Column;
using data::Type;

/// Bits of a key from a column of this type; 0 for strings.
int key_bits(const data::Field& field) {
  switch (field.type) {
    case Type::int64:
    case Type::decimal:
    case Type::timestamp:
      return 64;
    case Type::category:
    case Type::date:
      return 32;
    case Type::boolean:
      return 8;
    case Type::string:
      return 0;
    case Type::float32:
    case Type::float64:
      break;
  }
  throw base::job_file_error("a column of type " + data::type_text(field) + " cannot be a key", "column '" + field.name + "'",
                             "use an integer, category, string, date, timestamp or decimal column");
}

/// A value of a fixed-size type, in the low key_bits() bits, as an unsigned integer of the same order.
std::uint64_t key_bits_of(const Column& column, std::int64_t row) {
  const auto i = static_cast<std::size_t>(row);
  switch (key_bits(column.field())) {
    case 64:
      return ordered_bits(column.int64s()[i]);
    case 32:
      return static_cast<std::uint32_t>(column.int32s()[i]) ^ 0x80000000U;
    default:
      return column.bools()[i];
  }
}

/// A row and the first word of its key.
struct Entry {
  std::uint64_t word;
  std::int64_t row;
};

constexpr int digit_bits = 11;

/// Stable, by least significant digit first, over `bits` bits of key(entry).
template <class T, class Key>
void radix_sort(std::vector<T>& entries, int bits, Key&& key) {
  const int passes = (bits + digit_bits - 1) / digit_bits;
  constexpr std::uint64_t digit_mask = (std::uint64_t{1} << digit_bits) - 1;
  std::vector<T> other(passes > 0 ? entries.size() : 0);
  for (int pass = 0; pass < passes; ++pass) {
    const int shift = pass * digit_bits;
    std::array<std::size_t, (std::size_t{1} << digit_bits)> next{};
    for (const T& entry : entries) ++next[(key(entry) >> shift) & digit_mask];
    std::size_t start = 0;
    for (auto& position : next) start += std::exchange(position, start);
    for (const T& entry : entries) other[next[(key(entry) >> shift) & digit_mask]++] = entry;
    entries.swap(other);
  }
}

/// What the first words of `rows` have in common.
struct FirstWords {
  std::uint64_t lowest = ~std::uint64_t{0};
  std::uint64_t highest = 0;
  bool sorted = true;

  FirstWords(const SortKeys& keys, std::span<const std::int64_t> rows) {
    std::uint64_t before = 0;
    for (const auto row : rows) {
      const auto word = keys.word(row, 0);
      lowest = std::min(lowest, word);
      highest = std::max(highest, word);
      sorted = sorted && before <= word;
      before = word;
    }
  }
  int bits() const noexcept { return static_cast<int>(std::bit_width(highest - lowest)); }
};

/// Word and row in one 64-bit integer: half the memory to move.
void sort_packed(const SortKeys& keys, const FirstWords& words, int row_bits, std::vector<std::int64_t>& rows) {
  std::vector<std::uint64_t> entries;
  entries.reserve(rows.size());
  for (const auto row : rows)
    entries.push_back(((keys.word(row, 0) - words.lowest) << row_bits) | static_cast<std::uint64_t>(row));
  radix_sort(entries, words.bits(), [row_bits](std::uint64_t entry) { return entry >> row_bits; });
  const auto row_mask = (std::uint64_t{1} << row_bits) - 1;
  for (std::size_t i = 0; i < rows.size(); ++i) rows[i] = static_cast<std::int64_t>(entries[i] & row_mask);
}

void sort_unpacked(const SortKeys& keys, const FirstWords& words, std::vector<std::int64_t>& rows) {
  std::vector<Entry> entries;
  entries.reserve(rows.size());
  for (const auto row : rows) entries.push_back({.word = keys.word(row, 0) - words.lowest, .row = row});
  radix_sort(entries, words.bits(), [](const Entry& entry) { return entry.word; });
  for (std::size_t i = 0; i < rows.size(); ++i) rows[i] = entries[i].row;
}

/// Within rows of equal first words, by the rest of the key.
void sort_rest(const SortKeys& keys, std::vector<std::int64_t>& rows) {
  for (auto begin = rows.begin(); begin != rows.end();) {
    const auto word = keys.word(*begin, 0);
    const auto end = std::find_if(begin, rows.end(), [&](std::int64_t row) { return keys.word(row, 0) != word; });
    std::sort(begin, end, [&](std::int64_t a, std::int64_t b) {
      const int order = keys.compare(a, b);
      return order != 0 ? order < 0 : a < b;
    });
    begin = end;
  }
}

}  // namespace

SortKeys::SortKeys(const data::Batch& rows, std::span<const int> columns) {
  int bits = 0;
  bool strings = false;
  for (const int c : columns) {
    const int width = key_bits(rows[static_cast<std::size_t>(c)].field());
    bits += width;
    strings = strings || width == 0;
  }
  const std::int64_t count = columns.empty() ? rows.rows.size() : rows[static_cast<std::size_t>(columns[0])].rows();
  first_.resize(static_cast<std::size_t>(count));
  if (strings || bits > 64) {
    encode(rows, columns);
    return;
  }
  for (const int c : columns) {
    const Column& column = rows[static_cast<std::size_t>(c)];
    const int width = key_bits(column.field());
    for (std::int64_t i = 0; i < count; ++i) {
      auto& word = first_[static_cast<std::size_t>(i)];
      word = (width == 64 ? 0 : word << width) | key_bits_of(column, i);
    }
  }
}

// Integers big end first. A string ends in 00 00, and a 00 within it becomes 00 FF: so "a" < "a\0" < "ab", and no key is the
// beginning of another.
void SortKeys::encode(const data::Batch& rows, std::span<const int> columns) {
  offsets_.reserve(first_.size() + 1);
  offsets_.push_back(0);
  for (std::int64_t i = 0; i < std::ssize(first_); ++i) {
    for (const int c : columns) {
      const Column& column = rows[static_cast<std::size_t>(c)];
      const int width = key_bits(column.field());
      if (width == 0) {
        for (const char letter : column.strings()[i]) {
          bytes_.push_back(static_cast<unsigned char>(letter));
          if (letter == '\0') bytes_.push_back(0xFF);
        }
        bytes_.insert(bytes_.end(), 2, 0);
      } else {
        const std::uint64_t value = key_bits_of(column, i);
        for (int shift = width - 8; shift >= 0; shift -= 8) bytes_.push_back(static_cast<unsigned char>(value >> shift));
      }
    }
    offsets_.push_back(std::ssize(bytes_));
    const auto length = offsets_.back() - offsets_[static_cast<std::size_t>(i)];
    words_ = std::max(words_, static_cast<int>((length + 7) / 8));
  }
  for (std::int64_t i = 0; i < std::ssize(first_); ++i) first_[static_cast<std::size_t>(i)] = later_word(i, 0);
}

std::uint64_t SortKeys::later_word(std::int64_t row, int level) const noexcept {
  if (offsets_.empty()) return 0;
  const auto i = static_cast<std::size_t>(row);
  std::uint64_t value = 0;
  const auto begin = offsets_[i] + 8 * level;
  for (std::int64_t k = 0; k < 8; ++k) {
    value <<= 8;
    if (begin + k < offsets_[i + 1]) value |= bytes_[static_cast<std::size_t>(begin + k)];
  }
  return value;
}

int SortKeys::compare(std::int64_t a, std::int64_t b) const noexcept {
  const auto i = static_cast<std::size_t>(a);
  const auto j = static_cast<std::size_t>(b);
  if (first_[i] != first_[j]) return first_[i] < first_[j] ? -1 : 1;
  if (offsets_.empty()) return 0;
  const auto left = offsets_[i + 1] - offsets_[i];
  const auto right = offsets_[j + 1] - offsets_[j];
  const int order =
      std::memcmp(bytes_.data() + offsets_[i], bytes_.data() + offsets_[j], static_cast<std::size_t>(std::min(left, right)));
  return order != 0 ? order : (left > right) - (left < right);
}

std::vector<std::int64_t> rows_with_keys(const data::Batch& rows, std::span<const int> columns) {
  const std::int64_t count = columns.empty() ? rows.rows.size() : rows[static_cast<std::size_t>(columns[0])].rows();
  std::vector<std::int64_t> present;
  present.reserve(static_cast<std::size_t>(count));
  for (std::int64_t i = 0; i < count; ++i) {
    const bool missing = std::ranges::any_of(columns, [&](int c) { return rows[static_cast<std::size_t>(c)].is_missing(i); });
    if (!missing) present.push_back(i);
  }
  return present;
}

std::vector<std::int64_t> sorted_order(const SortKeys& keys, std::vector<std::int64_t> rows) {
  const FirstWords words(keys, rows);
  const auto row_bits = static_cast<int>(std::bit_width(static_cast<std::uint64_t>(keys.rows())));
  if (!words.sorted && words.bits() + row_bits <= 64) {
    sort_packed(keys, words, row_bits, rows);
  } else if (!words.sorted) {
    sort_unpacked(keys, words, rows);
  }
  if (keys.words() > 1) sort_rest(keys, rows);
  return rows;
}

}  // namespace fullbase::comm
