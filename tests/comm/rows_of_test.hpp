// A table that every rank of a test can make, and the part of it that a rank starts with.
#pragma once

#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "comm/communicator.hpp"
#include "data/make_batch.hpp"

namespace fullbase::testing {

/// Columns: 0 int64 with missing values and negative ones, 1 string with missing ones and shared beginnings, 2 category, 3 date,
/// 4 wide int64, 5 text, 6 float64, 7 source row. `skew` of 100 rows have number 3. Tables of more rows than a block or two.
inline data::Batch whole_table(std::int64_t rows, int skew, unsigned seed) {
  std::mt19937_64 random(seed);
  const auto below = [&](std::uint64_t bound) { return static_cast<std::int64_t>(random() % bound); };
  Optional<std::int64_t> numbers;
  Optional<std::string> names;
  Optional<std::string> categories;
  Optional<std::int32_t> dates;
  Optional<std::int64_t> wide;
  Optional<std::string> texts;
  std::vector<double> floats;
  Optional<std::int64_t> sources;
  for (std::int64_t i = 0; i < rows; ++i) {
    numbers.push_back(below(20) == 0 ? std::optional<std::int64_t>() : below(100) < skew ? 3 : below(50) - 25);
    const auto name = below(40);
    names.push_back(name == 0   ? std::optional<std::string>()
                    : name == 1 ? std::string("a")
                    : name == 2 ? std::string("a\0", 2)
                    : name == 3 ? std::string()
                                : "customer-number-" + std::to_string(name));
    categories.push_back(below(9) == 0 ? std::optional<std::string>() : std::string(1, static_cast<char>('a' + below(5))));
    dates.push_back(below(11) == 0 ? std::optional<std::int32_t>() : static_cast<std::int32_t>(below(7)) - 3);
    wide.push_back(static_cast<std::int64_t>(random()));
    texts.push_back(below(6) == 0 ? std::optional<std::string>() : std::string(static_cast<std::size_t>(below(12)), 't'));
    floats.push_back(static_cast<double>(below(1000)) / 8);
    sources.push_back(i);
  }
  return make_batch({int64_column("number", numbers), string_column("name", names), category_column("category", categories),
                     date_column("date", dates), int64_column("wide", wide), string_column("text", texts),
                     float64_column("float", floats), int64_column("source", sources)});
}

/// Rows [first, last) of `whole`.
inline data::Batch part_of(const data::Batch& whole, std::int64_t first, std::int64_t last) {
  data::Batch part{.rows = {first, last}, .columns = {}};
  for (const auto& column : whole.columns) {
    part.columns.emplace_back(column.field(), 0, column.dictionary());
    part.columns.back().append_from(column, first, last);
  }
  return part;
}

/// Where rank r's part of n things begins: uneven, and some ranks have none.
inline std::int64_t ragged_start(std::int64_t n, int rank, int size) {
  if (rank == size) return n;
  return rank % 3 == 2 ? n * (rank + 1) / size : n * rank * rank / (std::int64_t{size} * size);
}

inline data::Batch ragged_part(const data::Batch& whole, const comm::Communicator& world) {
  const std::int64_t n = whole.rows.size();
  std::int64_t first = 0;
  for (int r = 0; r <= world.rank(); ++r) first = std::max(first, ragged_start(n, r, world.size()));
  const auto last = world.rank() + 1 == world.size() ? n : std::max(first, ragged_start(n, world.rank() + 1, world.size()));
  return part_of(whole, first, last);
}

/// A row's values, readable.
inline std::string row_text(const data::Batch& batch, std::int64_t row) {
  std::string text;
  for (const auto& column : batch.columns) {
    const auto type = column.field().type;
    const bool texts = type == data::Type::string || type == data::Type::category;
    text += column.is_missing(row) ? "missing"
            : texts                ? "'" + std::string(column.text(row)) + "'"
                                   : std::to_string(column.number(row));
    text += ' ';
  }
  return text;
}

}  // namespace fullbase::testing
