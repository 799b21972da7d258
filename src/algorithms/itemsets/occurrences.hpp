// Where items occur among the baskets of a class: what Eclat mines a class of sets from.
#pragma once

#include <cstdint>
#include <span>
#include <variant>
#include <vector>

namespace fullbase::itemsets {

/// Words whose rows stand for 2^shift baskets each. A basket of weight w stands in a row for each bit of w.
struct WordRange {
  std::int64_t first = 0;
  std::int64_t last = 0;
  int shift = 0;
};

/// A bit a row and column: column c is words [c * stride, (c + 1) * stride) of `bits`, of which `ranges` say which count. Rows of
/// no meaning are 0 in every column.
struct BitColumns {
  std::int64_t stride = 0;
  std::vector<WordRange> ranges;  ///< ascending
  std::vector<std::uint64_t> bits;

  const std::uint64_t* column(std::int64_t c) const noexcept { return bits.data() + c * stride; }
  std::uint64_t* column(std::int64_t c) noexcept { return bits.data() + c * stride; }
  std::int64_t words() const noexcept;  ///< of all ranges
  /// Baskets that have both columns.
  std::int64_t count_both(const std::uint64_t* a, const std::uint64_t* b) const noexcept;
};

/// The columns that each row has, and the rows that each column has, both ascending: for classes so sparse that lists are smaller
/// than bits.
struct RowLists {
  std::vector<std::int64_t> starts = {0};  ///< rows() + 1 positions in columns
  std::vector<std::int32_t> columns;
  std::vector<std::uint32_t> weights;  ///< empty: one each
  std::vector<std::int64_t> column_starts = {0};
  std::vector<std::int32_t> rows_of_columns;

  std::int64_t rows() const noexcept { return static_cast<std::int64_t>(starts.size()) - 1; }
  std::uint32_t weight(std::int64_t row) const noexcept { return weights.empty() ? 1 : weights[static_cast<std::size_t>(row)]; }
  std::span<const std::int32_t> columns_of(std::int64_t row) const noexcept {
    return std::span(columns).subspan(
        static_cast<std::size_t>(starts[static_cast<std::size_t>(row)]),
        static_cast<std::size_t>(starts[static_cast<std::size_t>(row) + 1] - starts[static_cast<std::size_t>(row)]));
  }
  std::span<const std::int32_t> rows_of(std::int64_t column) const noexcept {
    return std::span(rows_of_columns)
        .subspan(static_cast<std::size_t>(column_starts[static_cast<std::size_t>(column)]),
                 static_cast<std::size_t>(column_starts[static_cast<std::size_t>(column) + 1] -
                                          column_starts[static_cast<std::size_t>(column)]));
  }
  /// Finds the rows of `count` columns from the columns of the rows.
  void turn(std::int64_t count);
};

using Occurrences = std::variant<BitColumns, RowLists>;

/// Square, a bit a pair: whether columns a and b, a > b, may occur together in a frequent set of the class.
class PairBits {
 public:
  static std::int64_t bytes(std::int64_t columns) noexcept { return 8 * columns * ((columns + 63) / 64); }
  void clear(std::int64_t columns) {
    stride_ = (columns + 63) / 64;
    bits_.assign(static_cast<std::size_t>(columns * stride_), 0);
  }
  void unset(std::int64_t a, std::int64_t b) noexcept { word(a, b) &= ~(std::uint64_t{1} << (b % 64)); }
  void set(std::int64_t a, std::int64_t b) noexcept { word(a, b) |= std::uint64_t{1} << (b % 64); }
  bool test(std::int64_t a, std::int64_t b) const noexcept {
    return (bits_[static_cast<std::size_t>(a * stride_ + b / 64)] >> (b % 64) & 1) != 0;
  }

 private:
  std::uint64_t& word(std::int64_t a, std::int64_t b) noexcept { return bits_[static_cast<std::size_t>(a * stride_ + b / 64)]; }
  std::int64_t stride_ = 0;
  std::vector<std::uint64_t> bits_;
};

/// The baskets that hold item `rarest`, and which of `items` they hold beside it.
struct OccurrenceClass {
  std::int32_t rarest = 0;
  std::vector<std::int32_t> items;   ///< of the columns: numbers below `rarest`, ascending, each frequent with it
  std::vector<std::int64_t> counts;  ///< of each together with `rarest`
  PairBits pairs;                    ///< of the columns: those that are frequent in the whole base
  Occurrences rows;

  /// Of a class of so many columns without its rows.
  static std::int64_t bytes(std::int64_t columns) noexcept {
    return static_cast<std::int64_t>(sizeof(OccurrenceClass)) + 12 * columns + PairBits::bytes(columns);
  }
};

}  // namespace fullbase::itemsets
