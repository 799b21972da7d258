#include "algorithms/tables/group_state.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

#include "comm/reduction.hpp"

namespace fullbase::tables {
namespace {

void add_wide(std::uint64_t* words, base::int128 value) noexcept {
  base::uint128 sum;
  std::memcpy(&sum, words, sizeof sum);
  sum += static_cast<base::uint128>(value);
  std::memcpy(words, &sum, sizeof sum);
}

void add_square(std::uint64_t* words, base::uint128 square, std::uint64_t top = 0) noexcept {
  base::uint128 sum;
  std::memcpy(&sum, words, sizeof sum);
  const base::uint128 before = sum;
  sum += square;
  std::memcpy(words, &sum, sizeof sum);
  words[2] += top + (sum < before ? 1 : 0);
}

/// Whether (time, row) of a line comes before that of words.
bool earlier(std::uint64_t time, std::uint64_t row, const std::uint64_t* words) noexcept {
  return time != words[0] ? time < words[0] : row < words[1];
}

void set(std::uint64_t* words, std::uint64_t time, std::uint64_t row, std::uint64_t value) noexcept {
  words[0] = time;
  words[1] = row;
  words[2] = value;
}

/// The lines of an input that has missing values among them.
struct Present {
  std::vector<std::int64_t> cells;
  std::vector<std::int32_t> rows;

