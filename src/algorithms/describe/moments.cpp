#include "algorithms/describe/moments.hpp"

#include <cmath>
#include <span>
#include <vector>

#include "base/block.hpp"
#include "base/exact_sum.hpp"
#include "comm/agreement.hpp"
#include "comm/own_rows.hpp"
#include "parallel/for_each.hpp"
#include "parallel/scan.hpp"

namespace fullbase::describe {
namespace {

struct Part {
  base::ExactSum sum;
  std::int64_t finite = 0;
  std::int64_t infinite = 0;
  std::int64_t overflowing = 0;  ///< blocks whose sum is beyond float64
  std::vector<double> block;

  void add(const data::Column& column, std::int64_t first, std::int64_t last, double mean, bool squares) {
    block.clear();
    for (auto row = first; row < last; ++row) {
      if (column.is_missing(row)) continue;
      const double value = column.number(row);
      if (!std::isfinite(value)) {
        ++infinite;
        continue;
      }
      block.push_back(squares ? (value - mean) * (value - mean) : value);
    }
    finite += std::ssize(block);
    const double added = base::ordered_sum(block);
    if (std::isfinite(added)) {
      sum.add(added);
    } else {
      ++overflowing;
    }
  }
  double value() const { return overflowing > 0 ? data::missing_float64 : sum.value(); }
};

/// The sum of the values, or of their squares less the mean, over all ranks. Collective.
Part total(comm::Communicator& communicator, const data::BlockSource& source, int column, double mean, bool squares) {
  const auto rows = comm::own_rows(communicator, source.rows());
  std::vector<Part> parts(static_cast<std::size_t>(parallel::thread_count()));
  comm::collective_try(communicator, "read values", [&] {
    parallel::scan(source, rows, std::span(&column, 1), [&](data::Batch&& batch, int thread) {
      for (std::int64_t first = 0; first < batch.rows.size(); first += base::block_rows) {
        const auto last = std::min(batch.rows.size(), first + base::block_rows);
        parts[static_cast<std::size_t>(thread)].add(batch[0], first, last, mean, squares);
      }
    });
  });
  Part all;
  for (const auto& part : parts) {
    all.sum.add(part.sum);
    all.finite += part.finite;
    all.infinite += part.infinite;
    all.overflowing += part.overflowing;
  }
  communicator.sum(std::span(&all.sum, 1));
  all.finite = communicator.sum_value(all.finite);
  all.infinite = communicator.sum_value(all.infinite);
  all.overflowing = communicator.sum_value(all.overflowing);
  return all;
}

}  // namespace

Moments moments(comm::Communicator& communicator, const data::BlockSource& source, int column) {
  const comm::StageScope scope(communicator.statistics(), "moments");
  const auto sums = total(communicator, source, column, 0, false);
  Moments result{sums.finite, sums.infinite, data::missing_float64, data::missing_float64};
  if (sums.finite == 0) return result;
  const auto known = [](double value) { return std::isfinite(value) ? value : data::missing_float64; };
  result.mean = known(sums.value() / static_cast<double>(sums.finite));
  if (sums.finite == 1 || std::isnan(result.mean)) return result;
  const auto squares = total(communicator, source, column, result.mean, true);
  result.deviation = known(std::sqrt(squares.value() / static_cast<double>(sums.finite - 1)));
  return result;
}

}  // namespace fullbase::describe
