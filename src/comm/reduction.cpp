#include "comm/reduction.hpp"

namespace fullbase::comm {
namespace {

// Transports hand over buffers of any alignment, so values go through memcpy; compilers turn that into plain loads.
template <class T, class F>
void for_each_pair(std::byte* into, const std::byte* from, std::int64_t count, F&& combined) {
  for (std::int64_t i = 0; i < count; ++i, into += sizeof(T), from += sizeof(T)) {
    T a;
    T b;
    std::memcpy(&a, into, sizeof(T));
    std::memcpy(&b, from, sizeof(T));
    const T c = combined(a, b);
    std::memcpy(into, &c, sizeof(T));
  }
}

/// True if a stands, false if b replaces it; `a_first` says whether a's value comes before b's.
bool stands(const Extreme& a, const Extreme& b, bool a_first, bool equal) {
  if (b.index < 0) return true;
  if (a.index < 0) return false;
  return equal ? a.index <= b.index : a_first;
}

}  // namespace

void combine(std::byte* into, const std::byte* from, std::int64_t count, Reduction reduction) {
  switch (reduction) {
    case Reduction::sum_64:
      return for_each_pair<std::uint64_t>(into, from, count, [](auto a, auto b) { return a + b; });
    case Reduction::sum_128:
      return for_each_pair<base::uint128>(into, from, count, [](auto a, auto b) { return a + b; });
    case Reduction::min_int64:
      return for_each_pair<std::int64_t>(into, from, count, [](auto a, auto b) { return b < a ? b : a; });
    case Reduction::max_int64:
      return for_each_pair<std::int64_t>(into, from, count, [](auto a, auto b) { return a < b ? b : a; });
    case Reduction::min_uint64:
      return for_each_pair<std::uint64_t>(into, from, count, [](auto a, auto b) { return b < a ? b : a; });
    case Reduction::max_uint64:
      return for_each_pair<std::uint64_t>(into, from, count, [](auto a, auto b) { return a < b ? b : a; });
    case Reduction::argmin:
      return for_each_pair<Extreme>(into, from, count, [](const Extreme& a, const Extreme& b) {
        return stands(a, b, ordered_bits(a.value) < ordered_bits(b.value), a.value == b.value) ? a : b;
      });
    case Reduction::argmax:
      return for_each_pair<Extreme>(into, from, count, [](const Extreme& a, const Extreme& b) {
        return stands(a, b, ordered_bits(a.value) > ordered_bits(b.value), a.value == b.value) ? a : b;
      });
  }
}

}  // namespace fullbase::comm
