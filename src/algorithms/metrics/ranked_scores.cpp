#include "algorithms/metrics/ranked_scores.hpp"

#include <algorithm>
#include <cmath>
#include <optional>
#include <string_view>
#include <utility>

#include "base/contract.hpp"
#include "base/exact_sum.hpp"
#include "base/int128.hpp"
#include "comm/agreement.hpp"
#include "comm/cut_positions.hpp"
#include "comm/row_exchange.hpp"

namespace fullbase::metrics {
namespace {

using base::int128;

constexpr std::string_view one_class = "all rows are of one class, or there are none";

/// Ascends as the score descends.
std::uint64_t key_of(double score) noexcept {
  return ~comm::ordered_bits(score + 0.0);
}

/// This rank's rows by descending score, those of equal scores together.
std::vector<ScoreGroup> local_groups(std::span<const std::int32_t> labels, const Scores& scores, std::int32_t positive,
                                     int output) {
  std::vector<std::uint64_t> with;  // keys of positive rows, and of the others
  std::vector<std::uint64_t> without;
  const auto positives = static_cast<std::size_t>(std::ranges::count(labels, positive));
  with.reserve(positives);
  without.reserve(labels.size() - positives);
  for (std::size_t i = 0; i < labels.size(); ++i)
    (labels[i] == positive ? with : without).push_back(key_of(scores.of(static_cast<std::int64_t>(i), output)));
  std::ranges::sort(with);
  std::ranges::sort(without);
  std::vector<ScoreGroup> groups;
  groups.reserve(labels.size());
  auto a = with.begin();
  auto b = without.begin();
  while (a != with.end() || b != without.end()) {
    const auto key = b == without.end() || (a != with.end() && *a < *b) ? *a : *b;
    const auto a_end = std::find_if(a, with.end(), [&](std::uint64_t other) { return other != key; });
    const auto b_end = std::find_if(b, without.end(), [&](std::uint64_t other) { return other != key; });
    groups.push_back({comm::double_of_ordered_bits(~key), (a_end - a) + (b_end - b), a_end - a});
    a = a_end;
    b = b_end;
  }
  return groups;
}

/// Runs [starts[r], starts[r + 1]), each by descending score, in one, neighbours by neighbours.
void merge_runs(std::vector<ScoreGroup>& groups, std::vector<std::int64_t> starts) {
  const auto at = [&](std::size_t run) { return groups.begin() + starts[std::min(run, starts.size() - 1)]; };
  while (starts.size() > 2) {
    std::vector<std::int64_t> fewer;
    for (std::size_t run = 0; run + 1 < starts.size(); run += 2) {
      std::inplace_merge(at(run), at(run + 1), at(run + 2),
                         [](const ScoreGroup& a, const ScoreGroup& b) { return a.score > b.score; });
      fewer.push_back(starts[run]);
    }
    fewer.push_back(starts.back());
    starts = std::move(fewer);
  }
}

/// Groups of equal scores, which lie beside each other, in one.
void unite(std::vector<ScoreGroup>& groups) {
  std::size_t kept = 0;
  for (std::size_t i = 0; i < groups.size(); ++i) {
    if (kept > 0 && groups[kept - 1].score == groups[i].score) {
      groups[kept - 1].rows += groups[i].rows;
      groups[kept - 1].positives += groups[i].positives;
    } else {
      groups[kept++] = groups[i];
    }
  }
  groups.resize(kept);
}

/// Calls visit(group, rows before it, positives before it) for each of this rank's.
template <class Visit>
void for_each_group(const RankedScores& ranked, Visit&& visit) {
  auto rows = ranked.rows_before();
  auto positives = ranked.positives_before();
  for (const auto& group : ranked.groups()) {
    visit(group, rows, positives);
    rows += group.rows;
    positives += group.positives;
  }
}

}  // namespace

RankedScores RankedScores::build(comm::Communicator& communicator, std::span<const std::int32_t> labels, const Scores& scores,
                                 std::int32_t positive, int output, data::Budget& budget) {
  FULLBASE_EXPECTS(std::ssize(labels) == scores.rows(), "every row has a label and a score");
  const comm::StageScope stage(communicator.statistics(), "rank scores");
  constexpr auto purpose = "the order of this rank's scores";
  constexpr auto group_bytes = static_cast<std::int64_t>(sizeof(ScoreGroup));
  RankedScores ranked;
  std::optional<data::Reservation> sorting;
  auto groups = comm::collective_try(communicator, "sort", [&] {
    sorting = budget.require(std::ssize(labels) * (8 + group_bytes), purpose);
    return local_groups(labels, scores, positive, output);
  });
  if (communicator.size() > 1) {
    std::vector<std::int64_t> targets;
    const auto count = communicator.sum_value(std::ssize(groups));
    for (int r = 1; r < communicator.size(); ++r)
      targets.push_back(static_cast<std::int64_t>(static_cast<int128>(count) * r / communicator.size()));
    auto starts = comm::cut_positions(
        communicator, std::ssize(groups),
        [&](std::int64_t position, int) { return key_of(groups[static_cast<std::size_t>(position)].score); }, 1, targets,
        comm::Cut::whole_groups);
    starts.insert(starts.begin(), 0);
    starts.push_back(std::ssize(groups));
    comm::RowExchange exchange(communicator, {}, std::move(starts));
    ranked.reservation_ = comm::collective_try(
        communicator, "exchange", [&] { return budget.require(exchange.received() * group_bytes * 3 / 2, purpose); });
    groups = exchange.values(std::span<const ScoreGroup>(groups));
    merge_runs(groups, exchange.received_starts());
    unite(groups);
    sorting.reset();
  } else {
    ranked.reservation_ = std::move(*sorting);
  }
  ranked.groups_ = std::move(groups);
  std::vector<std::int64_t> here = {0, 0, std::ssize(ranked.groups_)};
  for (const auto& group : ranked.groups_) {
    here[0] += group.rows;
    here[1] += group.positives;
  }
  ranked.rows_before_ = communicator.exclusive_sum(here[0]);
  ranked.positives_before_ = communicator.exclusive_sum(here[1]);
  communicator.sum(std::span(here));
  ranked.rows_ = here[0];
  ranked.positives_ = here[1];
  ranked.group_count_ = here[2];
  return ranked;
}

Measure roc_auc(comm::Communicator& communicator, const RankedScores& ranked, int of_class) {
  int128 twice = 0;  // pairs in the right order, and half of those of equal scores
  for_each_group(ranked, [&](const ScoreGroup& group, std::int64_t, std::int64_t positives) {
    twice += static_cast<int128>(group.rows - group.positives) * (2 * positives + group.positives);
  });
  twice = communicator.sum_value(twice);
  const auto pairs = static_cast<int128>(ranked.positives()) * ranked.negatives();
  return ratio("roc_auc", of_class, static_cast<double>(twice), static_cast<double>(2 * pairs), one_class);
}

Measure average_precision(comm::Communicator& communicator, const RankedScores& ranked, int of_class) {
  base::ExactSum sum;
  for_each_group(ranked, [&](const ScoreGroup& group, std::int64_t rows, std::int64_t positives) {
    if (group.positives == 0) return;
    const double precision = static_cast<double>(positives + group.positives) / static_cast<double>(rows + group.rows);
    sum.add(static_cast<double>(group.positives) * precision);
  });
  communicator.sum(std::span(&sum, 1));
  return ratio("average_precision", of_class, sum.value(), static_cast<double>(ranked.positives()), "no row is of this class");
}

Measure kolmogorov_smirnov(comm::Communicator& communicator, const RankedScores& ranked, int of_class) {
  double greatest = 0;
  for_each_group(ranked, [&](const ScoreGroup& group, std::int64_t rows, std::int64_t positives) {
    const auto above = positives + group.positives;
    const auto others = rows + group.rows - above;
    const auto distance = static_cast<int128>(above) * ranked.negatives() - static_cast<int128>(others) * ranked.positives();
    greatest = std::max(greatest, std::abs(static_cast<double>(distance)));
  });
  greatest = communicator.max_value(greatest);
  const auto pairs = static_cast<int128>(ranked.positives()) * ranked.negatives();
  return ratio("kolmogorov_smirnov", of_class, greatest, static_cast<double>(pairs), one_class);
}

}  // namespace fullbase::metrics
