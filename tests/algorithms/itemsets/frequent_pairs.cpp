// Pairs of items: their counts against counting by hand, however they are counted.
#include "algorithms/itemsets/frequent_pairs.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <limits>
#include <mutex>
#include <string>
#include <tuple>
#include <vector>

#include "algorithms/itemsets/pair_rows.hpp"
#include "algorithms/itemsets/pair_triangle.hpp"
#include "algorithms/itemsets/random_baskets.hpp"
#include "base/error.hpp"
#include "comm/launch.hpp"
#include "memory_spill.hpp"
#include "parallel/for_each.hpp"

namespace fullbase::itemsets {
namespace {

using testing::WeightedBasket;
/// Rarer item, other item, count.
using Pairs = std::vector<std::tuple<std::int32_t, std::int32_t, std::int64_t>>;

constexpr std::int64_t ample = std::int64_t{1} << 28;
/// Has no room for a triangle of 100 items, and takes many passes.
constexpr std::int64_t tight = 150'000;

Pairs by_hand(std::span<const WeightedBasket> baskets, std::int64_t least) {
  Pairs pairs;
  for (const auto& [set, count] : testing::all_sets(baskets, least, 2)) {
    if (set.size() == 2) pairs.emplace_back(set[0], set[1], count);
  }
  return pairs;
}

Pairs listed(const FrequentPairs& found, std::int32_t items) {
  EXPECT_EQ(std::ssize(found.starts), items + 1);
  Pairs pairs;
  for (std::int32_t i = 0; i < items; ++i) {
    const auto others = found.others_of(i);
    for (std::size_t k = 0; k < others.size(); ++k) pairs.emplace_back(i, others[k], found.counts_of(i)[k]);
  }
  return pairs;
}

/// What every rank found, the same on all of them.
Pairs counted(std::span<const WeightedBasket> baskets, std::int32_t items, std::int64_t least, int ranks, std::int64_t bytes,
              std::int64_t piece = 50) {
  std::vector<Pairs> found(static_cast<std::size_t>(ranks));
  comm::run_threads(ranks, [&](comm::Communicator& communicator) {
    data::Budget budget(bytes);
    data::Budget for_baskets(ample);
    testing::MemorySpill spill;
    BasketStore store(ample, for_baskets, spill);
    testing::fill(store, baskets, communicator.rank(), ranks, piece);
    {
      const auto pairs = count_pairs(communicator, store, items, least, budget);
      EXPECT_EQ(budget.limit() - budget.available(), 12 * pairs.size() + 8 * items);
      found[static_cast<std::size_t>(communicator.rank())] = listed(pairs, items);
    }
    EXPECT_EQ(budget.available(), budget.limit());
  });
  for (const auto& pairs : found) EXPECT_EQ(pairs, found.front());
  return found.front();
}

TEST(FrequentPairs, AreThoseOfCountingByHandOnAnyRanksThreadsAndBudget) {
  for (const double share : {0.08, 0.6}) {  // baskets short, and long ones that are counted 64 at a time
    const auto baskets = testing::random_baskets(400, 100, share);
    for (const std::int64_t least : {1, 7, 60}) {
      const auto expected = by_hand(baskets, least);
      EXPECT_EQ(expected.empty(), share < 0.1 && least == 60);
      for (const int threads : {1, 2}) {
        parallel::set_thread_count(threads);
        for (const int ranks : {1, 2, 3, 4}) {
          EXPECT_EQ(counted(baskets, 100, least, ranks, ample), expected) << share << " " << least << " " << ranks;
          EXPECT_EQ(counted(baskets, 100, least, ranks, tight), expected) << share << " " << least << " " << ranks;
        }
      }
    }
  }
}

TEST(FrequentPairs, OfLongBasketsThatStandForBillions) {
  // 64 at a time they are more than a thread's own counters of 32 bits hold.
  auto baskets = testing::random_baskets(300, 12, 0.9, false);
  for (std::size_t b = 0; b < baskets.size(); ++b)
    baskets[b].second = std::numeric_limits<std::uint32_t>::max() - static_cast<std::uint32_t>(b % 3);
  for (const int ranks : {1, 2}) {
    EXPECT_EQ(counted(baskets, 12, 1, ranks, ample), by_hand(baskets, 1)) << ranks << " ranks";
    EXPECT_EQ(counted(baskets, 12, 1, ranks, 4000), by_hand(baskets, 1)) << ranks << " ranks";
  }
}

TEST(FrequentPairs, OfFewItemsInManyHashedRows) {
  // 3,000 items in baskets of two or three: rows have few pairs.
  std::vector<WeightedBasket> baskets;
  for (std::int32_t b = 0; b < 2000; ++b) {
    std::set<std::int32_t> items = {b % 40, 500 + b * 7 % 2500, 3 * b % 900};
    baskets.push_back({{items.begin(), items.end()}, 1});
  }
  const auto expected = by_hand(baskets, 2);
  EXPECT_GT(expected.size(), 100);
  for (const int ranks : {1, 3}) {
    EXPECT_EQ(counted(baskets, 3000, 2, ranks, ample), expected);
    EXPECT_EQ(counted(baskets, 3000, 2, ranks, 800'000), expected);
  }
}

TEST(FrequentPairs, OfNothing) {
  const std::vector<WeightedBasket> none;
  const std::vector<WeightedBasket> one = {{{0, 2, 3}, 5}};
  for (const int ranks : {1, 3}) {
    EXPECT_EQ(counted(none, 0, 1, ranks, ample), Pairs());
    EXPECT_EQ(counted(none, 1, 1, ranks, ample), Pairs());
    EXPECT_EQ(counted(none, 100, 1, ranks, tight), Pairs());
    EXPECT_EQ(counted(one, 4, 5, ranks, ample), (Pairs{{2, 0, 5}, {3, 0, 5}, {3, 2, 5}}));
    EXPECT_EQ(counted(one, 4, 6, ranks, ample), Pairs());
  }
}

TEST(FrequentPairs, CountBeyond32Bits) {
  constexpr auto most = std::numeric_limits<std::uint32_t>::max();
  std::vector<WeightedBasket> baskets;
  for (int b = 0; b < 5; ++b) baskets.push_back({{0, 1}, most});
  for (int b = 0; b < 70; ++b) baskets.push_back({{0, 1, 2, 3, 4, 5}, most - b % 3});
  std::int64_t all = 0;
  for (const auto& basket : baskets) all += basket.second;
  for (const std::int64_t budget : {ample, std::int64_t{1000}}) {
    const auto pairs = counted(baskets, 6, 1, 2, budget);
    EXPECT_EQ(pairs.size(), 15);
    EXPECT_EQ(pairs.front(), std::tuple(1, 0, all));
    EXPECT_EQ(pairs, by_hand(baskets, 1));
  }
}

/// Threads that share rows count what one that has its own does, however many baskets they gather.
TEST(PairRows, AreTheTriangle) {
  parallel::set_thread_count(2);
  for (const double share : {0.1, 0.7}) {
    testing::MemorySpill spill;
    data::Budget budget(ample);
    BasketStore store(ample, budget, spill);
    testing::fill(store, testing::random_baskets(3000, 50, share), 0, 1, 64);
    PairTriangle triangle(50, 2);
    store.for_each([&](const Baskets& piece, std::int64_t, int thread) { triangle.add(piece, thread); });
    const auto expected = triangle.take();
    for (const std::int64_t gathered : {0, 1000, 1'000'000}) {
      PairRows rows(0, 50, 50, {}, gathered);
      store.for_each([&](const Baskets& piece, std::int64_t, int thread) { rows.add(piece, thread); });
      rows.finish();
      EXPECT_EQ(rows.take_triangle(), expected);
    }
  }
}

TEST(FrequentPairs, SendWhatTheDocstringsSay) {
  const auto baskets = testing::random_baskets(400, 100, 0.08);
  for (const int ranks : {2, 3}) {
    for (const bool in_passes : {false, true}) {
      comm::run_threads(ranks, [&](comm::Communicator& communicator) {
        data::Budget budget(in_passes ? tight : ample);
        data::Budget for_baskets(ample);
        testing::MemorySpill spill;
        BasketStore store(ample, for_baskets, spill);
        testing::fill(store, baskets, communicator.rank(), ranks);
        const auto pairs = count_pairs(communicator, store, 100, 3, budget);
        const auto sent = [&](const char* collective) {
          const auto& table = communicator.statistics().table();
          const auto found = table.find({"pairs", collective});
          return communicator.sum_value(found == table.end() ? 0 : found->second.bytes);
        };
        if (!in_passes) {
          EXPECT_LE(sent("sum") - 8 * 100 * 99 / 2 * ranks, 1000);  // beside agreements
          EXPECT_EQ(sent("all_to_all") + sent("all_gather"), 0);
          return;
        }
        // Pairs that occur on a rank, of which at least one rank keeps its own.
        std::int64_t occurring = 0;
        for (int r = 0; r < ranks; ++r) {
          std::vector<WeightedBasket> own;
          for (std::size_t b = static_cast<std::size_t>(r); b < baskets.size(); b += static_cast<std::size_t>(ranks))
            own.push_back(baskets[b]);
          occurring += std::ssize(by_hand(own, 1));
        }
        EXPECT_GT(sent("all_to_all"), 0);
        EXPECT_EQ(sent("all_to_all") % 16, 0);
        EXPECT_LT(sent("all_to_all"), 16 * occurring);
        EXPECT_EQ(sent("all_gather"), 16 * pairs.size());
      });
    }
  }
}

TEST(FrequentPairs, AFailureOnOneRankIsTheErrorOfAll) {
  const auto baskets = testing::random_baskets(400, 100, 0.08);
  constexpr int ranks = 3;
  for (const std::int64_t bytes : {ample, tight}) {
    for (int broken = 0; broken < ranks; ++broken) {
      for (const int good : {0, 2, 5}) {
        std::vector<std::string> messages(ranks);
        comm::run_threads(ranks, [&](comm::Communicator& communicator) {
          data::Budget budget(bytes);
          data::Budget for_baskets(ample);
          testing::MemorySpill spill(communicator.rank() == broken ? (bytes == ample ? good % 2 : good) : -1);
          BasketStore store(0, for_baskets, spill);
          testing::fill(store, baskets, communicator.rank(), ranks);
          try {
            const auto pairs = count_pairs(communicator, store, 100, 3, budget);
          } catch (const base::Error& error) {
            EXPECT_EQ(error.kind(), base::ErrorKind::io);
            messages[static_cast<std::size_t>(communicator.rank())] = error.what();
          }
          EXPECT_EQ(budget.available(), budget.limit());
        });
        EXPECT_THAT(messages[0], ::testing::HasSubstr("the disk is gone"));
        EXPECT_THAT(messages[0], ::testing::HasSubstr("rank " + std::to_string(broken)));
        EXPECT_EQ(messages, std::vector<std::string>(ranks, messages[0]));
      }
    }
  }
}

TEST(FrequentPairs, ThatHaveNoRoomAreAnErrorOfAll) {
  const auto baskets = testing::random_baskets(400, 100, 0.3);
  std::vector<int> kinds(2);
  comm::run_threads(2, [&](comm::Communicator& communicator) {
    data::Budget budget(communicator.rank() == 0 ? ample : 6000);
    data::Budget for_baskets(ample);
    testing::MemorySpill spill;
    BasketStore store(ample, for_baskets, spill);
    testing::fill(store, baskets, communicator.rank(), 2);
    try {
      const auto pairs = count_pairs(communicator, store, 100, 1, budget);
    } catch (const base::Error& error) {
      kinds[static_cast<std::size_t>(communicator.rank())] = error.exit_code();
    }
  });
  EXPECT_EQ(kinds, std::vector<int>(2, static_cast<int>(base::ErrorKind::job_file)));
}

}  // namespace
}  // namespace fullbase::itemsets
