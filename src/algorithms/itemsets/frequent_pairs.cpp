#include "algorithms/itemsets/frequent_pairs.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "algorithms/itemsets/pair_passes.hpp"
#include "algorithms/itemsets/pair_rows.hpp"
#include "algorithms/itemsets/pair_triangle.hpp"
#include "base/error.hpp"
#include "base/size.hpp"
#include "comm/agreement.hpp"
#include "parallel/for_each.hpp"

namespace fullbase::itemsets {
namespace {

/// So many counters are zeroed and summed in less time than baskets are looked at to see what would do with fewer.
constexpr std::int64_t few_pairs = std::int64_t{1} << 22;

std::int64_t pairs_of(std::int32_t items) noexcept {
  return std::int64_t{items} * std::max(0, items - 1) / 2;
}

/// What a triangle takes that threads share.
std::int64_t triangle_bytes(std::int32_t items) noexcept {
  return 8 * pairs_of(items) + 16 * std::int64_t{items};
}

/// Counters of all pairs in this rank's baskets.
std::vector<std::int64_t> triangle(const BasketStore& baskets, std::int32_t items, bool one_a_thread, data::Budget& budget) {
  if (one_a_thread) {
    PairTriangle pairs(items, parallel::thread_count());
    baskets.for_each([&](const Baskets& piece, std::int64_t, int thread) { pairs.add(piece, thread); });
    return pairs.take();
  }
  const auto gathered = reserve_gathered_baskets(baskets, budget);
  PairRows rows(0, items, items, {}, gathered.bytes() / PairRows::gathered_item_bytes / parallel::thread_count());
  baskets.for_each([&](const Baskets& piece, std::int64_t, int thread) { rows.add(piece, thread); });
  rows.finish();
  return rows.take_triangle();
}

FrequentPairs count_in_triangle(comm::Communicator& communicator, const BasketStore& baskets, std::int32_t items,
                                std::int64_t least, data::Budget& budget) {
  const auto pairs = pairs_of(items);
  std::optional<data::Reservation> memory;
  std::vector<std::int64_t> counts;
  comm::collective_try(communicator, "pairs", [&] {
    memory = pairs <= few_pairs ? budget.try_reserve(PairTriangle::bytes(pairs, parallel::thread_count())) : std::nullopt;
    const bool one_a_thread = memory.has_value();
    if (!memory) memory = budget.require(triangle_bytes(items), "pairs of frequent items");
    counts = triangle(baskets, items, one_a_thread, budget);
  });
  {
    const comm::StageScope scope(communicator.statistics(), "pairs");
    communicator.sum(std::span(counts));
  }
  FrequentPairs result;
  comm::collective_try(communicator, "pairs", [&] {
    const auto frequent = std::ranges::count_if(counts, [&](std::int64_t count) { return count >= least; });
    result.memory = budget.require(12 * frequent + 8 * std::int64_t{items}, "frequent pairs");
    result.others.reserve(static_cast<std::size_t>(frequent));
    result.counts.reserve(static_cast<std::size_t>(frequent));
    std::size_t at = 0;
    for (std::int32_t row = 0; row < items; ++row) {
      for (std::int32_t other = 0; other < row; ++other, ++at) {
        if (counts[at] < least) continue;
        result.others.push_back(other);
        result.counts.push_back(counts[at]);
      }
      result.starts.push_back(result.size());
    }
  });
  return result;
}

/// A basket that makes all its pairs frequent, since so few are asked for: whether these have no room, before any is counted.
void refuse_explosion(comm::Communicator& communicator, std::int64_t longest, std::int64_t room) {
  {
    const comm::StageScope scope(communicator.statistics(), "pairs");
    longest = communicator.max_value(longest);
  }
  const auto pairs = longest * std::max<std::int64_t>(0, longest - 1) / 2;
  if (12 * pairs <= room) return;
  throw base::job_file_error(
      fmt::format("a basket of {} different items alone makes {} frequent pairs, since so few baskets are asked for; they take "
                  "{} on a rank",
                  base::format_count(longest), base::format_count(pairs), base::format_bytes(12 * pairs)),
      {}, pairs_advice)
      .known_to_all();
}

}  // namespace

FrequentPairs count_pairs(comm::Communicator& communicator, const BasketStore& baskets, std::int32_t items, std::int64_t least,
                          data::Budget& budget) {
  const auto pairs = pairs_of(items);
  std::int64_t room = budget.available() / 4;
  {
    const comm::StageScope scope(communicator.statistics(), "pairs");
    room = communicator.min_value(room);
  }
  const bool has_room = triangle_bytes(items) <= room;
  if (has_room && pairs <= few_pairs) return count_in_triangle(communicator, baskets, items, least, budget);

  std::optional<data::Reservation> memory;
  PairOccurrences occurrences;
  std::int64_t all = 0;
  comm::collective_try(communicator, "pairs", [&] {
    memory = budget.require(std::int64_t{items} * (32 + 24 * parallel::thread_count()),
                            "how often items have more frequent ones beside them");
    occurrences = pair_occurrences(baskets, items, least);
    for (const auto occurrence : occurrences.by_rarer) all += occurrence;
  });
  refuse_explosion(communicator, occurrences.longest, 4 * room);
  {
    const comm::StageScope scope(communicator.statistics(), "pairs");
    all = communicator.sum_value(all);
  }
  // Each pair that occurs is sent as 16 bytes, each counter as 8.
  if (has_room && pairs * communicator.size() <= 2 * all) return count_in_triangle(communicator, baskets, items, least, budget);
  return count_pairs_in_passes(communicator, baskets, items, occurrences.by_rarer, least, budget);
}

}  // namespace fullbase::itemsets
