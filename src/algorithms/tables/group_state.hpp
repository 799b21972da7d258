// What is kept of a group while its lines pass by: words of integers, which may be added up in any order.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/int128.hpp"

namespace fullbase::tables {

/// One kept statistic of one input (MeasurePlan's inputs are values a line).
struct State {
  enum class Kind : std::uint8_t {
    count,     ///< lines with a value: one word
    sum,       ///< of values as 128-bit integers: two words
    roots,     ///< the sum of what `squares` squares, where that is not the values: two words
    squares,   ///< of values as 192-bit integers: three words
    least,     ///< the least of the values' ordered words: one word
    greatest,  ///< the greatest: one word
    first,     ///< ordered time, number (from 1) and value of the first line: three words
    last,      ///< of the last: three words
  };
  Kind kind = Kind::count;
  int input = 0;
  int offset = 0;  ///< word of the cell

  static int words(Kind kind) noexcept;
};

/// The values of one input in a batch, by row. Integers and what orders like them; floats are on a power-of-two scale already.
struct InputValues {
  std::span<const std::int64_t> narrow;   ///< the values, unless they are in `wide`
  std::span<const base::int128> wide;     ///< floats for exact sums
  std::span<const std::int64_t> roots;    ///< what `squares` squares, if not `narrow`
  std::span<const std::uint64_t> order;   ///< words that order as the values do, if not by `narrow`
  std::span<const std::uint8_t> missing;  ///< 1 = missing; empty: none is
};

/// Lines of a batch that are added to cells: line i is row rows[i] of the batch and goes to words[cells[i]].
struct CellLines {
  std::span<const std::int64_t> cells;
  std::span<const std::int32_t> rows;
  std::span<const std::int64_t> times;  ///< by row, UTC microseconds; empty where lines have no time
  std::int64_t first_row = 0;           ///< of the batch
};

/// The words of a group: how many lines it has, then a cell for each window. A line is kept in its innermost window alone;
/// windows end together, so that what a window has is the sum of its cell and those within it.
class GroupState {
 public:
  GroupState() = default;
  /// `all_lines`: there is one window, and every line lies in it. Then the count of lines is that of the group.
  GroupState(std::vector<State> states, int windows, bool all_lines);

  /// Words of a group.
  int stride() const noexcept { return 1 + windows_ * cell_; }
  int windows() const noexcept { return windows_; }
  int cell(int window) const noexcept { return 1 + window * cell_; }
  /// Words of a cell.
  int cell_words() const noexcept { return cell_; }
  const std::vector<State>& states() const noexcept { return states_; }

  /// What no line has been added to.
  void clear(std::span<std::uint64_t> words) const;
  /// Adds lines to the cells that they name.
  void add(std::uint64_t* words, const CellLines& lines, std::span<const InputValues> inputs) const;
  /// Adds another part of the same group. Both are stride() words.
  void merge(std::uint64_t* into, const std::uint64_t* from) const;
  /// Makes each window hold what lies in the windows within it too.
  void nest(std::uint64_t* words) const;

 private:
  /// The offset of a state that is the group's own count of lines, which stands before the first cell.
  static constexpr int lines_of_group = -1;

  void merge_cell(std::uint64_t* into, const std::uint64_t* from) const;

  std::vector<State> states_;
  int windows_ = 0;
  int cell_ = 0;
};

/// A 128-bit integer in two words.
base::int128 wide_word(const std::uint64_t* words) noexcept;
}  // namespace fullbase::tables
