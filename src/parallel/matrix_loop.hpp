// One pass over a rank's rows of a matrix by its threads, whether they lie in memory or not.
#pragma once

#include <cstdint>
#include <functional>

#include "base/matrix_view.hpp"
#include "data/matrix_blocks.hpp"

namespace fullbase::parallel {

/// Calls work(block, values, thread) once for each local block of the matrix; values are its rows (block_rows of them, padding
/// rows included, valid during the call), thread is in [0, thread_count()). Blocks in memory come first; spilled ones are read in
/// segments while the threads work on the segment before, in the two buffers that the matrix has reserved. The exception of the
/// lowest block is rethrown, a failed read counting as its segment's first block. Not collective; work must not communicate.
void for_each_block(const data::MatrixBlocks& matrix,
                    const std::function<void(std::int64_t block, base::matrix_view<const float> values, int thread)>& work);
void for_each_block(
    const data::ByteBlocks& matrix,
    const std::function<void(std::int64_t block, base::matrix_view<const std::uint8_t> values, int thread)>& work);

}  // namespace fullbase::parallel
