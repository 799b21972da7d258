// The scan with AVX-512 BW. Intrinsics and the kernel's own header only (see scan_kernel.hpp).
#include "store/csv/scan_kernel.hpp"

#if defined(__AVX512BW__)
#include <immintrin.h>

namespace fullbase::store::csv {
namespace {

struct CompareAvx512 {
  __m512i quote, delimiter, line_end;

  kernel::Masks operator()(const char* text) const {
    const __m512i bytes = _mm512_loadu_si512(text);
    return {_mm512_cmpeq_epi8_mask(bytes, quote), _mm512_cmpeq_epi8_mask(bytes, delimiter),
            _mm512_cmpeq_epi8_mask(bytes, line_end), _mm512_cmple_epi8_mask(bytes, _mm512_setzero_si512())};
  }
};

}  // namespace

void scan_avx512(ScanTask& task) {
  const auto compare_with = [&](char delimiter) {
    return CompareAvx512{_mm512_set1_epi8(task.quote), _mm512_set1_epi8(delimiter), _mm512_set1_epi8('\n')};
  };
  kernel::scan_task(compare_with, task);
}

}  // namespace fullbase::store::csv
#else
namespace fullbase::store::csv {
void scan_avx512(ScanTask& task) {
  scan_baseline(task);
}
}  // namespace fullbase::store::csv
#endif
