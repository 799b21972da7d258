#include "algorithms/trees/split.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "base/math.hpp"

namespace fullbase::trees {
namespace {

/// Weight and sum of a side.
struct Side {
  std::int64_t weight = 0;
  std::int64_t sum = 0;
};
Side operator+(Side a, Side b) noexcept {
  return {a.weight + b.weight, a.sum + b.sum};
}
Side operator-(Side a, Side b) noexcept {
  return {a.weight - b.weight, a.sum - b.sum};
}

template <Counting::Kind kind>
Side side(const std::uint64_t* histogram, std::size_t bin) noexcept {
  if constexpr (kind == Counting::Kind::packed) return {packed_weight(histogram[bin]), packed_sum(histogram[bin])};
  return {static_cast<std::int64_t>(histogram[2 * bin]), static_cast<std::int64_t>(histogram[2 * bin + 1])};
}

// What two sides gain, up to a factor that is the same for all splits of a node; scaled() puts it right.

/// Two classes, all weights 1.
class GiniOfCounts {
 public:
  explicit GiniOfCounts(Side total) noexcept : total_(total.weight), small_(total.weight < exact_products) {}
  double operator()(Side left, Side right) const noexcept {
    const double l = static_cast<double>(left.weight);
    const double r = static_cast<double>(right.weight);
    // Products of numbers below 2^26 are exact in double; so both ways give the nearest double to the same whole number.
    const double difference = small_ ? static_cast<double>(left.sum) * r - static_cast<double>(right.sum) * l
                                     : static_cast<double>(static_cast<base::int128>(left.sum) * right.weight -
                                                           static_cast<base::int128>(right.sum) * left.weight);
    return difference * difference / (l * r);
  }
  double scaled(double gain) const noexcept { return 2 * gain / static_cast<double>(total_); }

 private:
  static constexpr std::int64_t exact_products = std::int64_t{1} << 26;
  std::int64_t total_;
  bool small_;
};

/// Two classes of different weights.
class GiniOfWeights {
 public:
  GiniOfWeights(Side total, double first, double second) noexcept : first_(first), second_(second), total_(weight(total)) {}
  double operator()(Side left, Side right) const noexcept {
    const double l = weight(left);
    const double r = weight(right);
    if (!(l > 0) || !(r > 0)) return 0;
    const double a = second_ * static_cast<double>(left.sum) * r;
    const double b = second_ * static_cast<double>(right.sum) * l;
    const double difference = a - b;
    // Equal shares, but for the rounding of the products.
    if (std::abs(difference) <= 0x1p-50 * a) return 0;
    return difference * difference / (l * r);
  }
  double scaled(double gain) const noexcept { return total_ > 0 ? 2 * gain / total_ : 0; }

 private:
  double weight(Side one) const noexcept {
    return first_ * static_cast<double>(one.weight - one.sum) + second_ * static_cast<double>(one.sum);
  }
  double first_;
  double second_;
  double total_;
};

/// c log2(t / c) for c of a weight t.
double surprise(double count, double total) noexcept {
  constexpr double per_bit = 1.4426950408889634;
  return count > 0 ? count * base::log(total / count) * per_bit : 0;
}

/// Two classes.
class Entropy {
 public:
  Entropy(Side total, double first, double second) noexcept : first_(first), second_(second), total_(of(total)) {}
  double operator()(Side left, Side right) const noexcept { return std::max(0.0, total_ - of(left) - of(right)); }
  static double scaled(double gain) noexcept { return gain; }

 private:
  double of(Side one) const noexcept {
    const double a = first_ * static_cast<double>(one.weight - one.sum);
    const double b = second_ * static_cast<double>(one.sum);
    return surprise(a, a + b) + surprise(b, a + b);
  }
  double first_;
  double second_;
  double total_;
};

/// Sums of a regression, counted from the whole number next to the node's mean, so that a node of one value gains exactly 0.
class SquaredError {
 public:
  explicit SquaredError(Side total) noexcept
      : total_(static_cast<double>(total.weight)),
        origin_(total.sum / total.weight),
        rest_(static_cast<double>(total.sum - origin_ * total.weight)) {}
  double operator()(Side left, Side right) const noexcept {
    const double l = static_cast<double>(left.weight);
    const double r = static_cast<double>(right.weight);
    const double above = static_cast<double>(left.sum - origin_ * left.weight) - rest_ * (l / total_);
    return above * above * total_ / (l * r);
  }
  static double scaled(double gain) noexcept { return gain; }

