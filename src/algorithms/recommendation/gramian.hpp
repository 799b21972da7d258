// The products of all pairs of factors, summed over all rows of a side.
#pragma once

#include <vector>

#include "algorithms/recommendation/factor_rows.hpp"
#include "comm/communicator.hpp"

namespace fullbase::recommendation {

/// Y'Y over the rows of all ranks, size x size, row by row, both triangles. `rows`: this rank's, canonical blocks of the side.
/// Each block is summed in double in the order of its rows (products of float32 are exact in double), blocks and ranks exactly:
/// the same bits on any ranks and threads. Collective. Sends 8 * base::ExactSum::limb_count bytes for each of size (size + 1) / 2
/// sums. Cost: rows * size^2 / 2 multiply-adds.
std::vector<double> gramian(comm::Communicator& communicator, const FactorRows& rows);

}  // namespace fullbase::recommendation
