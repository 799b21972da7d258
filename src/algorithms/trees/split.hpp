// The best split of a node by one feature, from the feature's histogram.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "algorithms/trees/bins.hpp"
#include "algorithms/trees/counting.hpp"
#include "algorithms/trees/forest.hpp"
#include "algorithms/trees/grow.hpp"

namespace fullbase::trees {

/// Plain, so that ranks can send it.
struct Split {
  double gain = -1;  ///< decrease of impurity times the weight; below 0: no split
  std::int32_t feature = -1;
  std::uint8_t bin = 0;
  bool missing_left = false;
  bool by_set = false;
  std::uint8_t padding[1] = {};
  BinSet set = {};

  bool found() const noexcept { return gain >= 0; }
  /// The better of two splits of a node; ties to the lowest feature.
  bool beats(const Split& other) const noexcept {
    return found() && (!other.found() || gain > other.gain || (gain == other.gain && feature < other.feature));
  }
  bool goes_left(std::uint8_t value) const noexcept {
    if (value == missing_bin) return missing_left;
    return by_set ? contains(set, value) : value <= bin;
  }
};

/// 1 a bin of a split's feature whose rows go left.
using GoesLeft = std::array<std::uint8_t, histogram_bins>;
GoesLeft goes_left(const Split& split) noexcept;

/// What may be split, and what a split is worth. Gains are worked out from whole numbers in one order, so that equal histograms
/// give equal splits everywhere.
///
/// The decrease of impurity of a split of weights l + r = t is, for gini (and half of it, for squared error, of sums for counts),
/// the sum over classes of (c_l r - c_r l)^2 / (l r t): no difference of nearly equal numbers is taken.
struct SplitRules {
  Counting counting;
  Impurity impurity = Impurity::gini;
  std::int64_t min_rows = 1;
  std::vector<double> class_weights = {};  ///< empty: all 1
  double least_gain = 0;                   ///< a split gains at least this

  /// Whether a node with these totals may be split at all: rows enough, and more than one class.
  bool may_split(const std::int64_t* totals) const noexcept;
};

/// Finds splits; one a thread, since it keeps buffers.
class SplitFinder {
 public:
  explicit SplitFinder(const SplitRules& rules);

  /// Looks at all splits by `feature`, whose histogram (histogram_bins * cells) covers a node with these totals, and keeps in
  /// `best` the best so far, with the left side's totals in `best_left`. Bins go by number, or, of categories, in any subset that
  /// an order by the share of a class (every class in turn where there are more than two) or by the mean cuts off, which holds
  /// the best one for two classes and regression (W. Fisher 1958). Missing values are tried on either side. A cut between bins
  /// that the node has no rows in falls midway.
  void consider(std::int32_t feature, const FeatureBins& bins, const std::uint64_t* histogram, const std::int64_t* totals,
                Split& best, std::int64_t* best_left);

 private:
  template <class Gain>
  void numbers(std::int32_t feature, int bins, const std::uint64_t* histogram, const std::int64_t* totals, const Gain& gain,
               Split& best, std::int64_t* best_left);
  template <class Gain>
  void sets(std::int32_t feature, const std::uint64_t* histogram, const std::int64_t* totals, const Gain& gain, Split& best,
            std::int64_t* best_left);
  void pairs(std::int32_t feature, const FeatureBins& bins, const std::uint64_t* histogram, const std::int64_t* totals,
             Split& best, std::int64_t* best_left);
  void many(std::int32_t feature, const FeatureBins& bins, const std::uint64_t* histogram, const std::int64_t* totals,
            Split& best, std::int64_t* best_left);
  void cuts_of_order(std::int32_t feature, bool by_set, std::span<const std::uint8_t> order, const std::uint64_t* histogram,
                     const std::int64_t* totals, Split& best, std::int64_t* best_left);
  double gain_of(const std::int64_t* left, const std::int64_t* right, double scale) const;

  const SplitRules& rules_;
  std::vector<std::int64_t> left_;
  std::vector<std::int64_t> right_;
  std::vector<std::int64_t> bin_weights_;
  std::vector<std::uint8_t> order_;
};

}  // namespace fullbase::trees
