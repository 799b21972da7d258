#include "algorithms/itemsets/strongest_sets.hpp"

#include <algorithm>
#include <span>

#include "parallel/scan.hpp"

namespace fullbase::itemsets {
namespace {

/// Chances that baskets hold all items of a set if these were independent, by set; rests come before their sets.
std::vector<double> independent_shares(const SetIndex& sets) {
  const auto baskets = static_cast<double>(sets.baskets());
  std::vector<double> shares(static_cast<std::size_t>(sets.rows()));
  for (std::int32_t set = 0; set < sets.rows(); ++set) {
    const double own = static_cast<double>(sets.count(sets.single(sets.item(set)))) / baskets;
    const std::int32_t rest = sets.rest(set);
    shares[static_cast<std::size_t>(set)] = rest < 0 ? own : shares[static_cast<std::size_t>(rest)] * own;
  }
  return shares;
}

/// Strength by set.
std::vector<double> strengths(const SetIndex& sets, Strength by) {
  std::vector<double> values;
  if (by == Strength::lift || by == Strength::leverage) values = independent_shares(sets);
  values.resize(static_cast<std::size_t>(sets.rows()));
  for (std::int32_t set = 0; set < sets.rows(); ++set) {
    double& value = values[static_cast<std::size_t>(set)];
    const double share = static_cast<double>(sets.count(set)) / static_cast<double>(sets.baskets());
    switch (by) {
      case Strength::lift:
        value = share / value;
        break;
      case Strength::leverage:
        value = share - value;
        break;
      case Strength::count:
        value = static_cast<double>(sets.count(set));
        break;
      case Strength::size:
        value = sets.size(set);
    }
  }
  return values;
}

/// Sets that may make groups, ascending.
std::vector<std::int32_t> candidates(const data::BlockSource& table, const SetIndex& sets, const data::BoundExpression* where,
                                     std::int64_t least_size) {
  std::vector<std::uint8_t> is_wanted(static_cast<std::size_t>(sets.rows()), where == nullptr ? 1 : 0);
  if (where != nullptr) {
    parallel::scan(table, {0, table.rows()}, where->columns(), [&](data::Batch&& batch, int) {
      for (const std::int32_t row : where->select(batch, where->columns()))
        is_wanted[static_cast<std::size_t>(batch.rows.first + row)] = 1;
    });
  }
  std::vector<std::int32_t> found;
  for (std::int32_t set = 0; set < sets.rows(); ++set) {
    if (is_wanted[static_cast<std::size_t>(set)] != 0 && sets.size(set) >= least_size) found.push_back(set);
  }
  return found;
}

}  // namespace

std::vector<StrongSet> strongest_sets(const data::BlockSource& table, const SetIndex& sets, const data::BoundExpression* where,
                                      Strength by, std::int64_t least_size, std::int64_t top, data::Budget& budget) {
  const auto memory = require_whole(budget, 16 * std::int64_t{sets.rows()}, "the strengths of the itemsets");
  auto rows = candidates(table, sets, where, least_size);
  const auto values = strengths(sets, by);
  const auto count = std::min(std::ssize(rows), top);
  std::ranges::partial_sort(rows, rows.begin() + count, [&](std::int32_t a, std::int32_t b) {
    const double x = values[static_cast<std::size_t>(a)];
    const double y = values[static_cast<std::size_t>(b)];
    return x > y || (!(x < y) && a < b);
  });
  std::vector<StrongSet> strongest;
  for (const std::int32_t set : std::span(rows).first(static_cast<std::size_t>(count)))
    strongest.push_back({set, sets.size(set), sets.count(set), values[static_cast<std::size_t>(set)]});
  return strongest;
}

}  // namespace fullbase::itemsets
