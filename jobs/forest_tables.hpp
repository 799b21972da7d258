// The tables of a forest step.
#pragma once

#include <span>
#include <vector>

#include "algorithms/metrics/measure.hpp"
#include "algorithms/trees/cuts.hpp"
#include "algorithms/trees/forest_scorer.hpp"
#include "algorithms/trees/importances.hpp"
#include "data/batch.hpp"
#include "data/schema.hpp"

namespace fullbase::jobs {

/// feature, type ("number", "category"), bins, missing (rows), importance; with permutation importances also
/// permutation_importance and permutation_deviation. A row a feature, the greatest importance first, ties in the features' order.
data::Schema importance_schema(bool permutation);
data::Batch importance_table(const trees::ForestModel& model, const trees::Cuts& cuts, std::span<const double> gains,
                             std::span<const trees::PermutationImportance> permuted, bool permutation);

/// A row a node of the trees `show`: tree, node, parent (missing at a root), depth, feature, threshold, categories (those that go
/// left), missing_goes ("left", "right"), rows, gain, predicted, value.
data::Schema nodes_schema();
data::Batch nodes_table(const trees::ForestModel& model, std::span<const std::int64_t> show);

/// The tables `text` and `dot`: tree, line, text.
data::Schema lines_schema();
using TreeLines = std::vector<std::string> (*)(const trees::ForestModel& model, int tree);
data::Batch lines_table(const trees::ForestModel& model, std::span<const std::int64_t> show, TreeLines lines);

/// The table `out_of_bag`: metric, class, value, reason, rows.
data::Schema out_of_bag_schema();
data::Batch out_of_bag_table(std::span<const metrics::Measure> measures, std::span<const std::string> classes, std::int64_t rows);

}  // namespace fullbase::jobs
