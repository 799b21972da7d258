// A symmetric system solved in one fixed order of operations: the same bits on every machine.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace fullbase::linear {

struct CholeskySolution {
  std::vector<double> x;
  /// Unknowns whose pivot vanished, to 1e-11 of their diagonal: they follow from those before them, and are 0 in x.
  std::vector<std::int64_t> undetermined;
};

/// Solves A x = b for a positive semidefinite A, n x n, row by row, which is overwritten by its factor. Right-looking, row after
/// row, so that the inner loop has no sum. n^3 / 3 multiply-adds.
CholeskySolution solve_cholesky(std::span<double> a, std::span<const double> b);

}  // namespace fullbase::linear
