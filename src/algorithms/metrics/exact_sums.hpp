// Sums over the rows of all ranks that do not depend on where a row lies or in which order rows come.
#pragma once

#include <cmath>
#include <cstdint>
#include <span>
#include <vector>

#include "base/block.hpp"
#include "base/exact_sum.hpp"
#include "comm/communicator.hpp"
#include "data/column.hpp"
#include "parallel/for_each.hpp"

namespace fullbase::metrics {

/// Exact sums and rows of one rank, a number of each; threads have one each and are added up.
struct RowSums {
  explicit RowSums(std::size_t terms) : sums(terms), infinite(terms) {}

  /// A value that is not finite leaves its sum without a value.
  void add(std::size_t term, double value) {
    if (std::isfinite(value)) {
      sums[term].add(value);
    } else {
      ++infinite[term];
    }
  }
  void add(const RowSums& other) noexcept {
    for (std::size_t t = 0; t < sums.size(); ++t) {
      sums[t].add(other.sums[t]);
      infinite[t] += other.infinite[t];
    }
  }
  /// Rounded once; NaN where it is beyond float64.
  double value(std::size_t term) const noexcept {
    const double sum = sums[term].value();
    return infinite[term] > 0 || !std::isfinite(sum) ? data::missing_float64 : sum;
  }

  std::vector<base::ExactSum> sums;
  std::vector<std::int64_t> infinite;
};

/// Collective. `terms` sums over this rank's rows [0, rows), and over all ranks: take(row, sums) adds a row's terms. Sends the
/// sums and 8 bytes each. Every term is exact, so neither ranks nor threads show.
template <class Take>
RowSums sum_rows(comm::Communicator& communicator, std::int64_t rows, std::size_t terms, Take&& take) {
  std::vector<RowSums> parts(static_cast<std::size_t>(parallel::thread_count()), RowSums(terms));
  parallel::for_each(0, base::block_count(rows), [&](std::int64_t block, int thread) {
    const auto range = base::rows_of_block(block, rows);
    for (auto row = range.first; row < range.last; ++row) take(row, parts[static_cast<std::size_t>(thread)]);
  });
  RowSums all(terms);
  for (const auto& part : parts) all.add(part);
  communicator.sum(std::span(all.sums));
  communicator.sum(std::span(all.infinite));
  return all;
}

}  // namespace fullbase::metrics
