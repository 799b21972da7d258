#include "algorithms/metrics/curves.hpp"

#include <limits>
#include <span>

#include "base/contract.hpp"
#include "base/int128.hpp"

namespace fullbase::metrics {
namespace {

using base::int128;

/// i / n of `rows` rows, in whole rows.
std::int64_t part_of(std::int64_t rows, std::int64_t i, std::int64_t n) noexcept {
  return static_cast<std::int64_t>(static_cast<int128>(rows) * i / n);
}

}  // namespace

std::vector<CurvePoint> curve_points(comm::Communicator& communicator, const RankedScores& ranked, std::int64_t most) {
  FULLBASE_EXPECTS(most > 0, "a curve has points");
  const bool all = ranked.group_count() <= most;
  std::vector<CurvePoint> here;
  auto rows = ranked.rows_before();
  auto positives = ranked.positives_before();
  std::int64_t next = 1;  // the point that is looked for
  for (const auto& group : ranked.groups()) {
    while (next <= most && part_of(ranked.rows(), next, most) <= rows) ++next;
    rows += group.rows;
    positives += group.positives;
    if (all || (next <= most && part_of(ranked.rows(), next, most) <= rows)) here.push_back({group.score, rows, positives});
  }
  auto points = communicator.all_gather_all(std::span<const CurvePoint>(here)).values;
  if (ranked.rows() > 0) points.insert(points.begin(), {std::numeric_limits<double>::infinity(), 0, 0});
  return points;
}

std::vector<LiftPart> lift_parts(comm::Communicator& communicator, const RankedScores& ranked, int parts) {
  FULLBASE_EXPECTS(parts > 0, "there is a part");
  struct Border {
    std::int64_t part;
    double positives;  // of the rows before it
  };
  std::vector<Border> here;
  auto rows = ranked.rows_before();
  auto positives = ranked.positives_before();
  std::int64_t part = 1;
  for (const auto& group : ranked.groups()) {
    for (; part <= parts && part_of(ranked.rows(), part, parts) <= rows + group.rows; ++part) {
      const auto within = part_of(ranked.rows(), part, parts) - rows;
      if (within <= 0) continue;  // it lies behind a row of the group before, which has it
      const auto shared = static_cast<int128>(positives) * group.rows + static_cast<int128>(group.positives) * within;
      here.push_back({part, static_cast<double>(shared) / static_cast<double>(group.rows)});
    }
    rows += group.rows;
    positives += group.positives;
  }
  std::vector<LiftPart> result(static_cast<std::size_t>(parts));
  for (const auto& border : communicator.all_gather_all(std::span<const Border>(here)).values)
    result[static_cast<std::size_t>(border.part - 1)].cumulative_positives = border.positives;
  LiftPart before;
  for (std::size_t p = 0; p < result.size(); ++p) {
    auto& one = result[p];
    one.cumulative_rows = part_of(ranked.rows(), static_cast<std::int64_t>(p) + 1, parts);
    one.rows = one.cumulative_rows - before.cumulative_rows;
    one.positives = one.cumulative_positives - before.cumulative_positives;
    before = one;
  }
  return result;
}

}  // namespace fullbase::metrics
