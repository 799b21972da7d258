#include "algorithms/tables/finished_groups.hpp"

#include <algorithm>
#include <bit>
#include <utility>

#include "parallel/for_each.hpp"

namespace fullbase::tables {
namespace {

using data::Type;

/// The values of one field out of rows of words.
data::Column values_of(const data::Field& field, std::int64_t value, std::span<const std::uint64_t> words, std::int64_t row_words,
                       std::int64_t first_mask, const data::DictionaryPointer& dictionary) {
  const std::int64_t rows = std::ssize(words) / row_words;
  const auto word = [&](std::int64_t row) { return words[static_cast<std::size_t>(row * row_words + 1 + value)]; };
  const auto missing = [&](std::int64_t row) {
    return (words[static_cast<std::size_t>(row * row_words + first_mask + value / 64)] >> (value % 64) & 1) != 0;
  };
  data::Column column(field, rows, dictionary);
  const auto fill = [&](auto values, auto absent) {
    using Value = typename decltype(values)::value_type;
    for (std::int64_t row = 0; row < rows; ++row) {
      auto& into = values[static_cast<std::size_t>(row)];
      if (missing(row)) {
        into = absent;
      } else if constexpr (std::is_floating_point_v<Value>) {
        into = static_cast<Value>(std::bit_cast<double>(word(row)));
      } else {
        into = static_cast<Value>(word(row));
      }
    }
  };
  switch (field.type) {
    case Type::float64:
      fill(column.float64s(), data::missing_float64);
      break;
    case Type::category:
      fill(column.int32s(), data::missing_code);
      break;
    case Type::date:
      fill(column.int32s(), data::missing_date);
      break;
    case Type::boolean:
      fill(column.bools(), std::uint8_t{0});
      break;
    case Type::timestamp:
      fill(column.int64s(), data::missing_int64);
      break;
    default:
      fill(column.int64s(), std::int64_t{0});
  }
  if (data::has_mask(field.type)) {
    for (std::int64_t row = 0; row < rows; ++row) {
      if (!missing(row)) continue;
      column.mask().resize(static_cast<std::size_t>(rows), 0);
      column.mask()[static_cast<std::size_t>(row)] = 1;
    }
  }
  return column;
}

/// Rows that are made into a batch at a time.
constexpr std::int64_t chunk_rows = 16 * base::block_rows;

}  // namespace

FinishedGroups::FinishedGroups(std::vector<data::Field> fields, data::Budget& budget, data::Spill& spill)
    : fields_(std::move(fields)), words_("groups", budget, spill) {}

void FinishedGroups::keep(std::int64_t first, std::vector<std::uint64_t>&& rows) {
  if (rows.empty()) return;
  const base::RowRange range{first, first + std::ssize(rows) / row_words()};
  pieces_.push_back({range, words_.keep(std::move(rows))});
}

std::int64_t FinishedGroups::rows() const noexcept {
  std::int64_t rows = 0;
  for (const Piece& piece : pieces_) rows += piece.rows.size();
  return rows;
}

data::Batch FinishedGroups::batch(std::span<const std::uint64_t> words, base::RowRange rows, const GroupKeys& keys,
                                  const std::vector<data::DictionaryPointer>& dictionaries, std::span<const int> columns) const {
  const auto key_columns = std::ssize(keys.positions());
  std::vector<data::Column> of_keys;
  if (std::ranges::any_of(columns, [&](int column) { return column < key_columns; })) {
    std::vector<std::uint64_t> codes;
    codes.reserve(static_cast<std::size_t>(rows.size()));
    for (std::size_t at = 0; at < words.size(); at += static_cast<std::size_t>(row_words())) codes.push_back(words[at]);
    of_keys = keys.columns(codes);
  }
  data::Batch batch{.rows = rows, .columns = {}};
  for (const int column : columns) {
    if (column < key_columns) {
      batch.columns.push_back(std::move(of_keys[static_cast<std::size_t>(column)]));
      continue;
    }
    const std::int64_t value = column - key_columns;
    const auto i = static_cast<std::size_t>(value);
    batch.columns.push_back(values_of(fields_[i], value, words, row_words(), 1 + values(), dictionaries[i]));
  }
  return batch;
}

void FinishedGroups::read(const GroupKeys& keys, const std::vector<data::DictionaryPointer>& dictionaries,
                          std::span<const int> columns, const std::function<void(data::Batch&& rows)>& consume) const {
  for (const Piece& piece : pieces_) {
    const std::int64_t first_chunk = piece.rows.first / chunk_rows;
    parallel::for_each(first_chunk, (piece.rows.last + chunk_rows - 1) / chunk_rows, [&](std::int64_t chunk, int) {
      const base::RowRange range = base::intersect(piece.rows, {chunk * chunk_rows, (chunk + 1) * chunk_rows});
      std::vector<std::uint64_t> buffer;
      const auto words =
          words_.read(piece.words, (range.first - piece.rows.first) * row_words(), range.size() * row_words(), buffer);
      consume(batch(words, range, keys, dictionaries, columns));
    });
  }
}

}  // namespace fullbase::tables
