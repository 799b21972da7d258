// Growing the trees of a forest (L. Breiman 2001) over rows that stay where they are.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "algorithms/trees/bins.hpp"
#include "algorithms/trees/forest.hpp"
#include "comm/communicator.hpp"
#include "data/budget.hpp"
#include "data/matrix_blocks.hpp"
#include "random/generator.hpp"

namespace fullbase::trees {

enum class Impurity : std::uint8_t { gini, entropy, squared_error };

struct GrowOptions {
  int trees = 100;
  Impurity impurity = Impurity::gini;
  int max_depth = 0;          ///< splits from the root to a leaf at most; 0: no limit
  std::int64_t min_rows = 1;  ///< rows that a leaf has at least, counted as often as drawn
  double min_gain = 0;  ///< a split's decrease of impurity, times the node's share of the weight, is at least this, and above 0
  std::int64_t max_leaves = 0;             ///< the splits of the greatest gain are kept, from the root on; 0: no limit
  int features_per_node = 0;               ///< features drawn at each node; 0: all
  bool bootstrap = true;                   ///< each tree draws each row 0, 1, 2, ... times, Poisson of mean 1
  std::vector<double> class_weights = {};  ///< one a class; empty: all 1
};

/// What the trees learn from, of this rank's rows (those of the matrix's local blocks).
struct GrowRows {
  const data::ByteBlocks& matrix;            ///< a bin a feature
  std::span<const FeatureBins> bins;         ///< one a column of the matrix
  std::span<const std::int32_t> codes = {};  ///< classification: class of each local row
  std::span<const double> values = {};       ///< regression: finite value of each local row
  int classes = 2;                           ///< 1: regression
  std::span<const std::uint8_t> used = {};   ///< 0: the row takes no part; empty: all do
};

/// How often tree `tree` draws row `row`: a function of the three alone.
class Bootstrap {
 public:
  Bootstrap(random::Key key, bool draws) noexcept : generator_(key), draws_(draws) {}
  int count(int tree, std::int64_t row) const noexcept;
  /// The same of rows [first, first + out.size()); a word of the generator serves two rows.
  void counts(int tree, std::int64_t first, std::span<std::uint8_t> out) const noexcept;

 private:
  random::Generator generator_;
  bool draws_;
};

/// Called after each pass over the rows, with the trees that are done, on every rank alike; it may communicate and, on all ranks
/// alike, throw. Trees are done in groups, whose size is a matter of memory.
using GrowObserver = std::function<void(const Forest& so_far)>;

/// Collective; the same forest on every rank, whatever ranks, threads and budget there are. A growing that was broken off goes on
/// behind the trees that were `grown`, the forest's first ones: they are all of its state, since a tree depends on no other.
Forest grow(comm::Communicator& communicator, const GrowRows& rows, const GrowOptions& options, random::Key bootstrap,
            random::Key features, data::Budget& budget, const GrowObserver& observer = {}, std::vector<Tree> grown = {});

}  // namespace fullbase::trees
