#include "algorithms/trees/grow.hpp"

#include <algorithm>
#include <limits>
#include <utility>

#include "algorithms/trees/assemble.hpp"
#include "algorithms/trees/frontier.hpp"
#include "algorithms/trees/handing_over.hpp"
#include "algorithms/trees/labels.hpp"
#include "algorithms/trees/rules.hpp"
#include "base/contract.hpp"
#include "comm/agreement.hpp"
#include "parallel/for_each.hpp"

namespace fullbase::trees {
namespace {

/// A subtree's rows, with their labels and order, are to stay in a core's second-level cache.
constexpr std::int64_t subtree_bytes = std::int64_t{2560} << 10;
/// Subtrees for each thread of all ranks, so that none waits long for another.
constexpr std::int64_t subtrees_a_thread = 8;
constexpr std::int64_t least_small_rows = 1024;
/// A level's histograms; more nodes than they hold are counted in further passes.
constexpr std::int64_t most_histogram_bytes = std::int64_t{64} << 20;

/// How much is done at a time. None of it makes a difference to a tree.
struct Pace {
  int trees = 1;  ///< that grow together
  std::int64_t small_rows = 0;
  std::int64_t round_rows = 0;
  std::int64_t histogram_bytes = 0;
  std::int64_t bytes = 0;  ///< that a rank needs for it
};

Pace pace_of(comm::Communicator& communicator, const GrowRows& rows, const GrowRules& rules, const Labels& labels, int trees,
             std::int64_t available) {
  Pace pace;
  const auto threads = communicator.sum_value(std::int64_t{parallel::thread_count()});
  const auto local = communicator.max_value(rows.matrix.local_rows().size());
  const std::int64_t row_bytes = rules.features() + 8 * rules.counting().row_words();
  const auto pair_bytes = std::int64_t{histogram_bins} * 8 * rules.counting().cells();
  // Trees together so that there are subtrees enough, but no more than what their rows take is small beside the matrix.
  const auto wanted = subtrees_a_thread * threads * (subtree_bytes / row_bytes);
  const auto few = std::max<std::int64_t>(wanted / std::max<std::int64_t>(labels.used_rows(), 1), 1);
  pace.trees = static_cast<int>(std::min<std::int64_t>(trees, std::max<std::int64_t>(few, rules.features() / 32)));
  while (pace.trees > 1 && Frontier::bytes(local, pace.trees) > available / 4) pace.trees /= 2;
  pace.small_rows = std::clamp(labels.used_rows() * pace.trees / (subtrees_a_thread * threads), least_small_rows,
                               std::max(least_small_rows, subtree_bytes / (row_bytes + 8)));
  // Nodes of a base so large that its small ones would still be millions are handed over larger.
  pace.small_rows = std::max(pace.small_rows, labels.used_rows() >> 14);
  pace.round_rows = std::max(pace.small_rows * parallel::thread_count() * 2, local / 8);
  // A fourth of what there is, shared out over the copies.
  const auto histogram_copies = parallel::thread_count() + (communicator.size() > 1 ? 2 : 1);
  const auto least_histogram = pair_bytes * rules.features_per_node();
  pace.histogram_bytes = std::clamp<std::int64_t>(available / (4 * histogram_copies), least_histogram,
                                                  std::max(least_histogram, most_histogram_bytes));
  const auto open_nodes = std::max<std::int64_t>(1, labels.used_rows() * pace.trees / std::max<std::int64_t>(pace.small_rows, 1));
  pace.histogram_bytes = std::min(pace.histogram_bytes, 2 * open_nodes * pair_bytes * rules.features_per_node());
  const auto rows_at_once = std::min(pace.round_rows, 2 * labels.used_rows() * pace.trees);
  const auto copies = communicator.size() > 1 ? 3 : 1;
  pace.bytes =
      Frontier::bytes(local, pace.trees) + rows_at_once * (row_bytes * copies + 8) + pace.histogram_bytes * histogram_copies;
  return pace;
}

}  // namespace

Forest grow(comm::Communicator& communicator, const GrowRows& rows, const GrowOptions& options, random::Key bootstrap,
            random::Key features, data::Budget& budget, const GrowObserver& observer) {
  FULLBASE_EXPECTS(options.trees > 0 && rows.classes >= 1 && std::ssize(rows.bins) == rows.matrix.columns(),
                   "a forest has trees, and bins for every column of its matrix");
  FULLBASE_EXPECTS((rows.classes == 1) == (options.impurity == Impurity::squared_error),
                   "squared error is regression's impurity");
  const Labels labels(communicator, rows, budget);
  NodeValues values{labels.counting(), options.class_weights, labels.centre(), labels.step()};
  double weight = 0;
  for (std::size_t k = 0; k < static_cast<std::size_t>(rows.classes); ++k) {
    const double one = options.class_weights.empty() ? 1 : options.class_weights[k];
    const auto& counting = labels.counting();
    const auto count = counting.kind == Counting::Kind::classes ? labels.totals()[k]
                       : rows.classes == 1                      ? labels.totals()[0]
                       : k == 1                                 ? labels.totals()[1]
                                                                : labels.totals()[0] - labels.totals()[1];
    weight += one * static_cast<double>(count);
  }
  // A regression's node of one value gains 0 by any split; classes may need two splits to gain by.
  const double least = options.min_gain * weight / (labels.step() * labels.step());
  const GrowRules rules(options, labels.counting(), rows.bins,
                        rows.classes == 1 ? std::max(least, std::numeric_limits<double>::min()) : least, features);
  const Bootstrap draws(bootstrap, options.bootstrap);

  const auto available = communicator.min_value(budget.available());
  const auto pace = pace_of(communicator, rows, rules, labels, options.trees, available);
  const auto reservation =
      comm::collective_try(communicator, "trees", [&] { return budget.require(pace.bytes, "growing a forest"); });

  Forest forest;
  forest.classes = rows.classes;
  for (int first = 0; first < options.trees; first += pace.trees) {
    const int count = std::min(pace.trees, options.trees - first);
    Frontier frontier(
        communicator, rows, labels, rules, draws,
        {.first_tree = first, .trees = count, .small_rows = pace.small_rows, .histogram_bytes = pace.histogram_bytes});
    frontier.grow([&] {
      if (observer) observer(first);
    });
    const auto grown = grow_small_nodes(communicator, frontier, rules, pace.round_rows);
    std::vector<Tree> trees(static_cast<std::size_t>(count));
    comm::collective_try(communicator, "trees", [&] {
      parallel::for_each(0, count, [&](std::int64_t t, int) {
        auto& tree = trees[static_cast<std::size_t>(t)];
        tree = assemble(frontier, static_cast<int>(t), grown, values);
        if (options.max_leaves > 0) tree = best_first(tree, options.max_leaves, forest.width());
      });
    });
    std::ranges::move(trees, std::back_inserter(forest.trees));
    if (observer) observer(first + count);
  }
  return forest;
}

}  // namespace fullbase::trees
