#include "base/math_kernels.hpp"

#include <immintrin.h>
#include <sleef.h>

namespace fullbase::base::math_kernels {
namespace {

using Vector = __m256d;
constexpr long lanes = 4;

/// Every NaN as the one pattern of results.
Vector one_nan(Vector v) {
  const Vector nan = _mm256_castsi256_pd(_mm256_set1_epi64x(0x7ff8000000000000));
  return _mm256_blendv_pd(v, nan, _mm256_cmp_pd(v, v, _CMP_UNORD_Q));
}

/// Whole vectors, and the rest through a padded one: each lane is computed alone, so that the padding alters nothing.
template <auto function>
void apply(const double* x, double* out, long n) {
  long i = 0;
  for (; i + lanes <= n; i += lanes) _mm256_storeu_pd(out + i, one_nan(function(_mm256_loadu_pd(x + i))));
  if (i == n) return;
  double rest[lanes] = {};
  for (long j = 0; j < n - i; ++j) rest[j] = x[i + j];
  _mm256_storeu_pd(rest, one_nan(function(_mm256_loadu_pd(rest))));
  for (long j = 0; j < n - i; ++j) out[i + j] = rest[j];
}

}  // namespace

const Table avx2 = {apply<Sleef_cinz_expd4_u10avx>,   apply<Sleef_cinz_expm1d4_u10avx>, apply<Sleef_cinz_logd4_u10avx>,
                    apply<Sleef_cinz_log1pd4_u10avx>, apply<Sleef_cinz_asinhd4_u10avx>, apply<Sleef_cinz_lgammad4_u10avx>};

}  // namespace fullbase::base::math_kernels
