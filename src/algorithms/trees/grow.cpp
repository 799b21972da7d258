#include "algorithms/trees/grow.hpp"

#include <algorithm>
#include <limits>
#include <utility>

#include "algorithms/trees/assemble.hpp"
#include "algorithms/trees/frontier.hpp"
#include "algorithms/trees/handing_over.hpp"
#include "algorithms/trees/labels.hpp"
#include "algorithms/trees/pace.hpp"
#include "algorithms/trees/rules.hpp"
#include "base/contract.hpp"
#include "comm/agreement.hpp"
#include "parallel/for_each.hpp"

namespace fullbase::trees {
namespace {

Pace common_pace(comm::Communicator& communicator, const GrowRows& rows, const GrowRules& rules, const Labels& labels, int trees,
                 const data::Budget& budget) {
  const GrowSize size{.rows = labels.used_rows(),
                      .local_rows = communicator.max_value(rows.matrix.local_rows().size()),
                      .has_lists = communicator.min_value(rows.matrix.spilled_bytes()) == 0,
                      .has_streams = communicator.max_value(rows.matrix.spilled_bytes()) > 0,
                      .ranks = communicator.size(),
                      .threads = communicator.max_value(std::int64_t{parallel::thread_count()}),
                      .all_threads = communicator.sum_value(std::int64_t{parallel::thread_count()}),
                      .features = rules.features(),
                      .features_per_node = rules.features_per_node(),
                      .cells = rules.counting().cells(),
                      .row_words = rules.counting().row_words(),
                      .trees = trees};
  return pace_of(size, communicator.min_value(budget.available()));
}

}  // namespace

Forest grow(comm::Communicator& communicator, const GrowRows& rows, const GrowOptions& options, random::Key bootstrap,
            random::Key features, data::Budget& budget, const GrowObserver& observer, std::vector<Tree> grown) {
  FULLBASE_EXPECTS(options.trees > 0 && rows.classes >= 1 && std::ssize(rows.bins) == rows.matrix.columns(),
                   "a forest has trees, and bins for every column of its matrix");
  FULLBASE_EXPECTS((rows.classes == 1) == (options.impurity == Impurity::squared_error),
                   "squared error is regression's impurity");
  FULLBASE_EXPECTS(std::ssize(grown) <= options.trees, "no more trees have grown than are wanted");
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

  const auto pace = common_pace(communicator, rows, rules, labels, options.trees, budget);
  const auto reservation =
      comm::collective_try(communicator, "trees", [&] { return budget.require(pace.bytes, "growing a forest"); });

  Forest forest;
  forest.classes = rows.classes;
  forest.trees = std::move(grown);
  Frontier frontier(communicator, rows, labels, rules, draws, {pace.trees, pace.small_rows, pace.histogram_bytes});
  for (auto first = static_cast<int>(std::ssize(forest.trees)); first < options.trees; first += pace.trees) {
    const int count = std::min(pace.trees, options.trees - first);
    frontier.grow(first, count, [&] {
      if (observer) observer(forest);
    });
    const auto small_ones = grow_small_nodes(communicator, frontier, rules, pace.round_rows);
    std::vector<Tree> trees(static_cast<std::size_t>(count));
    comm::collective_try(communicator, "trees", [&] {
      parallel::for_each(0, count, [&](std::int64_t t, int) {
        auto& tree = trees[static_cast<std::size_t>(t)];
        tree = assemble(frontier, static_cast<int>(t), small_ones, values);
        if (options.max_leaves > 0) tree = best_first(tree, options.max_leaves, forest.width());
      });
    });
    std::ranges::move(trees, std::back_inserter(forest.trees));
    if (observer) observer(forest);
  }
  return forest;
}

}  // namespace fullbase::trees
