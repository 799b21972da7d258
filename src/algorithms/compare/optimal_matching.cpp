#include "algorithms/compare/optimal_matching.hpp"

#include <limits>
#include <utility>

#include "base/contract.hpp"

namespace fullbase::compare {
namespace {

constexpr std::int64_t infinite = std::numeric_limits<std::int64_t>::max() / 4;

/// The column of each row at the least cost; rows <= columns. Numbers start at 1, so that 0 stands for none.
std::vector<int> least_cost(const std::vector<std::int64_t>& cost, int rows, int columns) {
  const auto n = static_cast<std::size_t>(rows);
  const auto m = static_cast<std::size_t>(columns);
  std::vector<std::int64_t> row_price(n + 1, 0);
  std::vector<std::int64_t> column_price(m + 1, 0);
  std::vector<std::size_t> row_of(m + 1, 0);
  for (std::size_t start = 1; start <= n; ++start) {
    std::vector<std::int64_t> shortest(m + 1, infinite);
    std::vector<std::size_t> before(m + 1, 0);
    std::vector<bool> reached(m + 1, false);
    std::size_t column = 0;
    row_of[0] = start;
    // Dijkstra from the new row over reduced costs, until a column is free.
    do {
      reached[column] = true;
      const auto row = row_of[column];
      std::int64_t least = infinite;
      std::size_t next = 0;
      for (std::size_t j = 1; j <= m; ++j) {
        if (reached[j]) continue;
        const auto reduced = cost[(row - 1) * m + j - 1] - row_price[row] - column_price[j];
        if (reduced < shortest[j]) {
          shortest[j] = reduced;
          before[j] = column;
        }
        if (shortest[j] < least) {
          least = shortest[j];
          next = j;
        }
      }
      for (std::size_t j = 0; j <= m; ++j) {
        if (reached[j]) {
          row_price[row_of[j]] += least;
          column_price[j] -= least;
        } else {
          shortest[j] -= least;
        }
      }
      column = next;
    } while (row_of[column] != 0);
    while (column != 0) {
      const auto from = before[column];
      row_of[column] = row_of[from];
      column = from;
    }
  }
  std::vector<int> matched(n, unmatched);
  for (std::size_t j = 1; j <= m; ++j) {
    if (row_of[j] != 0) matched[row_of[j] - 1] = static_cast<int>(j) - 1;
  }
  return matched;
}

}  // namespace

std::vector<int> greatest_matching(std::span<const std::int64_t> gain, int rows, int columns) {
  FULLBASE_EXPECTS(rows >= 0 && columns >= 1 && std::ssize(gain) == static_cast<std::int64_t>(rows) * columns,
                   "there is a gain for every pair");
  const bool wide = rows <= columns;
  const auto n = static_cast<std::size_t>(wide ? rows : columns);
  const auto m = static_cast<std::size_t>(wide ? columns : rows);
  std::vector<std::int64_t> cost(n * m);
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t j = 0; j < m; ++j) cost[i * m + j] = -(wide ? gain[i * m + j] : gain[j * n + i]);
  }
  auto matched = least_cost(cost, static_cast<int>(n), static_cast<int>(m));
  if (wide) return matched;
  std::vector<int> turned(static_cast<std::size_t>(rows), unmatched);
  for (std::size_t j = 0; j < n; ++j) turned[static_cast<std::size_t>(matched[j])] = static_cast<int>(j);
  return turned;
}

}  // namespace fullbase::compare
