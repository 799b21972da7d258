#include "algorithms/itemsets/pair_passes.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <mutex>
#include <optional>
#include <utility>

#include "algorithms/itemsets/pair_rows.hpp"
#include "base/error.hpp"
#include "base/size.hpp"
#include "comm/agreement.hpp"
#include "parallel/for_each.hpp"

namespace fullbase::itemsets {
namespace {

/// A pair and its count as ranks send it.
struct CountedPair {
  std::int32_t rarer;
  std::int32_t other;
  std::int64_t count;
};

constexpr std::int64_t pair_bytes = sizeof(CountedPair);

/// What the rows take on a rank, the same on all ranks.
struct RowCosts {
  std::vector<std::int64_t> here;    ///< bytes where most is counted: PairRows and the pairs that are sent
  std::vector<std::int64_t> summed;  ///< pairs that ranks can send, all together
};

RowCosts row_costs(comm::Communicator& communicator, std::span<const std::int64_t> bounds) {
  RowCosts costs;
  for (std::size_t row = 0; row < bounds.size(); ++row)
    costs.here.push_back(PairRows::row_bytes(static_cast<std::int32_t>(row), bounds[row]) + pair_bytes * bounds[row]);
  costs.summed.assign(bounds.begin(), bounds.end());
  communicator.max(std::span(costs.here));
  communicator.sum(std::span(costs.summed));
  return costs;
}

/// Rows of a pass, cut for the ranks: rank r adds up [starts[r], starts[r + 1]).
struct Pass {
  std::int32_t first = 0;
  std::int32_t last = 0;
  std::vector<std::int32_t> starts;
  std::int64_t bytes = 0;  ///< of budget, on the rank that needs most
};

/// The pass from row `first` on with as many rows as `most` bytes allow, at least one.
Pass next_pass(const RowCosts& costs, std::int32_t first, std::int64_t most, int ranks) {
  const auto items = static_cast<std::int32_t>(costs.here.size());
  Pass pass{first, first, {first}, 0};
  std::int64_t here = 0;
  std::int64_t summed = 0;
  while (pass.last < items) {
    const auto row = static_cast<std::size_t>(pass.last);
    const auto more = here + costs.here[row] + 2 * pair_bytes * ((summed + costs.summed[row]) / ranks);
    if (pass.last > first && more > most) break;
    here += costs.here[row];
    summed += costs.summed[row];
    ++pass.last;
  }
  // Rows in order, the same share of what is sent for each rank but for the row at its end.
  std::int64_t before = 0;
  std::int64_t own = 0;
  std::int64_t most_own = 0;
  for (auto row = first; row < pass.last; ++row) {
    const auto pairs = costs.summed[static_cast<std::size_t>(row)];
    while (std::ssize(pass.starts) < ranks && before * ranks >= summed * std::ssize(pass.starts) && summed > 0) {
      pass.starts.push_back(row);
      own = 0;
    }
    before += pairs;
    own += pairs;
    most_own = std::max(most_own, own);
  }
  pass.starts.resize(static_cast<std::size_t>(ranks) + 1, pass.last);
  pass.bytes = here + 2 * pair_bytes * most_own;
  return pass;
}

/// Pairs that ranks sent, each rank's ascending: equal ones added up, those of fewer than `least` baskets left out.
std::vector<CountedPair> added_up(comm::Gathered<CountedPair> received, std::int64_t least) {
  const auto key = [](const CountedPair& pair) { return std::pair(pair.rarer, pair.other); };
  auto& pairs = received.values;
  const auto& starts = received.starts;
  const auto at = [&](std::size_t rank) { return pairs.begin() + starts[std::min(rank, starts.size() - 1)]; };
  for (std::size_t width = 1; width + 1 < starts.size(); width *= 2) {
    for (std::size_t rank = 0; rank + width < starts.size(); rank += 2 * width)
      std::ranges::inplace_merge(at(rank), at(rank + width), at(rank + 2 * width), {}, key);
  }
  std::size_t kept = 0;
  for (std::size_t i = 0; i < pairs.size();) {
    auto pair = pairs[i];
    for (++i; i < pairs.size() && key(pairs[i]) == key(pair); ++i) pair.count += pairs[i].count;
    if (pair.count >= least) pairs[kept++] = pair;
  }
  pairs.resize(kept);
  return std::move(pairs);
}

/// The frequent pairs of one pass, of all ranks, ascending.
std::vector<CountedPair> count_pass(comm::Communicator& communicator, const BasketStore& baskets, std::int32_t items,
                                    std::span<const std::int64_t> bounds, const Pass& pass, std::int64_t least,
                                    data::Budget& budget) {
  const auto ranks = static_cast<std::size_t>(communicator.size());
  std::optional<data::Reservation> memory;
  std::vector<CountedPair> pairs;
  std::vector<std::span<const CountedPair>> send(ranks);
  comm::collective_try(communicator, "pairs", [&] {
    memory = budget.require(pass.bytes, "pairs of frequent items");
    const auto gathered = reserve_gathered_baskets(baskets, budget);
    PairRows rows(pass.first, pass.last, items,
                  bounds.subspan(static_cast<std::size_t>(pass.first), static_cast<std::size_t>(pass.last - pass.first)),
                  gathered.bytes() / PairRows::gathered_item_bytes / parallel::thread_count());
    baskets.for_each([&](const Baskets& piece, std::int64_t, int thread) { rows.add(piece, thread); });
    rows.finish();
    // What is too rare here may be frequent with what others have.
    const std::int64_t of_rank = ranks == 1 ? least : 1;
    std::vector<std::size_t> starts;
    for (std::size_t r = 0; r < ranks; ++r) {
      starts.push_back(pairs.size());
      for (auto row = pass.starts[r]; row < pass.starts[r + 1]; ++row)
        rows.for_each(row, of_rank, [&](std::int32_t other, std::int64_t count) { pairs.push_back({row, other, count}); });
    }
    starts.push_back(pairs.size());
    for (std::size_t r = 0; r < ranks; ++r) send[r] = std::span(pairs).subspan(starts[r], starts[r + 1] - starts[r]);
  });
  const comm::StageScope scope(communicator.statistics(), "pairs");
  const auto own = added_up(communicator.all_to_all(send), least);
  return communicator.all_gather_all(std::span<const CountedPair>(own)).values;
}

/// For values that all ranks have alike.
base::Error too_many_pairs(std::int64_t found) {
  return base::job_file_error(
             fmt::format("the pairs of frequent items have no room in memory_per_rank: {} frequent pairs are found, and that is "
                         "not all",
                         base::format_count(found)),
             {}, pairs_advice)
      .known_to_all();
}

}  // namespace

data::Reservation reserve_gathered_baskets(const BasketStore& baskets, data::Budget& budget) {
  const auto items = std::min(PairRows::most_gathered * parallel::thread_count(), baskets.entries());
  return budget.reserve_up_to(std::min(items * PairRows::gathered_item_bytes, budget.available() / 2));
}

PairOccurrences pair_occurrences(const BasketStore& baskets, std::int32_t items, std::int64_t least) {
  PairOccurrences all{.by_rarer = std::vector<std::int64_t>(static_cast<std::size_t>(items), 0)};
  std::mutex mutex;
  baskets.for_each([&](const Baskets& piece, std::int64_t, int) {
    std::vector<std::int64_t> own(all.by_rarer.size(), 0);
    std::int64_t longest = 0;
    for (std::int64_t b = 0; b < piece.size(); ++b) {
      if (piece.weight(b) >= least) longest = std::max(longest, std::ssize(piece[b]));
      std::int64_t before = 0;
      for (const auto item : piece[b]) own[static_cast<std::size_t>(item)] += before++;
    }
    const std::scoped_lock lock(mutex);
    for (std::size_t item = 0; item < own.size(); ++item) all.by_rarer[item] += own[item];
    all.longest = std::max(all.longest, longest);
  });
  return all;
}

FrequentPairs count_pairs_in_passes(comm::Communicator& communicator, const BasketStore& baskets, std::int32_t items,
                                    std::span<const std::int64_t> occurrences, std::int64_t least, data::Budget& budget) {
  std::vector<std::int64_t> bounds(occurrences.begin(), occurrences.end());
  for (std::int32_t row = 0; row < items; ++row) {
    auto& bound = bounds[static_cast<std::size_t>(row)];
    bound = std::min<std::int64_t>(bound, row);
  }
  RowCosts costs;
  {
    const comm::StageScope scope(communicator.statistics(), "pairs");
    costs = row_costs(communicator, bounds);
  }
  FrequentPairs result;
  std::vector<data::Reservation> grown;
  for (std::int32_t first = 0; first < items;) {
    std::int64_t available = budget.available();
    {
      const comm::StageScope scope(communicator.statistics(), "pairs");
      available = communicator.min_value(available);
    }
    const auto pass = next_pass(costs, first, available / 2, communicator.size());
    if (pass.bytes > available) throw too_many_pairs(result.size());
    const auto found = count_pass(communicator, baskets, items, bounds, pass, least, budget);
    comm::collective_try(communicator, "pairs", [&] {
      grown.push_back(budget.require(12 * std::ssize(found) + 8 * std::int64_t{pass.last - pass.first}, "frequent pairs"));
      std::size_t at = 0;
      for (auto row = pass.first; row < pass.last; ++row) {
        for (; at < found.size() && found[at].rarer == row; ++at) {
          result.others.push_back(found[at].other);
          result.counts.push_back(found[at].count);
        }
        result.starts.push_back(result.size());
      }
    });
    first = pass.last;
  }
  grown.clear();
  comm::collective_try(communicator, "pairs",
                       [&] { result.memory = budget.require(12 * result.size() + 8 * std::int64_t{items}, "frequent pairs"); });
  return result;
}

}  // namespace fullbase::itemsets
