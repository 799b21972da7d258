#include "base/math_kernels.hpp"

#include <immintrin.h>
#include <sleef.h>

namespace fullbase::base::math_kernels {
namespace {

using Vector = __m512d;
constexpr long lanes = 8;

/// Every NaN as the one pattern of results.
Vector one_nan(Vector v) {
  const Vector nan = _mm512_castsi512_pd(_mm512_set1_epi64(0x7ff8000000000000));
  return _mm512_mask_mov_pd(v, _mm512_cmp_pd_mask(v, v, _CMP_UNORD_Q), nan);
}

/// Whole vectors, and the rest through a padded one: each lane is computed alone, so that the padding alters nothing.
template <auto function>
void apply(const double* x, double* out, long n) {
  long i = 0;
  for (; i + lanes <= n; i += lanes) _mm512_storeu_pd(out + i, one_nan(function(_mm512_loadu_pd(x + i))));
  if (i == n) return;
  double rest[lanes] = {};
  for (long j = 0; j < n - i; ++j) rest[j] = x[i + j];
  _mm512_storeu_pd(rest, one_nan(function(_mm512_loadu_pd(rest))));
  for (long j = 0; j < n - i; ++j) out[i + j] = rest[j];
}

}  // namespace

const Table avx512 = {apply<Sleef_cinz_expd8_u10avx512fnofma>,   apply<Sleef_cinz_expm1d8_u10avx512fnofma>,
                      apply<Sleef_cinz_logd8_u10avx512fnofma>,   apply<Sleef_cinz_log1pd8_u10avx512fnofma>,
                      apply<Sleef_cinz_asinhd8_u10avx512fnofma>, apply<Sleef_cinz_lgammad8_u10avx512fnofma>};

}  // namespace fullbase::base::math_kernels
