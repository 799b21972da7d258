#include "algorithms/recommendation/neighbours.hpp"

#include <algorithm>
#include <iterator>
#include <limits>
#include <memory>
#include <numeric>

#include "algorithms/recommendation/likeness_pass.hpp"
#include "comm/agreement.hpp"
#include "comm/row_exchange.hpp"
#include "parallel/for_each.hpp"

namespace fullbase::recommendation {
namespace {

/// The best so far of the rows that a rank works on, while the strips pass.
class RunningLists {
 public:
  struct Listed {
    TopList::Entry place;
    std::int32_t common;
  };
  /// What a thread works with.
  struct Thread {
    TopList best;
    std::vector<Listed> before = {};
  };

  RunningLists(std::int64_t rows, std::int64_t most)
      : most_(most), lengths_(static_cast<std::size_t>(rows)), listed_(static_cast<std::size_t>(rows * most)) {}

  static std::int64_t bytes(std::int64_t rows, std::int64_t most) noexcept { return (12 * most + 4) * rows; }

  /// What is likelier than this, or than 0 where there is room, has a place in the list of row `i`.
  void take_best(std::int64_t i, const EntryStrip& strip, const StripLikenesses& found, const RowScorer& scorer, Thread& thread) {
    if (most_ == 0) return;
    const auto length = static_cast<std::size_t>(lengths_[static_cast<std::size_t>(i)]);
    auto* const list = listed_.data() + i * most_;
    const bool is_full = static_cast<std::int64_t>(length) == most_;
    const float floor = is_full ? list[most_ - 1].place.score : -std::numeric_limits<float>::infinity();
    offer(found, floor, thread.best);
    const auto fresh = thread.best.take();
    if (fresh.empty()) return;
    auto& old = thread.before;
    old.assign(list, list + length);
    std::size_t from_old = 0;
    std::size_t from_fresh = 0;
    std::int64_t at = 0;
    for (; at < most_ && (from_old < length || from_fresh < fresh.size()); ++at) {
      if (from_fresh == fresh.size() || (from_old < length && old[from_old].place < listed(fresh[from_fresh], strip))) {
        list[at] = old[from_old++];
      } else {
        list[at] = {listed(fresh[from_fresh], strip), scorer.common(fresh[from_fresh].id)};
        ++from_fresh;
      }
    }
    lengths_[static_cast<std::size_t>(i)] = static_cast<std::int32_t>(at);
  }

  std::span<const std::int32_t> lengths() const noexcept { return lengths_; }
  std::int64_t length(std::int64_t i) const noexcept { return lengths_[static_cast<std::size_t>(i)]; }

  /// One column of all lists, one after the other.
  template <class T, class F>
  std::vector<T> column(F&& of) const {
    std::vector<T> values;
    for (std::int64_t i = 0; i < std::ssize(lengths_); ++i) {
      const auto* const list = listed_.data() + i * most_;
      std::transform(list, list + length(i), std::back_inserter(values), of);
    }
    return values;
  }

 private:
  static TopList::Entry listed(TopList::Entry found, const EntryStrip& strip) noexcept {
    return {found.score, found.id + strip.first};
  }

  static void offer(const StripLikenesses& found, float floor, TopList& best) {
    const auto* const likeness = found.likeness.data();
    float bound = floor;
    const auto offer_one = [&](std::int32_t id) {
      if (likeness[id] == 0 || likeness[id] < bound) return;
      best.offer(likeness[id], id);
      if (best.is_full()) bound = std::max(floor, best.least());
    };
    if (found.is_sparse) {
      for (const auto id : found.touched) offer_one(id);
      return;
    }
    // Most are below the bound: looked at many at a time.
    constexpr std::int32_t many = 16;
    const auto width = static_cast<std::int32_t>(found.likeness.size());
    std::int32_t id = 0;
    for (; id + many <= width; id += many) {
      std::int32_t reach = 0;
      for (std::int32_t k = 0; k < many; ++k) reach |= static_cast<std::int32_t>(likeness[id + k] >= bound);
      if (reach == 0) continue;
      for (std::int32_t k = 0; k < many; ++k) offer_one(id + k);
    }
    for (; id < width; ++id) offer_one(id);
  }

