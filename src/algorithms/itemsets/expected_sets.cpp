#include "algorithms/itemsets/expected_sets.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include "algorithms/itemsets/tree_path.hpp"

namespace fullbase::itemsets {
namespace {

constexpr std::size_t narrowest_model = 4;
constexpr std::size_t widest_model = 128;  ///< items
constexpr int paths = 5;

/// What pairs say of a class.
class Model {
 public:
  Model(const FrequentItems& frequent, const FrequentPairs& pairs, std::span<const std::int32_t> items, std::int64_t baskets)
      : width_(items.size()), ties_(width_ * width_, 0.0) {
    for (std::size_t a = 0; a < width_; ++a) {
      const auto others = pairs.others_of(items[a]);
      const auto counts = pairs.counts_of(items[a]);
      std::size_t at = 0;
      for (std::size_t b = 0; b < a; ++b) {
        while (at < others.size() && others[at] < items[b]) ++at;
        if (at == others.size()) break;
        if (others[at] != items[b]) continue;
        const auto apart = static_cast<double>(frequent.counts[static_cast<std::size_t>(items[a])]) *
                           static_cast<double>(frequent.counts[static_cast<std::size_t>(items[b])]);
        ties_[a * width_ + b] = static_cast<double>(counts[at]) * static_cast<double>(baskets) / apart;
      }
    }
  }

  /// How many times as often a and b, a > b, are together as items that know nothing of each other; 0 for an infrequent pair.
  double tie(std::size_t a, std::size_t b) const { return ties_[a * width_ + b]; }

 private:
  std::size_t width_;
  std::vector<double> ties_;
};

/// A set's extensions: columns, ascending, and the count of the set with each.
struct Extensions {
  std::vector<std::size_t> columns;
  std::vector<double> counts;
};

/// How many extensions a child has.
std::int64_t width_below(const Model& model, const Extensions& set, double count, std::size_t child, double least) {
  const double each = set.counts[child] / count;
  std::int64_t width = 0;
  for (std::size_t k = 0; k < child; ++k)
    width += each * set.counts[k] * model.tie(set.columns[child], set.columns[k]) >= least ? 1 : 0;
  return width;
}

Extensions below(const Model& model, const Extensions& set, double count, std::size_t child, double least) {
  const double each = set.counts[child] / count;
  Extensions result;
  for (std::size_t k = 0; k < child; ++k) {
    const auto expected = each * set.counts[k] * model.tie(set.columns[child], set.columns[k]);
    if (expected < least) continue;
    result.columns.push_back(set.columns[k]);
    result.counts.push_back(std::min(expected, std::min(set.counts[child], set.counts[k])));
  }
  return result;
}

/// Sets along one path, each standing for those that it was drawn among; `at` in (0, 1) says which way it goes.
double path_estimate(const Model& model, Extensions set, double count, double least, double at) {
  double estimate = static_cast<double>(set.columns.size());
  double each = 1;
  while (set.columns.size() > 1) {
    TreeChildren children;
    for (std::size_t child = 0; child < set.columns.size(); ++child) {
      const auto width = width_below(model, set, count, child, least);
      estimate += each * static_cast<double>(width);
      children.add(width);
    }
    if (!children.go_on()) break;
    const auto [child, share] = children.draw(at);
    const double child_count = set.counts[child];
    set = below(model, set, count, child, least);
    count = child_count;
    each /= share;
  }
  return estimate;
}

double triangles(const FrequentPairs& pairs, std::span<const std::int32_t> items) {
  double count = 0;
  for (const auto item : items) {
    const auto others = pairs.others_of(item);
    std::size_t at = 0;
    for (const auto other : items) {
      while (at < others.size() && others[at] < other) ++at;
      if (at == others.size() || other >= item) break;
      if (others[at] == other) count += 1;
    }
  }
  return count;
}

}  // namespace

double expected_sets(const FrequentItems& frequent, const FrequentPairs& pairs, std::int32_t rarest,
                     std::span<const std::int32_t> items, std::int64_t baskets, std::int64_t least) {
  // Too few to be worth a look.
  if (items.size() <= narrowest_model) return std::exp2(static_cast<double>(items.size())) - 1;
  if (items.size() > widest_model) return static_cast<double>(items.size()) + triangles(pairs, items);
  const Model model(frequent, pairs, items, baskets);
  Extensions all;
  const auto others = pairs.others_of(rarest);
  const auto counts = pairs.counts_of(rarest);
  for (std::size_t column = 0, at = 0; column < items.size(); ++column) {
    while (others[at] != items[column]) ++at;
    all.columns.push_back(column);
    all.counts.push_back(static_cast<double>(counts[at]));
  }
  const auto count = static_cast<double>(frequent.counts[static_cast<std::size_t>(rarest)]);
  double sum = 0;
  for (int path = 0; path < paths; ++path)
    sum += path_estimate(model, all, count, static_cast<double>(least), (path + 0.5) / paths);
  return sum / paths;
}

}  // namespace fullbase::itemsets
