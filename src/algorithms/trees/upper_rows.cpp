#include "algorithms/trees/upper_rows.hpp"

#include <algorithm>

#include "parallel/for_each.hpp"

namespace fullbase::trees {

std::vector<std::uint64_t> sum_of_parts(std::vector<std::vector<std::uint64_t>>& parts, std::size_t size) {
  auto& sum = parts.front();
  sum.resize(size);
  constexpr std::size_t piece = 1 << 15;
  parallel::for_each(0, static_cast<std::int64_t>((size + piece - 1) / piece), [&](std::int64_t p, int) {
    const auto begin = static_cast<std::size_t>(p) * piece;
    const auto end = std::min(size, begin + piece);
    for (std::size_t t = 1; t < parts.size(); ++t) {
      if (parts[t].empty()) continue;
      for (auto i = begin; i < end; ++i) sum[i] += parts[t][i];
    }
  });
  return std::move(sum);
}

}  // namespace fullbase::trees
