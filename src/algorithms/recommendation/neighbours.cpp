#include "algorithms/recommendation/neighbours.hpp"

#include <algorithm>
#include <iterator>
#include <numeric>

#include "algorithms/recommendation/likeness_pass.hpp"
#include "algorithms/recommendation/running_lists.hpp"
#include "comm/agreement.hpp"
#include "comm/row_exchange.hpp"
#include "parallel/for_each.hpp"

namespace fullbase::recommendation {
namespace {

using Lists = RunningLists<std::int32_t>;  // noted: what both have

/// What a thread works with.
struct Thread {
  TopList best;
  std::vector<TopList::Entry> fresh = {};
  std::vector<Lists::Listed> before = {};
};

/// All likenesses of a row that may have a place above `floor`.
void offer(const StripLikenesses& found, float floor, TopList& best) {
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

/// One column of all lists, one after the other.
template <class T, class F>
std::vector<T> column(const Lists& lists, F&& of) {
  std::vector<T> values;
  for (std::int64_t row = 0; row < std::ssize(lists.lengths()); ++row)
    std::ranges::transform(lists.of(row), std::back_inserter(values), of);
  return values;
}

/// Runs of rows [first, first + count), cut where their owner changes: for each rank, how many before its first.
std::vector<std::int64_t> cuts_at_owners(const RowShares& side, std::int64_t first, std::int64_t count) {
  std::vector<std::int64_t> cuts;
  for (int rank = 0; rank < side.ranks(); ++rank)
    cuts.push_back(std::clamp<std::int64_t>(side.rows_of(rank).first - first, 0, count));
  cuts.push_back(count);
  return cuts;
}

/// Lists of rows from `first` on go to the ranks that have the rows. Collective.
NeighbourLists at_home(comm::Communicator& communicator, const Lists& lists, std::int64_t first, const RowShares& side,
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
    const auto rows = side.rows_of(communicator.rank()).size() + std::ssize(lists.lengths());
    memory = budget.require(Lists::bytes(rows, most), "lists of neighbours");
    scores = column<float>(lists, [](const Lists::Listed& one) { return one.place.score; });
    ids = column<std::int32_t>(lists, [](const Lists::Listed& one) { return one.place.id; });
    common = column<std::int32_t>(lists, [](const Lists::Listed& one) { return one.note; });
    row_cuts = cuts_at_owners(side, first, std::ssize(lists.lengths()));
    std::int64_t row = 0;
    std::int64_t entries = 0;
    for (const auto cut : row_cuts) {
      for (; row < cut; ++row) entries += lists.lengths()[static_cast<std::size_t>(row)];
      entry_cuts.push_back(entries);
    }
  });
  const auto lengths = comm::RowExchange(communicator, {}, row_cuts).values(lists.lengths());
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
  Lists lists;
  std::vector<Thread> threads;
  comm::collective_try(communicator, "neighbours", [&] {
    memory = budget.require(Lists::bytes(count, most), "lists of neighbours");
    rows.resize(static_cast<std::size_t>(count));
    std::iota(rows.begin(), rows.end(), static_cast<std::int32_t>(first));
    lists = Lists(count, most);
    threads.assign(static_cast<std::size_t>(parallel::thread_count()), {TopList(most)});
  });
  pass.run(
      rows,
      [&](std::int64_t i, const EntryStrip& strip, const StripLikenesses& found, const RowScorer& scorer, int thread) {
        if (most == 0) return;
        auto& [best, fresh, before] = threads[static_cast<std::size_t>(thread)];
        offer(found, lists.floor(i), best);
        fresh.clear();
        for (const auto& [score, id] : best.take()) fresh.push_back({score, id + strip.first});
        lists.merge(
            i, fresh, [&](std::size_t k) { return scorer.common(fresh[k].id - strip.first); }, before);
      },
      progress);
  return at_home(communicator, lists, first, side, most, budget);
}

}  // namespace fullbase::recommendation
