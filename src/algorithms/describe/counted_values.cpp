#include "algorithms/describe/counted_values.hpp"

#include <algorithm>
#include <span>

#include "base/hash.hpp"

namespace fullbase::describe {
namespace {

/// An array of counters may be this many times as long as what is counted.
constexpr std::uint64_t counters_a_word = 4;

template <class Keys, class Sorted>
Counted<Keys> runs_of(const Sorted& sorted) {
  Counted<Keys> result;
  for (std::size_t first = 0; first < sorted.size();) {
    auto last = first + 1;
    while (last < sorted.size() && sorted[last] == sorted[first]) ++last;
    result.push_back(sorted[first], static_cast<std::int64_t>(last - first));
    first = last;
  }
  return result;
}

}  // namespace

std::uint64_t hash_of(std::uint64_t key) noexcept {
  return base::xxh3(std::as_bytes(std::span(&key, 1)));
}

std::uint64_t hash_of(std::string_view key) noexcept {
  return base::xxh3(std::as_bytes(std::span(key.data(), key.size())));
}

Counted<Words> counted(Words& words) {
  if (words.empty()) return {};
  const auto [lowest, highest] = std::ranges::minmax(words);
  if ((highest - lowest) / counters_a_word >= words.size()) {
    std::ranges::sort(words);
    return runs_of<Words>(words);
  }
  std::vector<std::int64_t> counters(highest - lowest + 1, 0);
  for (const auto word : words) ++counters[word - lowest];
  Counted<Words> result;
  for (std::size_t i = 0; i < counters.size(); ++i) {
    if (counters[i] > 0) result.push_back(lowest + i, counters[i]);
  }
  return result;
}

Counted<data::Strings> counted(std::vector<std::string_view>& texts) {
  std::ranges::sort(texts);
  return runs_of<data::Strings>(texts);
}

}  // namespace fullbase::describe
