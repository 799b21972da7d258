// The inner loops over columns of bits, once per instruction set, all with the same results: they are integers. Included by files
// that are compiled for one instruction set each, so it includes nothing of the standard library: an inline function compiled
// there could end up in code that every CPU runs.
#pragma once

#include <stdint.h>

namespace fullbase::itemsets::kernel {

struct Table {
  /// Bits that are set in both.
  int64_t (*count_both)(const uint64_t* a, const uint64_t* b, int64_t words);

  /// Of the bits of `column`, those at places where `chosen` has one, put together from bit 0 of out[0] on; the last word's free
  /// bits are 0. Writes as many words as the chosen places need.
  void (*compress)(const uint64_t* column, const uint64_t* chosen, int64_t words, uint64_t* out);

  /// Row r of 64 `words` rows has bit c of its pattern from column c, which begins at columns + c * stride: adds 1 << shift to
  /// counts[pattern] for each row. columns_count is at most 16.
  void (*count_patterns)(const uint64_t* columns, int64_t stride, int64_t columns_count, int64_t words, int shift,
                         uint32_t* counts);

  /// counts[p] becomes the sum of counts[q] over all q that have every bit of p; 2^bits of them, bits at most 16.
  void (*add_supersets)(uint32_t* counts, int64_t bits);
};

extern const Table baseline;
extern const Table avx2;
extern const Table avx512;

/// The table of base::active_isa().
const Table& active() noexcept;

}  // namespace fullbase::itemsets::kernel
