#include "parallel/matrix_loop.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <future>
#include <vector>

#include "parallel/for_each.hpp"

namespace fullbase::parallel {
namespace {

template <class T>
using BlockWork = std::function<void(std::int64_t block, base::matrix_view<const T> values, int thread)>;

template <class T>
void loop(const data::BasicMatrixBlocks<T>& matrix, const BlockWork<T>& work) {
  const auto local = matrix.local();
  const auto spilled_from = local.first + matrix.resident_blocks();
  for_each(local.first, spilled_from, [&](std::int64_t block, int thread) { work(block, matrix.resident(block), thread); });
  if (spilled_from == local.last) return;

  const auto segment = matrix.segment_blocks();
  std::array<std::vector<T>, 2> buffers;
  for (auto& buffer : buffers) buffer.resize(static_cast<std::size_t>(segment * matrix.block_values()));
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
    const T* values = buffers[current].data();
    const auto blocks = blocks_from(first);
    for_each(blocks.first, blocks.last, [&](std::int64_t block, int thread) {
      const T* start = values + (block - blocks.first) * matrix.block_values();
      work(block, {start, base::block_rows, matrix.columns(), matrix.stride()}, thread);
    });
    current = 1 - current;
  }
}

}  // namespace

void for_each_block(const data::MatrixBlocks& matrix, const BlockWork<float>& work) {
  loop(matrix, work);
}
void for_each_block(const data::ByteBlocks& matrix, const BlockWork<std::uint8_t>& work) {
  loop(matrix, work);
}

}  // namespace fullbase::parallel
