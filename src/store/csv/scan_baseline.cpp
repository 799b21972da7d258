// The scan with SSE2, which every x86-64 has; on other machines with plain bytes.
#include "store/csv/scan_kernel.hpp"

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace fullbase::store::csv {
namespace {

#if defined(__SSE2__)
struct CompareBaseline {
  __m128i quote, delimiter, line_end;

  std::uint64_t mask(const __m128i (&bytes)[4], __m128i wanted) const {
    std::uint64_t bits = 0;
    for (int i = 0; i < 4; ++i) {
      bits |= static_cast<std::uint64_t>(static_cast<unsigned>(_mm_movemask_epi8(_mm_cmpeq_epi8(bytes[i], wanted)))) << (16 * i);
    }
    return bits;
  }
  kernel::Masks operator()(const char* text) const {
    __m128i bytes[4];
    std::uint64_t special = 0;
    for (int i = 0; i < 4; ++i) {
      bytes[i] = _mm_loadu_si128(reinterpret_cast<const __m128i*>(text + 16 * i));
      // As signed bytes, those outside 1..127 are the ones that are not greater than 0.
      const auto good = static_cast<unsigned>(_mm_movemask_epi8(_mm_cmpgt_epi8(bytes[i], _mm_setzero_si128())));
      special |= static_cast<std::uint64_t>(good ^ 0xffffU) << (16 * i);
    }
    return {mask(bytes, quote), mask(bytes, delimiter), mask(bytes, line_end), special};
  }
};
CompareBaseline compare_for(const ScanTask& task, char delimiter) {
  return {_mm_set1_epi8(task.quote), _mm_set1_epi8(delimiter), _mm_set1_epi8('\n')};
}
#else
struct CompareBaseline {
  char quote, delimiter;

  kernel::Masks operator()(const char* text) const {
    kernel::Masks masks{};
    for (int i = 0; i < 64; ++i) {
      masks.quote |= static_cast<std::uint64_t>(text[i] == quote) << i;
      masks.delimiter |= static_cast<std::uint64_t>(text[i] == delimiter) << i;
      masks.line_end |= static_cast<std::uint64_t>(text[i] == '\n') << i;
      masks.special |= static_cast<std::uint64_t>(static_cast<unsigned char>(text[i]) - 1U > 126U) << i;
    }
    return masks;
  }
};
CompareBaseline compare_for(const ScanTask& task, char delimiter) {
  return {task.quote, delimiter};
}
#endif

}  // namespace

void scan_baseline(ScanTask& task) {
  kernel::scan_task([&](char delimiter) { return compare_for(task, delimiter); }, task);
}

}  // namespace fullbase::store::csv
