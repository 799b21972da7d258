#include "algorithms/clustering/empty_clusters.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "base/error.hpp"
#include "base/size.hpp"
#include "comm/agreement.hpp"
#include "parallel/for_each.hpp"

namespace fullbase::clustering {

namespace {

struct Far {
  double squared = 0;
  std::int64_t row = 0;
};

/// Farther first, then the lower row.
bool comes_before(const Far& a, const Far& b) {
  return a.squared != b.squared ? a.squared > b.squared : a.row < b.row;
}

/// The `limit` first of all rows added, by comes_before.
class Farthest {
 public:
  explicit Farthest(std::size_t limit) : limit_(limit) {}
  void add(const Far& far) {
    if (rows_.size() == limit_ && !comes_before(far, rows_.front())) return;
    if (rows_.size() == limit_) {
      std::pop_heap(rows_.begin(), rows_.end(), comes_before);
      rows_.pop_back();
    }
    rows_.push_back(far);
    std::push_heap(rows_.begin(), rows_.end(), comes_before);
  }
  const std::vector<Far>& rows() const noexcept { return rows_; }

 private:
  std::size_t limit_;
  std::vector<Far> rows_;
};

}  // namespace

std::int64_t fill_empty_clusters(comm::Communicator& communicator, const data::MatrixBlocks& matrix,
                                 base::matrix_view<const float> centroids, Assignment& assignment, ClusterSums& local,
                                 ClusterSums& global) {
  std::vector<int> empty;
  for (int c = 0; c < global.clusters(); ++c)
    if (global.count(c) == 0) empty.push_back(c);
  if (empty.empty()) return 0;

  // A row at its centroid, or alone in its cluster, is no candidate; a cluster that runs out of spare rows on the way skips some,
  // and what remains empty is filled in the next iteration.
  const auto farthest = comm::collective_try(communicator, "farthest rows", [&] {
    std::vector<Farthest> shares(static_cast<std::size_t>(parallel::thread_count()), Farthest(empty.size()));
    assignment.distances(centroids, [&](std::int64_t row, double squared, int thread) {
      if (squared > 0 && global.count(assignment.label(row)) > 1) shares[static_cast<std::size_t>(thread)].add({squared, row});
    });
    for (std::size_t t = 1; t < shares.size(); ++t)
      for (const auto& far : shares[t].rows()) shares[0].add(far);
    return shares[0].rows();
  });
  struct Candidate {
    Far far;
    std::int64_t label;
  };
  std::vector<Candidate> own;
  for (const auto& far : farthest) own.push_back({far, assignment.label(far.row)});
  auto candidates = communicator.all_gather_all(std::span<const Candidate>(own)).values;
  std::sort(candidates.begin(), candidates.end(), [](const auto& a, const auto& b) { return comes_before(a.far, b.far); });
  if (candidates.empty())
    throw base::input_error(
        fmt::format("only {} different rows for {} clusters",
                    base::format_count(global.clusters() - static_cast<std::int64_t>(empty.size())), global.clusters()),
        {}, "ask for fewer clusters");

  std::vector<std::int64_t> left(static_cast<std::size_t>(global.clusters()));
  for (int c = 0; c < global.clusters(); ++c) left[static_cast<std::size_t>(c)] = global.count(c);
  std::vector<std::pair<std::int64_t, std::int32_t>> moves;
  for (const auto& candidate : candidates) {
    if (moves.size() == empty.size()) break;
    auto& rows = left[static_cast<std::size_t>(candidate.label)];
    if (rows <= 1) continue;
    --rows;
    moves.emplace_back(candidate.far.row, empty[moves.size()]);
  }

  comm::collective_try(communicator, "fill empty clusters", [&] {
    for (const auto& [row, cluster] : moves)
      if (matrix.local_rows().contains(row)) assignment.move_row(row, cluster, local);
  });
  std::copy(local.values().begin(), local.values().end(), global.values().begin());
  communicator.sum(global.values());
  return static_cast<std::int64_t>(moves.size());
}

}  // namespace fullbase::clustering
