#include "algorithms/recommendation/gramian.hpp"

#include <algorithm>
#include <array>
#include <mutex>
#include <numeric>

#include "algorithms/recommendation/kernel.hpp"
#include "base/aligned_vector.hpp"
#include "base/block.hpp"
#include "base/exact_sum.hpp"
#include "comm/agreement.hpp"
#include "parallel/for_each.hpp"

namespace fullbase::recommendation {
namespace {

constexpr std::int64_t piece_rows = 512;  ///< summed in float32

const std::array<std::int32_t, kernel::panel_rows>& one_after_the_other() {
  static const auto places = [] {
    std::array<std::int32_t, kernel::panel_rows> all{};
    std::iota(all.begin(), all.end(), 0);
    return all;
  }();
  return places;
}

/// Y'Y of the rows of a block, rows of stride values.
struct BlockGramian {
  base::AlignedVector<float> piece;
  base::AlignedVector<double> sum;

  void set(const FactorRows& rows, base::RowRange range, std::int64_t size) {
    const auto stride = rows.stride();
    sum.assign(static_cast<std::size_t>(stride * stride), 0.0);
    piece.resize(sum.size());
    for (auto first = range.first; first < range.last; first += piece_rows) {
      const auto last = std::min(range.last, first + piece_rows);
      std::ranges::fill(piece, 0.0F);
      for (auto row = first; row < last; row += kernel::panel_rows) {
        const auto count = std::min(kernel::panel_rows, last - row);
        kernel::active().gram(rows.row(row), one_after_the_other().data(), nullptr, count, 0, size, stride, piece.data());
      }
      kernel::active().add(piece.data(), stride * stride, sum.data());
    }
  }
};

}  // namespace

std::int64_t gramian_bytes(int columns) noexcept {
  const std::int64_t sums = std::int64_t{columns} * (columns + 1) / 2;
  const auto stride = FactorRows::stride_of(columns);
  const auto bytes = static_cast<std::int64_t>(sizeof(base::ExactSum)) * sums;
  return bytes + std::max(bytes, 12 * stride * stride * parallel::thread_count());
}

std::vector<double> gramian(comm::Communicator& communicator, const FactorRows& rows, int columns) {
  const auto size = static_cast<std::size_t>(columns);
  const auto stride = static_cast<std::size_t>(rows.stride());
  std::vector<base::ExactSum> sums(size * (size + 1) / 2);
  comm::collective_try(communicator, "gramian", [&] {
    std::mutex mutex;
    std::vector<BlockGramian> blocks(static_cast<std::size_t>(parallel::thread_count()));
    parallel::for_each(0, base::block_count(rows.rows()), [&](std::int64_t block, int thread) {
      auto& gram = blocks[static_cast<std::size_t>(thread)];
      gram.set(rows, base::rows_of_block(block, rows.rows()), columns);
      const std::scoped_lock lock(mutex);
      std::size_t at = 0;
      for (std::size_t a = 0; a < size; ++a) {
        for (std::size_t b = a; b < size; ++b) sums[at++].add(gram.sum[a * stride + b]);
      }
    });
  });
  {
    const comm::StageScope stage(communicator.statistics(), "gramian");
    communicator.sum(std::span(sums));
  }
  std::vector<double> result(size * size);
  std::size_t at = 0;
  for (std::size_t a = 0; a < size; ++a) {
    for (std::size_t b = a; b < size; ++b) result[a * size + b] = result[b * size + a] = sums[at++].value();
  }
  return result;
}

}  // namespace fullbase::recommendation
