#include "algorithms/recommendation/gramian.hpp"

#include <algorithm>
#include <mutex>

#include "base/block.hpp"
#include "base/exact_sum.hpp"
#include "comm/agreement.hpp"
#include "parallel/for_each.hpp"

namespace fullbase::recommendation {

std::vector<double> gramian(comm::Communicator& communicator, const FactorRows& rows) {
  const auto size = static_cast<std::size_t>(rows.size());
  const auto sums_count = size * (size + 1) / 2;
  std::vector<base::ExactSum> sums(sums_count);
  comm::collective_try(communicator, "gramian", [&] {
    std::mutex mutex;
    std::vector<std::vector<double>> blocks(static_cast<std::size_t>(parallel::thread_count()));
    parallel::for_each(0, base::block_count(rows.rows()), [&](std::int64_t block, int thread) {
      auto& sum = blocks[static_cast<std::size_t>(thread)];
      sum.assign(sums_count, 0.0);
      const auto range = base::rows_of_block(block, rows.rows());
      for (auto r = range.first; r < range.last; ++r) {
        const float* const row = rows.row(r);
        double* into = sum.data();
        for (std::size_t a = 0; a < size; ++a) {
          const double value = row[a];
          for (std::size_t b = 0; b <= a; ++b) into[b] += value * static_cast<double>(row[b]);
          into += a + 1;
        }
      }
      const std::scoped_lock lock(mutex);
      for (std::size_t i = 0; i < sums_count; ++i) sums[i].add(sum[i]);
    });
  });
  {
    const comm::StageScope stage(communicator.statistics(), "gramian");
    communicator.sum(std::span(sums));
  }
  std::vector<double> result(size * size);
  std::size_t at = 0;
  for (std::size_t a = 0; a < size; ++a) {
    for (std::size_t b = 0; b <= a; ++b) result[a * size + b] = result[b * size + a] = sums[at++].value();
  }
  return result;
}

}  // namespace fullbase::recommendation
