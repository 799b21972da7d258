#include "base/math_kernels.hpp"

#include <immintrin.h>
#include <sleef.h>

namespace fullbase::base::math_kernels {
namespace {

using Vector = __m128d;
constexpr long lanes = 2;

/// Every NaN as the one pattern of results.
Vector one_nan(Vector v) {
  const Vector nan = _mm_castsi128_pd(_mm_set1_epi64x(0x7ff8000000000000));
  return _mm_blendv_pd(v, nan, _mm_cmpunord_pd(v, v));
}

/// Whole vectors, and the rest through a padded one: each lane is computed alone, so that the padding alters nothing.
template <auto function>
void apply(const double* x, double* out, long n) {
  long i = 0;
  for (; i + lanes <= n; i += lanes) _mm_storeu_pd(out + i, one_nan(function(_mm_loadu_pd(x + i))));
  if (i == n) return;
  double rest[lanes] = {};
  for (long j = 0; j < n - i; ++j) rest[j] = x[i + j];
  _mm_storeu_pd(rest, one_nan(function(_mm_loadu_pd(rest))));
  for (long j = 0; j < n - i; ++j) out[i + j] = rest[j];
}

}  // namespace

const Table baseline = {apply<Sleef_cinz_expd2_u10sse4>,   apply<Sleef_cinz_expm1d2_u10sse4>, apply<Sleef_cinz_logd2_u10sse4>,
                        apply<Sleef_cinz_log1pd2_u10sse4>, apply<Sleef_cinz_asinhd2_u10sse4>, apply<Sleef_cinz_lgammad2_u10sse4>};

}  // namespace fullbase::base::math_kernels
