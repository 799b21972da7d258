// The products of all pairs of factors, summed over all rows of a side.
#pragma once

#include <cstdint>
#include <vector>

#include "algorithms/recommendation/factor_rows.hpp"
#include "comm/communicator.hpp"

namespace fullbase::recommendation {

/// Y'Y over the rows of all ranks and their first `columns` values, columns x columns, row by row, both triangles. `rows`: this
/// rank's, canonical blocks of the side. Pieces of 512 rows are summed in float32 in the order of rows, pieces of a block in
/// double, blocks and ranks exactly: the same bits on any ranks, threads and CPU. Collective. Sends 8 *
/// base::ExactSum::limb_count bytes for each of columns (columns + 1) / 2 sums. Memory: gramian_bytes(). Cost: rows * columns^2 /
/// 2 multiply-adds.
std::vector<double> gramian(comm::Communicator& communicator, const FactorRows& rows, int columns);

/// An ExactSum for each sum, and once more while ranks add them up; before that 12 stride^2 bytes a thread. For 64 columns some
/// 2 MB, for 512 150 MB.
std::int64_t gramian_bytes(int columns) noexcept;

}  // namespace fullbase::recommendation
