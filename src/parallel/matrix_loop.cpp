#include "parallel/matrix_loop.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <future>
#include <vector>

#include "parallel/for_each.hpp"

namespace fullbase::parallel {

void for_each_block(const data::MatrixBlocks& matrix,
                    const std::function<void(std::int64_t block, base::matrix_view<const float> values, int thread)>& work) {
  const auto local = matrix.local();
  const auto spilled_from = local.first + matrix.resident_blocks();
  for_each(local.first, spilled_from, [&](std::int64_t block, int thread) { work(block, matrix.resident(block), thread); });
  if (spilled_from == local.last) return;

  const auto segment = matrix.segment_blocks();
  std::array<std::vector<float>, 2> buffers;
  for (auto& buffer : buffers) buffer.resize(static_cast<std::size_t>(segment * matrix.block_floats()));
  const auto blocks_from = [&](std::int64_t first) { return base::BlockRange{first, std::min(first + segment, local.last)}; };
  const auto read = [&](std::int64_t first, std::size_t buffer) {
    return std::async(std::launch::async,
                      [&matrix, blocks = blocks_from(first), to = buffers[buffer].data()] { matrix.read(blocks, to); });
  };

  // A future's destructor waits for its read, so that no exception leaves a thread writing into a buffer that is gone.
  std::size_t current = 0;
  auto pending = read(spilled_from, current);
  for (auto first = spilled_from; first < local.last; first += segment) {
    pending.get();
    if (first + segment < local.last) pending = read(first + segment, 1 - current);
    const float* values = buffers[current].data();
    const auto blocks = blocks_from(first);
    for_each(blocks.first, blocks.last, [&](std::int64_t block, int thread) {
      const float* start = values + (block - blocks.first) * matrix.block_floats();
      work(block, {start, base::block_rows, matrix.columns(), matrix.stride()}, thread);
    });
    current = 1 - current;
  }
}

}  // namespace fullbase::parallel
