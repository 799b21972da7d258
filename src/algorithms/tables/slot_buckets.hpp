// The groups that one pass over a table looks at, by dense numbers, cut into buckets that threads share out.
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>

namespace fullbase::tables {

/// Slots [0, slots), cut into buckets of 2^shift slots.
struct SlotBuckets {
  std::int64_t slots = 0;
  int shift = 0;

  std::int64_t count() const noexcept { return (slots + (std::int64_t{1} << shift) - 1) >> shift; }
  std::int64_t of(std::int64_t slot) const noexcept { return slot >> shift; }
  std::int64_t first_of(std::int64_t bucket) const noexcept { return std::min(slots, bucket << shift); }
  std::int64_t width(std::int64_t bucket) const noexcept { return first_of(bucket + 1) - first_of(bucket); }

  /// At least `buckets` of them, as far as there are slots.
  static SlotBuckets cut(std::int64_t slots, std::int64_t buckets) noexcept {
    const auto width = static_cast<std::uint64_t>(std::max<std::int64_t>(1, slots / std::max<std::int64_t>(1, buckets)));
    return {slots, static_cast<int>(std::bit_width(width)) - 1};
  }
};

}  // namespace fullbase::tables
