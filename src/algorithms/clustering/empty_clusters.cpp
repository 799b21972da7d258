#include "algorithms/clustering/empty_clusters.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <span>
#include <vector>

#include "base/error.hpp"
#include "base/size.hpp"
#include "comm/agreement.hpp"
#include "parallel/for_each.hpp"

namespace fullbase::clustering {

namespace {

struct Far {
  double squared = 0;
  std::int64_t row = -1;
};

/// Farther first, then the lower row.
bool comes_before(const Far& a, const Far& b) {
  return a.squared != b.squared ? a.squared > b.squared : a.row < b.row;
}

/// Rows of one thread, then of one rank: the `limit` first by comes_before, and the last of each cluster.
class Ends {
 public:
  Ends(std::size_t limit, int clusters) : limit_(limit), last_(static_cast<std::size_t>(clusters)) {}

  void add(const Far& far, std::int32_t label) {
    auto& last = last_[static_cast<std::size_t>(label)];
    if (last.row < 0 || comes_before(last, far)) last = far;
    if (far.squared > 0) add_first(far);
  }
  void add(const Ends& other) {
    for (std::size_t c = 0; c < last_.size(); ++c)
      if (other.last_[c].row >= 0 && (last_[c].row < 0 || comes_before(last_[c], other.last_[c]))) last_[c] = other.last_[c];
    for (const auto& far : other.first_) add_first(far);
  }
  const std::vector<Far>& first() const noexcept { return first_; }
  const std::vector<Far>& last() const noexcept { return last_; }

 private:
  void add_first(const Far& far) {
    if (first_.size() == limit_ && !comes_before(far, first_.front())) return;
    if (first_.size() == limit_) {
      std::pop_heap(first_.begin(), first_.end(), comes_before);
      first_.pop_back();
    }
    first_.push_back(far);
    std::push_heap(first_.begin(), first_.end(), comes_before);
  }

  std::size_t limit_;
  std::vector<Far> first_;  ///< a heap, its last by comes_before in front
  std::vector<Far> last_;   ///< row -1: none
};

/// Each cluster's last row over all ranks; argmin gives ties to the lower index, so indexes run against the rows.
std::vector<std::int64_t> last_rows(comm::Communicator& communicator, std::span<const Far> local, std::int64_t rows) {
  std::vector<comm::Extreme> extremes;
  for (const auto& far : local) extremes.push_back({far.squared, far.row < 0 ? -1 : rows - 1 - far.row});
  communicator.argmin(extremes);
  std::vector<std::int64_t> last;
  for (const auto& extreme : extremes) last.push_back(extreme.index < 0 ? -1 : rows - 1 - extreme.index);
  return last;
}

}  // namespace

std::int64_t fill_empty_clusters(comm::Communicator& communicator, const data::MatrixBlocks& matrix,
                                 base::matrix_view<const float> centroids, Assignment& assignment, ClusterSums& local,
                                 ClusterSums& global) {
  std::vector<std::int32_t> empty;
  for (int c = 0; c < global.clusters(); ++c)
    if (global.count(c) == 0) empty.push_back(c);
  if (empty.empty()) return 0;

  comm::StageScope stage(communicator.statistics(), "empty clusters");

  // A rank's first k rows hold its first e that may move: at most k - e of all rows are the last ones of their clusters.
  const auto clusters = global.clusters();
  const auto ends = comm::collective_try(communicator, "farthest rows", [&] {
    std::vector<Ends> shares(static_cast<std::size_t>(parallel::thread_count()),
                             Ends(static_cast<std::size_t>(clusters), clusters));
    assignment.distances(centroids, [&](std::int64_t row, double squared, int thread) {
      shares[static_cast<std::size_t>(thread)].add({squared, row}, assignment.label(row));
    });
    for (std::size_t t = 1; t < shares.size(); ++t) shares[0].add(shares[t]);
    return shares[0];
  });
  const auto last = last_rows(communicator, ends.last(), matrix.rows());
  std::vector<Far> own;
  for (const auto& far : ends.first())
    if (last[static_cast<std::size_t>(assignment.label(far.row))] != far.row) own.push_back(far);
  std::sort(own.begin(), own.end(), comes_before);
  own.resize(std::min(own.size(), empty.size()));
  auto farthest = communicator.all_gather_all(std::span<const Far>(own)).values;
  std::sort(farthest.begin(), farthest.end(), comes_before);
  farthest.resize(std::min(farthest.size(), empty.size()));
  if (farthest.empty())
    throw base::input_error(fmt::format("only {} different rows for {} clusters",
                                        base::format_count(clusters - static_cast<std::int64_t>(empty.size())), clusters),
                            {}, "ask for fewer clusters")
        .known_to_all();

  comm::collective_try(communicator, "fill empty clusters", [&] {
    for (std::size_t i = 0; i < farthest.size(); ++i)
      if (matrix.local_rows().contains(farthest[i].row)) assignment.move_row(farthest[i].row, empty[i], local);
  });
  std::copy(local.values().begin(), local.values().end(), global.values().begin());
  communicator.sum(global.values());
  return std::ssize(farthest);
}

}  // namespace fullbase::clustering
