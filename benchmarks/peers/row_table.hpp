// Rows in a plain file, one after the other, as a table of number columns.
#pragma once

#include <fmt/format.h>

#include <string>
#include <vector>

#include "algorithms/learning/features.hpp"
#include "benchmarks/peers/plain_files.hpp"
#include "data/memory_table.hpp"

namespace fullbase::peers {

/// Columns x0, x1, ... of the float64 rows in the file, and the features that they are.
inline data::MemoryTable row_table(const std::string& path, std::int64_t columns, std::vector<learning::Feature>& features) {
  const auto rows = value_count<double>(path) / columns;
  const auto values = read_values<double>(path, 0, rows * columns);
  data::Batch batch{{0, rows}, {}};
  for (std::int64_t j = 0; j < columns; ++j) {
    std::vector<double> column;
    for (std::int64_t i = 0; i < rows; ++i) column.push_back(values[static_cast<std::size_t>(i * columns + j)]);
    features.push_back({.name = fmt::format("x{}", j)});
    batch.columns.emplace_back(data::Field{.name = features.back().name}, std::move(column));
  }
  return {"rows", std::move(batch)};
}

}  // namespace fullbase::peers
