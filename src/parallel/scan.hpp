// One pass over rows of a table by the threads of one rank, each reading its own pieces, so that reading overlaps computing.
#pragma once

#include <cstdint>
#include <functional>
#include <span>

#include "base/block.hpp"
#include "data/block_source.hpp"

namespace fullbase::parallel {

/// Blocks that scan() reads at a time: whole chunks of most tables.
inline constexpr std::int64_t scan_group_blocks = 64;
inline constexpr std::int64_t scan_group_rows = scan_group_blocks * base::block_rows;

/// Reads `rows` of the columns at positions `columns` in groups of whole blocks and calls work(batch, thread) for each, thread in
/// [0, thread_count()). Groups begin at multiples of group_blocks blocks of the table (the first and last of `rows` may be
/// shorter) and are handed out in ascending order. What is computed in a batch in an order-dependent way is to be computed block
/// by block, since groups are cut at a rank's borders. The exception of the lowest group is rethrown. Not collective; work must
/// not communicate. Memory: thread_count() batches of group_blocks * base::block_rows rows.
void scan(const data::BlockSource& source, base::RowRange rows, std::span<const int> columns,
          const std::function<void(data::Batch&& batch, int thread)>& work, std::int64_t group_blocks = scan_group_blocks);

}  // namespace fullbase::parallel
