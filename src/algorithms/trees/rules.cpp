#include "algorithms/trees/rules.hpp"

#include <algorithm>
#include <numeric>
#include <utility>

#include "random/distributions.hpp"

namespace fullbase::trees {
namespace {

constexpr std::int64_t path_round = -1;  ///< of the generator; nodes' draws have their path there

}  // namespace

GrowRules::GrowRules(const GrowOptions& options, Counting counting, std::span<const FeatureBins> bins, double least_gain,
                     random::Key key)
    : splits_{counting, options.impurity, options.min_rows, options.class_weights, least_gain},
      bins_(bins),
      per_node_(options.features_per_node),
      max_depth_(options.max_depth),
      generator_(key) {
  const auto all = static_cast<int>(bins.size());
  if (per_node_ <= 0 || per_node_ > all) per_node_ = all;
}

std::span<const std::int32_t> GrowRules::features_of(int tree, Path path, int draw, std::vector<std::int32_t>& buffer) const {
  const auto all = features();
  buffer.resize(static_cast<std::size_t>(all));
  std::iota(buffer.begin(), buffer.end(), 0);
  if (uses_all_features()) return buffer;
  random::Stream stream(generator_, tree, static_cast<std::int64_t>(path));
  const auto first = draw * per_node_;
  const auto last = std::min(all, first + per_node_);
  for (int i = 0; i < last; ++i)
    std::swap(buffer[static_cast<std::size_t>(i)],
              buffer[static_cast<std::size_t>(i) + stream.below(static_cast<std::uint64_t>(all - i))]);
  const auto drawn = std::span(buffer).subspan(static_cast<std::size_t>(first), static_cast<std::size_t>(last - first));
  std::ranges::sort(drawn);
  return drawn;
}

Path GrowRules::child(Path path, int side) const noexcept {
  if ((path >> 62) == 0) return 2 * path + static_cast<Path>(side);
  return generator_.word(static_cast<std::int64_t>(path), side, path_round) | (Path{1} << 63);
}

void GrowingTree::split(std::int32_t node, const Split& how, const std::int64_t* left, int width) {
  const auto first = static_cast<std::int32_t>(nodes.size());
  nodes[static_cast<std::size_t>(node)].left = first;
  nodes[static_cast<std::size_t>(node)].split = how;
  nodes.resize(nodes.size() + 2);
  const auto w = static_cast<std::size_t>(width);
  totals.resize(nodes.size() * w);
  const auto parent = static_cast<std::size_t>(node) * w;
  const auto child = static_cast<std::size_t>(first) * w;
  for (std::size_t i = 0; i < w; ++i) {
    totals[child + i] = left[i];
    totals[child + w + i] = totals[parent + i] - left[i];
  }
}

}  // namespace fullbase::trees
