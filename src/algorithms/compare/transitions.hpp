// From which segment to which: how often a value of a column went with which other one.
#pragma once

#include <compare>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "comm/communicator.hpp"
#include "data/block_source.hpp"
#include "data/budget.hpp"

namespace fullbase::compare {

/// What a row was: a value (an integer, 0 or 1, or a category's code), without a value, or not there at all. Values come first in
/// the order.
struct State {
  enum class Kind : std::int64_t { value, missing, absent };
  Kind kind = Kind::absent;
  std::int64_t value = 0;
  friend auto operator<=>(const State&, const State&) = default;
};

/// Of an int64, boolean or category column.
State state_of(const data::Column& column, std::int64_t row);

struct Transition {
  State from;
  State to;
  std::int64_t rows = 0;
  friend bool operator==(const Transition&, const Transition&) = default;
};

/// More different transitions than this are no table that anyone reads, and an input error.
inline constexpr std::int64_t most_transitions = 100'000;

/// A contingency table that grows by rows. Not thread-safe. Memory: some 100 bytes a transition that occurs.
class TransitionCounts {
 public:
  /// `column` is for the message of too many transitions.
  explicit TransitionCounts(std::string column) : column_(std::move(column)) {}
  void add(State from, State to, std::int64_t rows = 1);
  /// The sums of all ranks, by (from, to) ascending, on every rank. Collective. Sends 40 bytes a transition to every rank.
  std::vector<Transition> united(comm::Communicator& communicator) const;

 private:
  void require_room(std::size_t transitions) const;

  std::string column_;
  std::map<std::pair<State, State>, std::int64_t> counts_;
};

struct TransitionTable {
  std::vector<Transition> transitions;  ///< by (from, to) ascending; only those that occur
  data::DictionaryPointer dictionary;   ///< of the codes, of both tables; null where the column is no category
  std::int64_t before_without_key = 0;  ///< rows that match nothing and are not counted above
  std::int64_t after_without_key = 0;
};

/// How the rows of two tables, matched by key, went from value to value of `column`; rows of one table alone come from or go to
/// Kind::absent. Errors: input (columns that are missing or of other types, a key in two rows of one table, too many
/// transitions). Collective; memory and traffic as match_rows() and TransitionCounts.
TransitionTable transitions(comm::Communicator& communicator, const data::BlockSource& earlier, const data::BlockSource& later,
                            std::span<const std::string> keys, const std::string& column, data::Budget& budget);

}  // namespace fullbase::compare
