// The matrix that ratings.py makes, on our side of the comparisons.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "algorithms/recommendation/factor_rows.hpp"
#include "algorithms/recommendation/ranked_rows.hpp"
#include "algorithms/recommendation/read_interactions.hpp"
#include "benchmarks/peers/plain_files.hpp"
#include "comm/communicator.hpp"
#include "data/memory_table.hpp"

namespace fullbase::peers {

/// Collective. Rows and columns are customers' and items' numbers, since all have an entry.
inline recommendation::InteractionsRead read_ratings(comm::Communicator& communicator, const std::string& folder,
                                                     data::Budget& budget) {
  const auto starts = read_values<std::int64_t>(folder + "/starts.i64", 0, value_count<std::int64_t>(folder + "/starts.i64"));
  const auto items = read_values<std::int32_t>(folder + "/items.i32", 0, starts.back());
  std::vector<std::int64_t> customers(items.size());
  for (std::size_t row = 0; row + 1 < starts.size(); ++row)
    std::fill(customers.begin() + starts[row], customers.begin() + starts[row + 1], static_cast<std::int64_t>(row));
  data::Batch batch{{0, starts.back()}, {}};
  batch.columns.emplace_back(data::Field{.name = "customer", .type = data::Type::int64}, std::move(customers));
  batch.columns.emplace_back(data::Field{.name = "item", .type = data::Type::int64},
                             std::vector<std::int64_t>(items.begin(), items.end()));
  batch.columns.emplace_back(data::Field{.name = "value", .type = data::Type::float32},
                             read_values<float>(folder + "/values.f32", 0, starts.back()));
  const data::MemoryTable table("ratings", std::move(batch));
  return recommendation::read_interactions(communicator, table, {}, budget);
}

/// Collective. All ranks' factors, row by row without what pads them, in a file of float32.
inline void write_factors(comm::Communicator& communicator, const recommendation::FactorRows& rows, int columns,
                          const std::string& path) {
  std::vector<float> values;
  for (std::int64_t row = 0; row < rows.rows(); ++row) values.insert(values.end(), rows.row(row), rows.row(row) + columns);
  const auto all = communicator.gather(std::span<const float>(values));
  if (communicator.is_root()) write_values(path, std::span<const float>(all.values));
}

/// Collective. All ranks' lists: PATH.lengths.i64, PATH.ids.i32, PATH.scores.f32.
inline void write_lists(comm::Communicator& communicator, const recommendation::RankedRows& lists, const std::string& path) {
  std::vector<std::int64_t> lengths;
  for (std::int64_t row = 0; row < lists.rows(); ++row) lengths.push_back(lists.length(row));
  const auto all_lengths = communicator.gather(std::span<const std::int64_t>(lengths));
  const auto ids = communicator.gather(std::span<const std::int32_t>(lists.ids));
  const auto scores = communicator.gather(std::span<const float>(lists.scores));
  if (!communicator.is_root()) return;
  write_values(path + ".lengths.i64", std::span<const std::int64_t>(all_lengths.values));
  write_values(path + ".ids.i32", std::span<const std::int32_t>(ids.values));
  write_values(path + ".scores.f32", std::span<const float>(scores.values));
}

}  // namespace fullbase::peers