  CellLines of(const CellLines& lines, std::span<const std::uint8_t> missing) {
    cells.resize(lines.rows.size());
    rows.resize(lines.rows.size());
    std::size_t count = 0;
    for (std::size_t i = 0; i < lines.rows.size(); ++i) {
      const std::int32_t row = lines.rows[i];
      cells[count] = lines.cells[i];
      rows[count] = row;
      count += missing[static_cast<std::size_t>(row)] == 0 ? 1 : 0;
    }
    return {std::span(cells).first(count), std::span(rows).first(count), lines.times, lines.first_row};
  }
};

/// Where the lines are is held by value: what `work` writes cannot change it, and the compiler knows.
template <class F>
void each(const CellLines& lines, F work) {
  const std::int64_t* const cells = lines.cells.data();
  const std::int32_t* const rows = lines.rows.data();
  const std::size_t count = lines.rows.size();
  for (std::size_t i = 0; i < count; ++i) work(cells[i], static_cast<std::size_t>(rows[i]));
}

/// `work` with the words that order as the values do.
template <class F>
void each_ordered(const CellLines& lines, const InputValues& input, F work) {
  if (input.order.empty())
    return each(lines, [=, narrow = input.narrow.data()](std::int64_t at, std::size_t row) {
      work(at, comm::ordered_bits(narrow[row]));
    });
  return each(lines, [=, order = input.order.data()](std::int64_t at, std::size_t row) { work(at, order[row]); });
}

void add_state(State::Kind kind, std::uint64_t* words, const CellLines& lines, const InputValues& input) {
  const auto narrow = input.narrow;
  const auto order = [&](std::size_t row) { return input.order.empty() ? comm::ordered_bits(narrow[row]) : input.order[row]; };
  const auto time = [&](std::size_t row) {
    return lines.times.empty() ? std::uint64_t{0} : comm::ordered_bits(lines.times[row]);
  };
  // From 1: what `last` begins with, (0, 0), comes before every line.
  const auto number = [&](std::size_t row) { return static_cast<std::uint64_t>(lines.first_row) + row + 1; };
  switch (kind) {
    case State::Kind::count:
      return each(lines, [=](std::int64_t at, std::size_t) { ++words[at]; });
    case State::Kind::sum:
      if (!input.wide.empty()) {
        return each(lines, [=, wide = input.wide](std::int64_t at, std::size_t row) { add_wide(words + at, wide[row]); });
      }
      return each(lines, [=](std::int64_t at, std::size_t row) { add_wide(words + at, narrow[row]); });
    case State::Kind::roots:
      return each(lines, [=, roots = input.roots](std::int64_t at, std::size_t row) { add_wide(words + at, roots[row]); });
    case State::Kind::squares: {
      const auto roots = input.roots.empty() ? narrow : input.roots;
      return each(lines, [=](std::int64_t at, std::size_t row) {
        add_square(words + at, static_cast<base::uint128>(static_cast<base::int128>(roots[row]) * roots[row]));
      });
    }
    case State::Kind::least:
      return each_ordered(lines, input, [=](std::int64_t at, std::uint64_t word) { words[at] = std::min(words[at], word); });
    case State::Kind::greatest:
      return each_ordered(lines, input, [=](std::int64_t at, std::uint64_t word) { words[at] = std::max(words[at], word); });
    case State::Kind::first:
      return each(lines, [&](std::int64_t at, std::size_t row) {
        if (earlier(time(row), number(row), words + at)) set(words + at, time(row), number(row), order(row));
      });
    case State::Kind::last:
      return each(lines, [&](std::int64_t at, std::size_t row) {
        if (!earlier(time(row), number(row), words + at)) set(words + at, time(row), number(row), order(row));
      });
  }
}

}  // namespace

int State::words(Kind kind) noexcept {
  switch (kind) {
    case Kind::count:
    case Kind::least:
    case Kind::greatest:
      return 1;
    case Kind::sum:
    case Kind::roots:
      return 2;
    case Kind::squares:
    case Kind::first:
    case Kind::last:
      break;
  }
  return 3;
}

base::int128 wide_word(const std::uint64_t* words) noexcept {
  base::int128 value;
  std::memcpy(&value, words, sizeof value);
  return value;
}

GroupState::GroupState(std::vector<State> states, int windows, bool all_lines) : states_(std::move(states)), windows_(windows) {
  for (State& state : states_) {
    if (all_lines && state.kind == State::Kind::count && state.input == 0) {
      state.offset = lines_of_group;
      continue;
    }
    state.offset = cell_;
    cell_ += State::words(state.kind);
  }
}

void GroupState::clear(std::span<std::uint64_t> words) const {
  std::ranges::fill(words, 0);
  bool any = false;
  for (const State& state : states_) any = any || state.kind == State::Kind::least || state.kind == State::Kind::first;
  if (!any) return;
  const auto stride = static_cast<std::size_t>(this->stride());
  for (std::size_t group = 0; group < words.size(); group += stride) {
    for (int window = 0; window < windows_; ++window) {
      std::uint64_t* const cell = words.data() + group + this->cell(window);
      for (const State& state : states_) {
        if (state.kind == State::Kind::least) cell[state.offset] = ~std::uint64_t{0};
        if (state.kind == State::Kind::first) cell[state.offset] = cell[state.offset + 1] = ~std::uint64_t{0};
      }
    }
  }
}

void GroupState::add(std::uint64_t* words, const CellLines& lines, std::span<const InputValues> inputs) const {
  Present present;
  int present_input = -1;
  CellLines some;
  for (const State& state : states_) {
    if (state.offset == lines_of_group) continue;
    const InputValues& input = inputs[static_cast<std::size_t>(state.input)];
    if (input.missing.empty()) {
      add_state(state.kind, words + state.offset, lines, input);
      continue;
    }
    if (present_input != state.input) some = present.of(lines, input.missing);
    present_input = state.input;
    add_state(state.kind, words + state.offset, some, input);
  }
}

void GroupState::merge_cell(std::uint64_t* into, const std::uint64_t* from) const {
  for (const State& state : states_) {
    if (state.offset == lines_of_group) continue;
    std::uint64_t* const a = into + state.offset;
    const std::uint64_t* const b = from + state.offset;
    switch (state.kind) {
      case State::Kind::count:
        *a += *b;
        break;
      case State::Kind::sum:
      case State::Kind::roots:
        add_wide(a, wide_word(b));
        break;
      case State::Kind::squares:
        add_square(a, static_cast<base::uint128>(wide_word(b)), b[2]);
        break;
      case State::Kind::least:
        *a = std::min(*a, *b);
        break;
      case State::Kind::greatest:
        *a = std::max(*a, *b);
        break;
      case State::Kind::first:
        if (earlier(b[0], b[1], a)) set(a, b[0], b[1], b[2]);
        break;
      case State::Kind::last:
        if (!earlier(b[0], b[1], a)) set(a, b[0], b[1], b[2]);
        break;
    }
  }
}

void GroupState::merge(std::uint64_t* into, const std::uint64_t* from) const {
  into[0] += from[0];
  for (int window = 0; window < windows_; ++window) merge_cell(into + cell(window), from + cell(window));
}

void GroupState::nest(std::uint64_t* words) const {
  for (int window = 1; window < windows_; ++window) merge_cell(words + cell(window), words + cell(window - 1));
}

}  // namespace fullbase::tables
