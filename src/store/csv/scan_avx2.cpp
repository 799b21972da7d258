// The scan with AVX2. Intrinsics and the kernel's own header only (see scan_kernel.hpp).
#include "store/csv/scan_kernel.hpp"

#if defined(__AVX2__)
#include <immintrin.h>

namespace fullbase::store::csv {
namespace {

struct CompareAvx2 {
  __m256i quote, delimiter, line_end;

  static std::uint64_t join(__m256i low, __m256i high) {
    return static_cast<std::uint32_t>(_mm256_movemask_epi8(low)) |
           static_cast<std::uint64_t>(static_cast<std::uint32_t>(_mm256_movemask_epi8(high))) << 32;
  }
  kernel::Masks operator()(const char* text) const {
    const __m256i low = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(text));
    const __m256i high = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(text + 32));
    const auto mask = [&](__m256i wanted) { return join(_mm256_cmpeq_epi8(low, wanted), _mm256_cmpeq_epi8(high, wanted)); };
    const __m256i zero = _mm256_setzero_si256();
    return {mask(quote), mask(delimiter), mask(line_end), ~join(_mm256_cmpgt_epi8(low, zero), _mm256_cmpgt_epi8(high, zero))};
  }
};

}  // namespace

void scan_avx2(ScanTask& task) {
  const auto compare_with = [&](char delimiter) {
    return CompareAvx2{_mm256_set1_epi8(task.quote), _mm256_set1_epi8(delimiter), _mm256_set1_epi8('\n')};
  };
  kernel::scan_task(compare_with, task);
}

}  // namespace fullbase::store::csv
#else
namespace fullbase::store::csv {
void scan_avx2(ScanTask& task) {
  scan_baseline(task);
}
}  // namespace fullbase::store::csv
#endif
