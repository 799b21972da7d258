// What becomes of a ranking when everybody above a threshold is taken: ROC and precision-recall points, gains and lift.
#pragma once

#include <cstdint>
#include <vector>

#include "algorithms/metrics/ranked_scores.hpp"
#include "comm/communicator.hpp"

namespace fullbase::metrics {

/// The rows whose score is at least the threshold.
struct CurvePoint {
  double threshold = 0;  ///< infinite at the first point, which takes nobody
  std::int64_t rows = 0;
  std::int64_t positives = 0;
};

/// Thresholds of usual tables.
inline constexpr std::int64_t usual_points = 200;

/// Collective; the same on every rank. The point that takes nobody, then a point a score, descending, where there are at most
/// `most` scores; else those of the scores in which the rows at i / most of all rows lie, i = 1 ... most, each once. Every point
/// is exact, the last takes all rows. Empty without rows. Sends 24 bytes a point.
std::vector<CurvePoint> curve_points(comm::Communicator& communicator, const RankedScores& ranked,
                                     std::int64_t most = usual_points);

/// A part of the rows in descending order of score, and all up to it.
struct LiftPart {
  std::int64_t rows = 0;
  double positives = 0;
  std::int64_t cumulative_rows = 0;
  double cumulative_positives = 0;
};

/// Collective; the same on every rank. Part d of D ends behind row floor(n d / D). Where that lies between rows of one score, the
/// positives among these are shared out by rows, since nothing tells which of them comes first: counts of positives are then
/// no whole numbers. Sends 16 bytes a part.
std::vector<LiftPart> lift_parts(comm::Communicator& communicator, const RankedScores& ranked, int parts = 10);

}  // namespace fullbase::metrics
