#include "algorithms/kernel_machines/cholesky.hpp"

#include "base/error.hpp"
#include "base/math.hpp"

namespace fullbase::kernel_machines {

std::vector<double> inverse_cholesky(std::span<double> matrix, std::int64_t size) {
  const auto row = [&](std::int64_t i) { return matrix.data() + i * size; };
  // Row k of the upper triangle becomes that of L', then leaves the rows below it.
  for (std::int64_t k = 0; k < size; ++k) {
    double* const pivot = row(k);
    if (!(pivot[k] > 0)) throw base::internal_error("a kernel matrix is not positive definite");
    const double root = base::sqrt(pivot[k]);
    for (std::int64_t i = k; i < size; ++i) pivot[i] /= root;
    for (std::int64_t j = k + 1; j < size; ++j) {
      double* const below = row(j);
      const double factor = pivot[j];
      for (std::int64_t i = j; i < size; ++i) below[i] -= factor * pivot[i];
    }
  }
  std::vector<double> inverse(static_cast<std::size_t>(size * size), 0.0);
  for (std::int64_t p = 0; p < size; ++p) {
    double* const own = inverse.data() + p * size;
    own[p] = 1;
    for (std::int64_t k = 0; k < p; ++k) {
      const double* const earlier = inverse.data() + k * size;
      const double factor = row(k)[p];
      for (std::int64_t i = 0; i <= k; ++i) own[i] -= factor * earlier[i];
    }
    for (std::int64_t i = 0; i <= p; ++i) own[i] /= row(p)[p];
  }
  return inverse;
}

}  // namespace fullbase::kernel_machines
