#include "algorithms/compare/transitions.hpp"

#include <fmt/format.h>

#include "algorithms/compare/match.hpp"
#include "base/error.hpp"
#include "base/size.hpp"
#include "comm/agreement.hpp"

namespace fullbase::compare {

State state_of(const data::Column& column, std::int64_t row) {
  if (column.is_missing(row)) return {State::Kind::missing, 0};
  const auto at = static_cast<std::size_t>(row);
  switch (column.field().type) {
    case data::Type::int64:
      return {State::Kind::value, column.int64s()[at]};
    case data::Type::category:
      return {State::Kind::value, column.int32s()[at]};
    case data::Type::boolean:
      return {State::Kind::value, column.bools()[at]};
    default:
      throw base::input_error(
          fmt::format("transitions are counted of integers, booleans and categories, not of {}", data::type_text(column.field())),
          column.field().name);
  }
}

void TransitionCounts::add(State from, State to, std::int64_t rows) {
  counts_[{from, to}] += rows;
  require_room(counts_.size());
}

void TransitionCounts::require_room(std::size_t transitions) const {
  if (static_cast<std::int64_t>(transitions) <= most_transitions) return;
  throw base::input_error(fmt::format("there are more than {} different transitions", base::format_count(most_transitions)),
                          column_, "give a column of segments or another one with few values");
}

std::vector<Transition> TransitionCounts::united(comm::Communicator& communicator) const {
  std::vector<Transition> local;
  for (const auto& [states, rows] : counts_) local.push_back({states.first, states.second, rows});
  const auto gathered = communicator.all_gather_all(std::span<const Transition>(local));
  std::map<std::pair<State, State>, std::int64_t> sums;
  for (const auto& transition : gathered.values) sums[{transition.from, transition.to}] += transition.rows;
  try {
    require_room(sums.size());
  } catch (const base::Error& error) {
    throw error.known_to_all();  // the sums are those of all ranks
  }
  std::vector<Transition> all;
  for (const auto& [states, rows] : sums) all.push_back({states.first, states.second, rows});
  return all;
}

TransitionTable transitions(comm::Communicator& communicator, const data::BlockSource& earlier, const data::BlockSource& later,
                            std::span<const std::string> keys, const std::string& column, data::Budget& budget) {
  const auto find = [&](const data::BlockSource& source) {
    const auto position = source.schema().find(column);
    if (!position) throw base::input_error("there is no column '" + column + "'", source.name()).known_to_all();
    return *position;
  };
  auto common = common_column(earlier, find(earlier), later, find(later));
  if (!common)
    throw base::input_error("the column has another type in " + earlier.name(), later.name() + "." + column).known_to_all();
  MatchRequest request{earlier, later, key_columns(earlier, later, keys), {}};
  TransitionTable table;
  table.dictionary = common->dictionary;
  request.values.push_back(std::move(*common));
  TransitionCounts counts(later.name() + "." + column);
  const auto matched = match_rows(communicator, request, budget, [&](const MatchedRows& rows) {
    for (const auto& match : rows.matches) {
      counts.add(match.before < 0 ? State{} : state_of(rows.value(0), match.before),
                 match.after < 0 ? State{} : state_of(rows.value(0), match.after));
    }
  });
  table.transitions = counts.united(communicator);
  table.before_without_key = matched.before_without_key;
  table.after_without_key = matched.after_without_key;
  return table;
}

}  // namespace fullbase::compare