  std::int64_t most_;
  std::vector<std::int32_t> lengths_;
  std::vector<Listed> listed_;
};

/// Runs of rows [first, first + count), cut where their owner changes: for each rank, how many before its first.
std::vector<std::int64_t> cuts_at_owners(const RowShares& side, std::int64_t first, std::int64_t count) {
  std::vector<std::int64_t> cuts;
  for (int rank = 0; rank < side.ranks(); ++rank)
    cuts.push_back(std::clamp<std::int64_t>(side.rows_of(rank).first - first, 0, count));
  cuts.push_back(count);
  return cuts;
}

/// Lists of rows from `first` on go to the ranks that have the rows. Collective.
NeighbourLists at_home(comm::Communicator& communicator, const RunningLists& running, std::int64_t first, const RowShares& side,
                       std::int64_t most, data::Budget& budget) {
  const comm::StageScope stage(communicator.statistics(), "lists to their rows");
  NeighbourLists result;
  data::Reservation memory;
  std::vector<float> scores;
  std::vector<std::int32_t> ids;
  std::vector<std::int32_t> common;
  std::vector<std::int64_t> row_cuts;
  std::vector<std::int64_t> entry_cuts;
  comm::collective_try(communicator, "lists to their rows", [&] {
    memory = budget.require(RunningLists::bytes(side.rows_of(communicator.rank()).size(), most), "lists of neighbours");
    scores = running.column<float>([](const RunningLists::Listed& one) { return one.place.score; });
    ids = running.column<std::int32_t>([](const RunningLists::Listed& one) { return one.place.id; });
    common = running.column<std::int32_t>([](const RunningLists::Listed& one) { return one.common; });
    row_cuts = cuts_at_owners(side, first, std::ssize(running.lengths()));
    std::int64_t row = 0;
    std::int64_t entries = 0;
    for (const auto cut : row_cuts) {
      for (; row < cut; ++row) entries += running.length(row);
      entry_cuts.push_back(entries);
    }
  });
  const auto lengths = comm::RowExchange(communicator, {}, row_cuts).values(running.lengths());
  result.lists.starts.resize(lengths.size() + 1);
  std::inclusive_scan(lengths.begin(), lengths.end(), result.lists.starts.begin() + 1, std::plus<>(), std::int64_t{0});
  comm::RowExchange exchange(communicator, {}, entry_cuts);
  result.lists.scores = exchange.values(std::span<const float>(scores));
  result.lists.ids = exchange.values(std::span<const std::int32_t>(ids));
  result.common = exchange.values(std::span<const std::int32_t>(common));
  return result;
}

}  // namespace

NeighbourLists find_neighbours(comm::Communicator& communicator, const Interactions& matrix, const NeighbourOptions& options,
                               data::Budget& budget, const std::function<void(std::int64_t done, std::int64_t total)>& progress) {
  LikenessPass pass(communicator, matrix, options, budget);
  const auto& side = pass.side();
  const auto most = std::clamp<std::int64_t>(options.neighbours, 0, std::max<std::int64_t>(0, side.rows() - 1));
  std::vector<std::int64_t> costs;
  comm::collective_try(communicator, "neighbours", [&] {
    for (std::int64_t r = 0; r < pass.own().rows(); ++r) costs.push_back(pass.cost_of(r));
  });
  const auto cuts = even_cuts(communicator, costs);
  const auto first = cuts[static_cast<std::size_t>(communicator.rank())];
  const auto count = cuts[static_cast<std::size_t>(communicator.rank()) + 1] - first;
  std::vector<std::int32_t> rows;
  data::Reservation memory;
  std::unique_ptr<RunningLists> running;
  std::vector<RunningLists::Thread> threads;
  comm::collective_try(communicator, "neighbours", [&] {
    memory = budget.require(RunningLists::bytes(count, most), "lists of neighbours");
    rows.resize(static_cast<std::size_t>(count));
    std::iota(rows.begin(), rows.end(), static_cast<std::int32_t>(first));
    running = std::make_unique<RunningLists>(count, most);
    threads.assign(static_cast<std::size_t>(parallel::thread_count()), {TopList(most)});
  });
  pass.run(
      rows,
      [&](std::int64_t i, const EntryStrip& strip, const StripLikenesses& found, const RowScorer& scorer, int thread) {
        running->take_best(i, strip, found, scorer, threads[static_cast<std::size_t>(thread)]);
      },
      progress);
  return at_home(communicator, *running, first, side, most, budget);
}

}  // namespace fullbase::recommendation
