#include "algorithms/compare/changed_rows.hpp"

#include <algorithm>
#include <span>
#include <utility>

#include "algorithms/compare/match.hpp"
#include "algorithms/compare/value_difference.hpp"

namespace fullbase::compare {

ChangedRows changed_rows(comm::Communicator& communicator, const ComparedTables& tables, data::Budget& budget) {
  std::vector<std::int64_t> added;
  std::vector<std::int64_t> changed;
  std::vector<std::int64_t> removed;
  const MatchRequest request{tables.earlier, tables.later, tables.keys, tables.columns};
  const auto counts = match_rows(communicator, request, budget, [&](const MatchedRows& rows) {
    for (const auto& match : rows.matches) {
      if (match.before < 0) {
        added.push_back(rows.row_number(match.after));
      } else if (match.after < 0) {
        removed.push_back(rows.row_number(match.before));
      } else {
        bool differ = false;
        for (std::size_t c = 0; c < tables.columns.size() && !differ; ++c)
          differ = differs(rows.value(c), match.before, match.after, 0);
        if (differ) changed.push_back(rows.row_number(match.after));
      }
    }
  });
  const auto all = [&](const std::vector<std::int64_t>& mine) {
    auto numbers = communicator.all_gather_all(std::span<const std::int64_t>(mine)).values;
    std::ranges::sort(numbers);
    return numbers;
  };
  added = all(added);
  changed = all(changed);
  ChangedRows result;
  result.without_key = counts.after_without_key;
  result.removed = all(removed);
  for (std::size_t a = 0, c = 0; a < added.size() || c < changed.size();) {
    const bool is_added = c == changed.size() || (a < added.size() && added[a] < changed[c]);
    result.rows.push_back(is_added ? added[a++] : changed[c++]);
    result.changes.push_back(is_added ? Change::added : Change::changed);
  }
  return result;
}

}  // namespace fullbase::compare
