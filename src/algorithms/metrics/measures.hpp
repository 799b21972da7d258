// All measures at once, over this rank's rows: what `evaluate`, cross-validation and out-of-bag scores report.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "algorithms/metrics/measure.hpp"
#include "algorithms/metrics/ranked_scores.hpp"
#include "comm/communicator.hpp"
#include "data/budget.hpp"

namespace fullbase::metrics {

/// Called on every rank with the ranking of a class against the rest, for curves; it may communicate.
using RankingVisitor = std::function<void(int of_class, const RankedScores& ranked)>;

/// Collective; the same on every rank, in this order: confusion_measures(), then roc_auc, average_precision,
/// kolmogorov_smirnov, log_loss and brier. Rows are those of all ranks together; which rank holds which does not matter, and a
/// rank may hold none.
///
/// Two classes: scores have one output, of the second class, or two. More: one output a class; the measures of ranking are given
/// for each class against the rest and as means (roc_auc_macro, ...). Without scores (outputs 0, the same on every rank) what
/// needs them is missing. `visit` gets every ranking, once. Memory and traffic: Confusion, RankedScores, once for each class.
std::vector<Measure> classification_measures(comm::Communicator& communicator, std::span<const std::int32_t> labels,
                                             std::span<const std::int32_t> predicted, const Scores& scores, int classes,
                                             data::Budget& budget, const RankingVisitor& visit = nullptr);

/// The class that job: predict tells of each row: of two classes the second where its output (the last of one or two) is at least
/// a half, or 0 where scores are no probabilities; of more the one of the greatest output, ties to the lowest class. Not
/// collective. Memory: 4 bytes a row.
std::vector<std::int32_t> told_classes(const Scores& scores);

/// Collective; the same on every rank, in this order: mse, rmse, mae, r2, median_absolute_error, mean_bias (predicted less label)
/// and max_error. Sums are exact, rounded once; the median of an even number is the mean of the two in the middle. r2 of a
/// constant label is missing; so is what infinite values leave without a value. Memory: 8 bytes a row, from the budget. Sends
/// six exact sums and the reductions of comm::quantiles.
std::vector<Measure> regression_measures(comm::Communicator& communicator, std::span<const double> labels,
                                         std::span<const double> predicted, data::Budget& budget);

}  // namespace fullbase::metrics