 private:
  double total_;
  std::int64_t origin_;
  double rest_;
};

/// The best cut of bins in one order.
struct Cut {
  double gain = -1;
  int position = -1;  ///< in the order: the last bin on the left
  bool missing_left = false;
  Side left = {};
};

template <Counting::Kind kind, class Gain, class BinAt>
Cut best_cut(const std::uint64_t* histogram, Side total, std::int64_t min_rows, int count, const BinAt& bin_at,
             const Gain& gain) {
  Cut best;
  const Side missing = side<kind>(histogram, missing_bin);
  for (const bool missing_left : {false, true}) {
    if (missing_left && missing.weight == 0) break;
    Side left = missing_left ? missing : Side{};
    for (int i = 0; i < count; ++i) {
      const Side bin = side<kind>(histogram, bin_at(i));
      if (bin.weight == 0) continue;
      left = left + bin;
      const Side right = total - left;
      if (right.weight < min_rows || right.weight == 0) break;
      if (left.weight < min_rows) continue;
      if (const double gained = gain(left, right); gained > best.gain) best = {gained, i, missing_left, left};
    }
  }
  if (missing.weight == 0) best.missing_left = best.left.weight > total.weight - best.left.weight;
  return best;
}

}  // namespace

GoesLeft goes_left(const Split& split) noexcept {
  GoesLeft left{};
  for (int bin = 0; bin < histogram_bins; ++bin)
    left[static_cast<std::size_t>(bin)] = split.goes_left(static_cast<std::uint8_t>(bin)) ? 1 : 0;
  return left;
}

SplitFinder::SplitFinder(const SplitRules& rules) : rules_(rules) {
  if (rules.counting.kind != Counting::Kind::classes) return;
  left_.resize(static_cast<std::size_t>(rules.counting.classes));
  right_.resize(left_.size());
}

bool SplitRules::may_split(const std::int64_t* totals) const noexcept {
  const auto weight = counting.weight(totals);
  if (weight < 2 * std::max<std::int64_t>(min_rows, 1)) return false;
  if (counting.kind != Counting::Kind::classes) return counting.classes == 1 || (totals[1] != 0 && totals[1] != weight);
  return std::none_of(totals, totals + counting.classes, [&](std::int64_t one) { return one == weight; });
}

void SplitFinder::consider(std::int32_t feature, const FeatureBins& bins, const std::uint64_t* histogram,
                           const std::int64_t* totals, Split& best, std::int64_t* best_left) {
  if (rules_.counting.kind == Counting::Kind::classes) {
    many(feature, bins, histogram, totals, best, best_left);
  } else {
    pairs(feature, bins, histogram, totals, best, best_left);
  }
}

namespace {

/// A split of `gain`, the left side being the first `position` + 1 bins of an order; categories that the node has no rows of go
/// to the heavier side.
Split split_of(std::int32_t feature, double gain, bool missing_left) {
  Split split;
  split.feature = feature;
  split.gain = gain;
  split.missing_left = missing_left;
  return split;
}

}  // namespace

void SplitFinder::pairs(std::int32_t feature, const FeatureBins& bins, const std::uint64_t* histogram, const std::int64_t* totals,
                        Split& best, std::int64_t* best_left) {
  const Side total{totals[0], totals[1]};
  const auto& weights = rules_.class_weights;
  const double first = weights.empty() ? 1 : weights[0];
  const double second = weights.empty() ? 1 : weights[1];
  with_kind(rules_.counting.kind, [&]<Counting::Kind kind>() {
    if constexpr (kind != Counting::Kind::classes) {
      const auto at = [&](std::size_t bin) { return side<kind>(histogram, bin); };
      order_.clear();
      if (bins.categorical) {
        for (int b = 0; b < bins.bins; ++b) {
          if (at(static_cast<std::size_t>(b)).weight > 0) order_.push_back(static_cast<std::uint8_t>(b));
        }
        std::ranges::sort(order_, [&](std::uint8_t a, std::uint8_t b) {
          const auto x = static_cast<base::int128>(at(a).sum) * at(b).weight;
          const auto y = static_cast<base::int128>(at(b).sum) * at(a).weight;
          return x != y ? x < y : a < b;
        });
      }
      const auto look = [&](const auto& gain) {
        const int count = bins.categorical ? static_cast<int>(order_.size()) : bins.bins;
        const auto cut =
            bins.categorical
                ? best_cut<kind>(
                      histogram, total, rules_.min_rows, count,
                      [&](int i) { return static_cast<std::size_t>(order_[static_cast<std::size_t>(i)]); }, gain)
                : best_cut<kind>(
                      histogram, total, rules_.min_rows, count, [](int i) { return static_cast<std::size_t>(i); }, gain);
        if (cut.position < 0) return;
        auto split = split_of(feature, gain.scaled(cut.gain), cut.missing_left);
        if (split.gain < rules_.least_gain || !split.beats(best)) return;
        if (bins.categorical) {
          split.by_set = true;
          for (int i = 0; i <= cut.position; ++i) insert(split.set, order_[static_cast<std::size_t>(i)]);
          if (2 * cut.left.weight > total.weight) {
            for (int b = 0; b < bins.bins; ++b) {
              if (at(static_cast<std::size_t>(b)).weight == 0) insert(split.set, static_cast<std::uint8_t>(b));
            }
          }
        } else {
          int next = cut.position + 1;
          while (next < bins.bins && at(static_cast<std::size_t>(next)).weight == 0) ++next;
          // Behind the last one there is nothing to be midway to.
          const int within = next < bins.bins ? (next - 1 - cut.position) / 2 : 0;
          split.bin = static_cast<std::uint8_t>(cut.position + within);
        }
        best = split;
        best_left[0] = cut.left.weight;
        best_left[1] = cut.left.sum;
      };
      if (rules_.impurity == Impurity::squared_error) {
        look(SquaredError(total));
      } else if (rules_.impurity == Impurity::entropy) {
        look(Entropy(total, first, second));
      } else if (weights.empty()) {
        look(GiniOfCounts(total));
      } else {
        look(GiniOfWeights(total, first, second));
      }
    }
  });
}

double SplitFinder::gain_of(const std::int64_t* left, const std::int64_t* right, double scale) const {
  const auto classes = static_cast<std::size_t>(rules_.counting.classes);
  const auto weight = [&](std::size_t k) { return rules_.class_weights.empty() ? 1.0 : rules_.class_weights[k]; };
  double l = 0;
  double r = 0;
  for (std::size_t k = 0; k < classes; ++k) {
    l += weight(k) * static_cast<double>(left[k]);
    r += weight(k) * static_cast<double>(right[k]);
  }
  if (!(l > 0) || !(r > 0)) return 0;
  double gain = 0;
  if (rules_.impurity == Impurity::entropy) {
    for (std::size_t k = 0; k < classes; ++k) {
      const double a = weight(k) * static_cast<double>(left[k]);
      const double b = weight(k) * static_cast<double>(right[k]);
      gain += surprise(a + b, l + r) - surprise(a, l) - surprise(b, r);
    }
    return std::max(0.0, gain);
  }
  for (std::size_t k = 0; k < classes; ++k) {
    const double a = weight(k) * static_cast<double>(left[k]) * r;
    const double b = weight(k) * static_cast<double>(right[k]) * l;
    const double difference = std::abs(a - b) <= 0x1p-50 * a ? 0 : a - b;
    gain += difference * difference;
  }
  return gain / (l * r) * scale;
}

void SplitFinder::cuts_of_order(std::int32_t feature, bool by_set, std::span<const std::uint8_t> order,
                                const std::uint64_t* histogram, const std::int64_t* totals, Split& best,
                                std::int64_t* best_left) {
  const auto classes = static_cast<std::size_t>(rules_.counting.classes);
  const auto cells = [&](std::uint8_t bin) { return histogram + bin * classes; };
  const auto sum = [&](const auto* values) { return std::accumulate(values, values + classes, std::int64_t{0}); };
  double weighted = 0;
  for (std::size_t k = 0; k < classes; ++k)
    weighted += (rules_.class_weights.empty() ? 1.0 : rules_.class_weights[k]) * static_cast<double>(totals[k]);
  const double scale = weighted > 0 ? 1 / weighted : 0;
  const auto all = sum(totals);
  const auto missing = sum(cells(missing_bin));
  for (const bool missing_left : {false, true}) {
    if (missing_left && missing == 0) break;
    for (std::size_t k = 0; k < classes; ++k) left_[k] = missing_left ? static_cast<std::int64_t>(cells(missing_bin)[k]) : 0;
    for (std::size_t i = 0; i < order.size(); ++i) {
      for (std::size_t k = 0; k < classes; ++k) left_[k] += static_cast<std::int64_t>(cells(order[i])[k]);
      const auto l = sum(left_.data());
      if (all - l < rules_.min_rows || all == l) break;
      if (l < rules_.min_rows) continue;
      for (std::size_t k = 0; k < classes; ++k) right_[k] = totals[k] - left_[k];
      auto split = split_of(feature, gain_of(left_.data(), right_.data(), scale), missing_left);
      if (split.gain < rules_.least_gain || !split.beats(best)) continue;
      if (missing == 0) split.missing_left = 2 * l > all;
      split.by_set = by_set;
      if (by_set) {
        for (std::size_t j = 0; j <= i; ++j) insert(split.set, order[j]);
      } else {
        const int within = i + 1 < order.size() ? (order[i + 1] - 1 - order[i]) / 2 : 0;
        split.bin = static_cast<std::uint8_t>(order[i] + within);
      }
      best = split;
      std::ranges::copy(left_, best_left);
    }
  }
}

void SplitFinder::many(std::int32_t feature, const FeatureBins& bins, const std::uint64_t* histogram, const std::int64_t* totals,
                       Split& best, std::int64_t* best_left) {
  const auto classes = static_cast<std::size_t>(rules_.counting.classes);
  auto& weights = bin_weights_;
  weights.assign(histogram_bins, 0);
  order_.clear();
  for (int b = 0; b < bins.bins; ++b) {
    const auto* const cells = histogram + static_cast<std::size_t>(b) * classes;
    weights[static_cast<std::size_t>(b)] = std::accumulate(cells, cells + classes, std::int64_t{0});
    if (weights[static_cast<std::size_t>(b)] > 0) order_.push_back(static_cast<std::uint8_t>(b));
  }
  if (!bins.categorical) {
    cuts_of_order(feature, false, order_, histogram, totals, best, best_left);
    return;
  }
  const auto before = best;
  for (std::size_t k = 0; k < classes; ++k) {
    std::ranges::sort(order_, [&](std::uint8_t a, std::uint8_t b) {
      const auto x = static_cast<base::int128>(histogram[a * classes + k]) * weights[b];
      const auto y = static_cast<base::int128>(histogram[b * classes + k]) * weights[a];
      return x != y ? x < y : a < b;
    });
    cuts_of_order(feature, true, order_, histogram, totals, best, best_left);
  }
  if (before.feature == best.feature && before.gain == best.gain) return;
  const auto left = std::accumulate(best_left, best_left + classes, std::int64_t{0});
  if (2 * left <= std::accumulate(totals, totals + classes, std::int64_t{0})) return;
  for (int b = 0; b < bins.bins; ++b) {
    if (weights[static_cast<std::size_t>(b)] == 0) insert(best.set, static_cast<std::uint8_t>(b));
  }
}

}  // namespace fullbase::trees
