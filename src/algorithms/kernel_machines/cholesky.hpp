// Small symmetric positive definite matrices, in one order of operations.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace fullbase::kernel_machines {

/// The inverse of the lower triangular L with L L' = matrix: row by row, zeros above the diagonal. `matrix` is `size` rows of as
/// many values; its upper triangle is read, and overwritten. Throws an internal error where it is not positive definite. Not
/// collective; the same bits everywhere. Cost: 2/3 size^3 operations.
std::vector<double> inverse_cholesky(std::span<double> matrix, std::int64_t size);

}  // namespace fullbase::kernel_machines
