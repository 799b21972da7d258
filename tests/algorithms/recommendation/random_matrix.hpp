// Matrices of customers and items for tests, whole and as ranks have them.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "algorithms/recommendation/sparse_rows.hpp"
#include "base/block.hpp"
#include "random/generator.hpp"

namespace fullbase::testing {

/// Row after row, 0 where there is no entry.
struct DenseMatrix {
  std::int64_t customers;
  std::int64_t items;
  std::vector<float> values;
  float at(std::int64_t customer, std::int64_t item) const { return values[static_cast<std::size_t>(customer * items + item)]; }
};

/// Of the values `value(customer, item)`.
template <class F>
DenseMatrix matrix_of(std::int64_t customers, std::int64_t items, F&& value) {
  DenseMatrix matrix{customers, items, {}};
  for (std::int64_t u = 0; u < customers; ++u) {
    for (std::int64_t i = 0; i < items; ++i) matrix.values.push_back(static_cast<float>(value(u, i)));
  }
  return matrix;
}

/// About so large a share of entries, of values 1 to 5; none for customer 3 and item 5.
inline DenseMatrix random_matrix(std::int64_t customers, std::int64_t items, double share) {
  const random::Generator draws(random::Key{11});
  DenseMatrix matrix{customers, items, {}};
  for (std::int64_t u = 0; u < customers; ++u) {
    for (std::int64_t i = 0; i < items; ++i) {
      const bool there = u != 3 && i != 5 && draws.uniform(u, i) < share;
      matrix.values.push_back(there ? static_cast<float>(1 + (u * 7 + i * 3) % 5) : 0);
    }
  }
  return matrix;
}

/// What a rank has of it.
inline recommendation::Interactions of_rank(const DenseMatrix& matrix, int rank, int ranks) {
  recommendation::Interactions made;
  made.customers = {matrix.customers, ranks};
  made.items = {matrix.items, ranks};
  const auto side = [&](recommendation::SparseRows& rows, base::RowRange own, std::int64_t columns, auto value) {
    for (auto row = own.first; row < own.last; ++row) {
      for (std::int64_t column = 0; column < columns; ++column) {
        if (value(row, column) == 0) continue;
        rows.columns.push_back(static_cast<std::int32_t>(column));
        rows.values.push_back(value(row, column));
      }
      rows.starts.push_back(std::ssize(rows.columns));
    }
  };
  side(made.of_customers, base::Partition(matrix.customers, ranks).rows_of(rank), matrix.items,
       [&](std::int64_t row, std::int64_t column) { return matrix.at(row, column); });
  side(made.of_items, base::Partition(matrix.items, ranks).rows_of(rank), matrix.customers,
       [&](std::int64_t row, std::int64_t column) { return matrix.at(column, row); });
  return made;
}

}  // namespace fullbase::testing
