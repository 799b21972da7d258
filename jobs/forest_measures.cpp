#include "jobs/forest_measures.hpp"

#include <algorithm>

#include "algorithms/metrics/confusion.hpp"
#include "algorithms/metrics/measures.hpp"
#include "comm/agreement.hpp"

namespace fullbase::jobs {
namespace {

/// What was scored of this rank's rows, and what is true of them.
struct Scored {
  std::vector<double> outputs;
  std::vector<std::int32_t> codes;
  std::vector<double> values;
  std::int64_t rows = 0;
};

Scored scored_rows(const trees::RowScores& scores, const learning::Target& target, int outputs) {
  Scored scored;
  for (std::size_t i = 0; i < scores.is_scored.size(); ++i) {
    if (scores.is_scored[i] == 0) continue;
    ++scored.rows;
    const auto first = scores.outputs.begin() + static_cast<std::ptrdiff_t>(i) * outputs;
    scored.outputs.insert(scored.outputs.end(), first, first + outputs);
    if (target.task == learning::Task::regression) {
      scored.values.push_back(target.values[i]);
    } else {
      scored.codes.push_back(target.codes[i]);
    }
  }
  return scored;
}

}  // namespace

OutOfBagMeasures out_of_bag_measures(comm::Communicator& communicator, const trees::ForestScorer& scorer,
                                     const data::ByteBlocks& matrix, const trees::UnseenTrees& unseen,
                                     const learning::Target& target, data::Budget& budget) {
  const int outputs = scorer.head().outputs();
  const auto local = matrix.local_rows().size();
  data::Reservation reservation;
  const auto scored = comm::collective_try(communicator, "out of bag", [&] {
    // The scores, and those of the rows that have some once more.
    reservation = budget.require(2 * (trees::row_scores_bytes(local, outputs) + 8 * local), "out-of-bag scores");
    trees::RowScores scores;
    trees::score_rows(scorer, matrix, &unseen, {}, scores);
    return scored_rows(scores, target, outputs);
  });
  OutOfBagMeasures measured;
  measured.rows = communicator.sum_value(scored.rows);
  if (target.task == learning::Task::regression) {
    measured.measures = metrics::regression_measures(communicator, scored.values, scored.outputs, budget);
  } else {
    const metrics::Scores all{scored.outputs, outputs, true};
    measured.measures = metrics::classification_measures(communicator, scored.codes, metrics::told_classes(all), all,
                                                         target.class_count(), budget);
  }
  return measured;
}

trees::Quality quality_of_rows(comm::Communicator& communicator, const trees::ForestScorer& scorer,
                               const learning::Target& target, data::Budget& budget) {
  return [&communicator, &scorer, &target, &budget](const trees::RowScores& scores) {
    const int outputs = scorer.head().outputs();
    const auto scored = scored_rows(scores, target, outputs);
    const bool is_number = target.task == learning::Task::regression;
    const auto measures =
        is_number
            ? metrics::regression_measures(communicator, scored.values, scored.outputs, budget)
            : metrics::confusion_measures(metrics::confusion(
                  communicator, scored.codes, metrics::told_classes({scored.outputs, outputs, true}), target.class_count()));
    return std::ranges::find(measures, is_number ? "r2" : "accuracy", &metrics::Measure::name)->value;
  };
}

}  // namespace fullbase::jobs
