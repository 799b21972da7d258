#include "algorithms/metrics/measures.hpp"

#include <optional>
#include <string_view>

#include "algorithms/metrics/confusion.hpp"
#include "algorithms/metrics/probabilities.hpp"

namespace fullbase::metrics {
namespace {

constexpr std::string_view ranking_names[] = {"roc_auc", "average_precision", "kolmogorov_smirnov"};

/// Measures of scores, all missing for one reason.
void add_missing(std::vector<Measure>& all, std::string_view reason) {
  for (const auto name : ranking_names) all.push_back(missing(name, reason));
  for (const auto* const name : {"log_loss", "brier"}) all.push_back(missing(name, reason));
}

/// A class against the rest, and the means over all classes.
void add_one_against_rest(comm::Communicator& communicator, std::span<const std::int32_t> labels, const Scores& scores,
                          int classes, data::Budget& budget, const RankingVisitor& visit, std::vector<Measure>& all) {
  std::vector<Measure> areas;
  std::vector<Measure> precisions;
  std::vector<Measure> distances;
  for (int k = 0; k < classes; ++k) {
    const auto ranked = RankedScores::build(communicator, labels, scores, k, k, budget);
    areas.push_back(roc_auc(communicator, ranked, k));
    precisions.push_back(average_precision(communicator, ranked, k));
    distances.push_back(kolmogorov_smirnov(communicator, ranked, k));
    if (visit) visit(k, ranked);
  }
  for (const auto* const measures : {&areas, &precisions, &distances}) {
    all.insert(all.end(), measures->begin(), measures->end());
    all.push_back(mean_of(measures->front().name + "_macro", *measures));
  }
}

}  // namespace

std::vector<std::int32_t> told_classes(const Scores& scores) {
  const double threshold = scores.probabilities ? 0.5 : 0.0;
  std::vector<std::int32_t> told;
  told.reserve(static_cast<std::size_t>(scores.rows()));
  for (std::int64_t row = 0; row < scores.rows(); ++row) {
    std::int32_t best = 0;
    if (scores.outputs <= 2) best = scores.of(row, scores.outputs - 1) >= threshold ? 1 : 0;
    for (std::int32_t k = 1; scores.outputs > 2 && k < scores.outputs; ++k) {
      if (scores.of(row, k) > scores.of(row, best)) best = k;
    }
    told.push_back(best);
  }
  return told;
}

std::vector<Measure> classification_measures(comm::Communicator& communicator, std::span<const std::int32_t> labels,
                                             std::span<const std::int32_t> predicted, const Scores& scores, int classes,
                                             data::Budget& budget, const RankingVisitor& visit) {
  const comm::StageScope stage(communicator.statistics(), "classification measures");
  auto all = confusion_measures(confusion(communicator, labels, predicted, classes));
  if (classes < 2) {
    add_missing(all, "there is one class only");
  } else if (scores.outputs == 0) {
    add_missing(all, classes == 2 ? "there are no scores" : "there are no scores of every class");
  } else {
    if (classes == 2) {
      const auto ranked = RankedScores::build(communicator, labels, scores, 1, scores.outputs - 1, budget);
      all.push_back(roc_auc(communicator, ranked));
      all.push_back(average_precision(communicator, ranked));
      all.push_back(kolmogorov_smirnov(communicator, ranked));
      if (visit) visit(1, ranked);
    } else {
      add_one_against_rest(communicator, labels, scores, classes, budget, visit, all);
    }
    for (auto& measure : probability_measures(communicator, labels, scores)) all.push_back(std::move(measure));
  }
  return all;
}

}  // namespace fullbase::metrics
