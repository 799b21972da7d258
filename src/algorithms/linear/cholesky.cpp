#include "algorithms/linear/cholesky.hpp"

#include "base/contract.hpp"
#include "base/math.hpp"

namespace fullbase::linear {

CholeskySolution solve_cholesky(std::span<double> a, std::span<const double> b) {
  const std::size_t n = b.size();
  FULLBASE_EXPECTS(a.size() == n * n, "a system has as many equations as unknowns");
  constexpr double vanishing = 1e-11;
  CholeskySolution solution;
  solution.x.assign(b.begin(), b.end());
  auto& x = solution.x;
  std::vector<double> diagonal(n);
  std::vector<char> out(n, 0);
  for (std::size_t j = 0; j < n; ++j) diagonal[j] = a[j * n + j];
  // Row j of the upper triangle becomes row j of U, A = U'U.
  for (std::size_t j = 0; j < n; ++j) {
    double* pivot = a.data() + j * n;
    if (!(pivot[j] > vanishing * diagonal[j])) {
      out[j] = 1;
      solution.undetermined.push_back(static_cast<std::int64_t>(j));
      continue;
    }
    const double root = base::sqrt(pivot[j]);
    for (std::size_t k = j; k < n; ++k) pivot[k] = pivot[k] / root;
    for (std::size_t i = j + 1; i < n; ++i) {
      const double factor = pivot[i];
      if (factor == 0) continue;
      double* row = a.data() + i * n;
      for (std::size_t k = i; k < n; ++k) row[k] -= factor * pivot[k];
    }
  }
  for (std::size_t j = 0; j < n; ++j) {
    if (out[j] != 0) {
      x[j] = 0;
      continue;
    }
    x[j] = x[j] / a[j * n + j];
    for (std::size_t k = j + 1; k < n; ++k) x[k] -= a[j * n + k] * x[j];
  }
  for (std::size_t j = n; j-- > 0;) {
    if (out[j] != 0) {
      x[j] = 0;
      continue;
    }
    double sum = x[j];
    for (std::size_t k = j + 1; k < n; ++k) sum -= out[k] != 0 ? 0.0 : a[j * n + k] * x[k];
    x[j] = sum / a[j * n + j];
  }
  return solution;
}

}  // namespace fullbase::linear
