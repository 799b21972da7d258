// A matrix small enough to look at whole, and a rank's part of it.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "algorithms/recommendation/sparse_rows.hpp"

namespace fullbase::testing {

/// Row after row; 0 stands for no entry.
struct DenseMatrix {
  std::int64_t customers = 0;
  std::int64_t items = 0;
  std::vector<float> values = {};

  float at(std::int64_t customer, std::int64_t item) const { return values[static_cast<std::size_t>(customer * items + item)]; }

  /// `value(customer, item)` of each pair.
  template <class F>
  static DenseMatrix made(std::int64_t customers, std::int64_t items, F value) {
    DenseMatrix matrix{customers, items};
    for (std::int64_t u = 0; u < customers; ++u) {
      for (std::int64_t i = 0; i < items; ++i) matrix.values.push_back(static_cast<float>(value(u, i)));
    }
    return matrix;
  }
};

inline recommendation::Interactions part_of_rank(const DenseMatrix& matrix, int rank, int ranks) {
  recommendation::Interactions part;
  part.customers = {matrix.customers, ranks};
  part.items = {matrix.items, ranks};
  const auto fill = [](recommendation::SparseRows& rows, base::RowRange own, std::int64_t columns, auto value) {
    for (auto row = own.first; row < own.last; ++row) {
      for (std::int64_t column = 0; column < columns; ++column) {
        if (value(row, column) == 0) continue;
        rows.columns.push_back(static_cast<std::int32_t>(column));
        rows.values.push_back(value(row, column));
      }
      rows.starts.push_back(std::ssize(rows.columns));
    }
  };
  fill(part.of_customers, part.customers.rows_of(rank), matrix.items,
       [&](std::int64_t row, std::int64_t column) { return matrix.at(row, column); });
  fill(part.of_items, part.items.rows_of(rank), matrix.customers,
       [&](std::int64_t row, std::int64_t column) { return matrix.at(column, row); });
  return part;
}

}  // namespace fullbase::testing
