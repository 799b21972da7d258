// The rows that an evaluation is about: what they are, what was told of them, and with which scores.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "algorithms/metrics/ranked_scores.hpp"
#include "comm/communicator.hpp"
#include "data/block_source.hpp"
#include "data/budget.hpp"

namespace fullbase::jobs {

/// How a column's values are compared; types of one kind are comparable.
enum class ValueKind : std::uint8_t { truth, whole, text, number, none };
ValueKind value_kind(data::Type type) noexcept;

struct EvaluatedColumns {
  std::string label;
  std::string predicted;
  std::optional<std::string> score = {};     ///< of the second of two classes
  std::optional<std::string> positive = {};  ///< the second of two classes; else the later in order
};

/// This rank's rows that have a label, a prediction and, where scores are read, a score.
struct EvaluatedRows {
  std::vector<std::string> classes = {};      ///< false and true; else those of labels and predictions, in order, `positive` last
  std::vector<std::int32_t> labels = {};      ///< classes
  std::vector<std::int32_t> predicted = {};   ///< classes
  std::vector<double> label_values = {};      ///< a regression's
  std::vector<double> predicted_values = {};  ///< a regression's
  std::vector<double> scores = {};            ///< rows x outputs
  int outputs = 0;
  std::vector<std::uint8_t> kept = {};  ///< whether each local row of the table is one of these
  std::int64_t rows = 0;                ///< of all ranks
  // Of all ranks, each row counted once.
  std::int64_t without_label = 0;
  std::int64_t without_prediction = 0;
  std::int64_t without_score = 0;
  data::Reservation reservation = {};
  data::Reservation score_reservation = {};

  metrics::Scores all_scores() const { return {scores, outputs}; }
};

/// Collective. Labels and predictions as classes; `classes_scores` (null: none) is a ScoreTable of the rows. Scores are
/// read where there are two classes, or such a table. A class that the table of scores does not have has the score 0.
///
/// Throws input errors, the same on every rank: more classes than learning::most_classes, a `positive` that is none or one of
/// more than two, a table of scores that does not fit the rows (with the row). Reads each column once, those of int64 and string
/// classes twice. Memory, from the budget: 9 bytes a local row, and 8 a local row and output.
EvaluatedRows read_classes(comm::Communicator& communicator, const data::BlockSource& source, const EvaluatedColumns& columns,
                           const data::BlockSource* classes_scores, data::Budget& budget);

/// Collective. Labels and predictions as numbers. Memory: 17 bytes a local row.
EvaluatedRows read_values(comm::Communicator& communicator, const data::BlockSource& source, const EvaluatedColumns& columns,
                          data::Budget& budget);

}  // namespace fullbase::jobs
