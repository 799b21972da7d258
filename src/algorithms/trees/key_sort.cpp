#include "algorithms/trees/key_sort.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "base/contract.hpp"
#include "parallel/for_each.hpp"

namespace fullbase::trees {
namespace {

constexpr std::int64_t least_chunk = 1 << 14;
using Digits = std::array<std::int64_t, 256>;

struct Chunk {
  std::size_t first = 0;
  std::size_t last = 0;
};

std::vector<Chunk> chunks_of(std::size_t size) {
  const auto most = static_cast<std::int64_t>(size) / least_chunk;
  const auto count = static_cast<std::size_t>(std::clamp<std::int64_t>(most, 1, parallel::thread_count()));
  std::vector<Chunk> chunks;
  for (std::size_t c = 0; c < count; ++c) chunks.push_back({size * c / count, size * (c + 1) / count});
  return chunks;
}

}  // namespace

void sort_keys(std::vector<std::uint32_t>& keys, std::vector<std::uint32_t>& scratch) {
  FULLBASE_EXPECTS(keys.size() == scratch.size(), "a sort has as much scratch as keys");
  const auto chunks = chunks_of(keys.size());
  std::vector<Digits> starts(chunks.size());
  const auto each_chunk = [&](auto work) {
    parallel::for_each(0, std::ssize(chunks), [&](std::int64_t c, int) {
      work(chunks[static_cast<std::size_t>(c)], starts[static_cast<std::size_t>(c)]);
    });
  };
  for (int shift = 0; shift < 32; shift += 8) {
    each_chunk([&](const Chunk& chunk, Digits& counts) {
      counts.fill(0);
      for (auto i = chunk.first; i < chunk.last; ++i) ++counts[(keys[i] >> shift) & 255];
    });
    // Counts become places: by digit, then by chunk, so that equal digits keep their order.
    std::int64_t next = 0;
    bool is_sorted = false;
    for (std::size_t digit = 0; digit < 256; ++digit) {
      const auto before = next;
      for (auto& of_chunk : starts) next += std::exchange(of_chunk[digit], next);
      is_sorted = is_sorted || next - before == std::ssize(keys);
    }
    if (is_sorted) continue;
    each_chunk([&](const Chunk& chunk, Digits& places) {
      for (auto i = chunk.first; i < chunk.last; ++i)
        scratch[static_cast<std::size_t>(places[(keys[i] >> shift) & 255]++)] = keys[i];
    });
    keys.swap(scratch);
  }
}

}  // namespace fullbase::trees
