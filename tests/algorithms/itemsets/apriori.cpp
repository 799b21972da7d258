// Apriori against counting every subset of every basket.
#include "algorithms/itemsets/apriori.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <mutex>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

#include "algorithms/itemsets/random_baskets.hpp"
#include "algorithms/itemsets/runs_of_sets.hpp"
#include "base/error.hpp"
#include "comm/launch.hpp"
#include "memory_spill.hpp"
#include "parallel/for_each.hpp"

namespace fullbase::itemsets {
namespace {

using testing::Sets;
using testing::WeightedBasket;

constexpr std::int64_t ample = std::int64_t{1} << 28;

/// Counts of items, which are numbered already.
FrequentItems items_of(std::span<const WeightedBasket> baskets, std::int32_t items) {
  FrequentItems result;
  result.counts.assign(static_cast<std::size_t>(items), 0);
  for (const auto& [basket, weight] : baskets) {
    for (const auto item : basket) result.counts[static_cast<std::size_t>(item)] += weight;
  }
  result.slots.resize(static_cast<std::size_t>(items));
  std::iota(result.slots.begin(), result.slots.end(), 0);
  return result;
}

/// Every set that this many baskets hold; all items are counted as frequent.
Sets by_hand(std::span<const WeightedBasket> baskets, std::int32_t items, const MiningOptions& options) {
  auto sets = testing::all_sets(baskets, options.least, static_cast<std::size_t>(options.longest));
  const auto singles = items_of(baskets, items);
  for (std::int32_t item = 0; item < items; ++item) sets[{item}] = singles.counts[static_cast<std::size_t>(item)];
  return sets;
}

struct Mined {
  Sets sets;
  std::int64_t passed = 0;           ///< bytes of baskets that passed by
  std::vector<std::int64_t> kept;    ///< sets, by rank
  std::vector<std::string> problem;  ///< by rank
};

Mined mined(std::span<const WeightedBasket> baskets, std::int32_t items, const MiningOptions& options, int ranks,
            std::int64_t bytes, int broken = -1, int good_reads = 0, std::int64_t piece = 50) {
  Mined result;
  result.kept.resize(static_cast<std::size_t>(ranks));
  result.problem.resize(static_cast<std::size_t>(ranks));
  std::mutex mutex;
  const auto frequent = items_of(baskets, items);
  comm::run_threads(ranks, [&](comm::Communicator& communicator) {
    data::Budget budget(bytes);
    data::Budget for_baskets(ample);
    testing::MemorySpill spill(communicator.rank() == broken ? good_reads : -1);
    BasketStore store(broken < 0 ? ample : 0, for_baskets, spill);
    testing::fill(store, baskets, communicator.rank(), ranks, piece);
    const auto rank = static_cast<std::size_t>(communicator.rank());
    {
      data::Budget for_pairs(ample);
      testing::MemorySpill none;
      BasketStore whole(ample, for_baskets, none);
      testing::fill(whole, baskets, communicator.rank(), ranks);
      const auto pairs = count_pairs(communicator, whole, items, options.least, for_pairs);
      try {
        const auto runs = mine_apriori(communicator, store, frequent, pairs, options, budget).runs;
        EXPECT_TRUE(std::ranges::is_sorted(runs, {}, [](const SetRun& run) { return std::pair(run.rarest, run.second); }));
        const auto& traffic = communicator.statistics().table();
        const auto passed = traffic.find({"pass baskets", "all_to_all"});
        const std::scoped_lock lock(mutex);
        testing::add_sets(runs, result.sets);
        for (const auto& run : runs) result.kept[rank] += run.sets.size();
        if (passed != traffic.end()) result.passed += passed->second.bytes;
      } catch (const base::Error& error) {
        result.problem[rank] = error.what();
      }
    }
    EXPECT_EQ(budget.available(), budget.limit());
  });
  return result;
}

TEST(Apriori, FindsEverySetOnAnyRanksThreadsAndBudget) {
  for (const double share : {0.3, 0.9}) {
    const auto baskets = testing::random_baskets(300, 15, share);
    for (const std::int64_t least : {2, 20}) {
      const MiningOptions options{.least = least};
      const auto expected = by_hand(baskets, 15, options);
      EXPECT_GT(expected.size(), 30);
      for (const int threads : {1, 2}) {
        parallel::set_thread_count(threads);
        for (const int ranks : {1, 2, 3, 4}) {
          const auto found = mined(baskets, 15, options, ranks, ample);
          EXPECT_EQ(found.sets, expected) << share << " " << least << " " << ranks;
          EXPECT_EQ(found.passed, 0);
          // No rank keeps them all.
          EXPECT_TRUE(ranks == 1 || *std::ranges::max_element(found.kept) < std::ssize(expected) * 3 / 4);
        }
      }
    }
  }
}

/// Nearly all pairs of 60 items are frequent, and few sets of three: candidates are what takes memory.
const std::vector<WeightedBasket>& scattered() {
  static const auto baskets = testing::random_baskets(400, 60, 0.3, false);
  return baskets;
}
constexpr MiningOptions scattered_options{.least = 25, .longest = 4};

TEST(Apriori, FindsTheSameWhereCandidatesAreDealtOutToRanks) {
  const auto expected = by_hand(scattered(), 60, scattered_options);
  EXPECT_GT(expected.size(), 1700);
  EXPECT_LT(expected.size(), 5000);
  for (const int threads : {1, 2}) {
    parallel::set_thread_count(threads);
    for (const int ranks : {2, 3, 4}) {
      // From where every rank has all candidates to where they do not fit.
      int dealt_out = 0;
      int refused = 0;
      for (std::int64_t bytes = 900'000; bytes > 100'000; bytes = bytes * 3 / 4) {
        const auto found = mined(scattered(), 60, scattered_options, ranks, bytes);
        EXPECT_EQ(found.problem, std::vector<std::string>(found.problem.size(), found.problem[0]));
        if (!found.problem[0].empty()) {
          ++refused;
          continue;
        }
        EXPECT_EQ(refused, 0);
        EXPECT_EQ(found.sets, expected) << ranks << " " << bytes;
        dealt_out += found.passed > 0 ? 1 : 0;
      }
      EXPECT_GT(dealt_out, 0);
      EXPECT_GT(refused, 0);
    }
  }
}

TEST(Apriori, SaysWhichLevelDoesNotFit) {
  for (const int ranks : {1, 2}) {
    const auto found = mined(scattered(), 60, scattered_options, ranks, 200'000);
    EXPECT_THAT(found.problem[0], ::testing::StartsWith("sets of 3 items have 3"));
    EXPECT_THAT(found.problem[0], ::testing::HasSubstr(" candidates, which do not fit the memory of "));
    EXPECT_THAT(found.problem[0], ::testing::HasSubstr("`longest: 2`"));
    EXPECT_EQ(found.problem, std::vector<std::string>(found.problem.size(), found.problem[0]));
  }
}

TEST(Apriori, StopsAtTheLongest) {
  const auto baskets = testing::random_baskets(300, 15, 0.9);
  for (const int longest : {1, 2, 3, 5}) {
    const MiningOptions options{.least = 5, .longest = longest};
    EXPECT_EQ(mined(baskets, 15, options, 2, ample).sets, by_hand(baskets, 15, options)) << longest;
  }
}

TEST(Apriori, OfLittle) {
  const std::vector<WeightedBasket> none;
  const std::vector<WeightedBasket> one = {{{0, 1, 2}, 4}};
  for (const int ranks : {1, 3}) {
    EXPECT_EQ(mined(none, 0, {}, ranks, ample).sets, Sets());
    EXPECT_EQ(mined(one, 3, {.least = 4}, ranks, ample).sets.size(), 7);
    EXPECT_EQ(mined(one, 3, {.least = 4}, ranks, ample).sets.at({2, 1, 0}), 4);
    EXPECT_EQ(mined(one, 3, {.least = 5}, ranks, ample).sets.size(), 3);
    const std::vector<WeightedBasket> single = {{{0}, 1}, {{0}, 2}};
    EXPECT_EQ(mined(single, 1, {}, ranks, ample).sets, (Sets{{{0}, 3}}));
  }
}

/// Baskets as they are and equal ones merged are the same base.
TEST(Apriori, CountsAMergedBasketAsOftenAsItWasBought) {
  auto baskets = testing::random_baskets(200, 10, 0.8);
  const auto merged = mined(baskets, 10, {.least = 3}, 2, ample);
  std::vector<WeightedBasket> single;
  for (const auto& [items, weight] : baskets) {
    for (std::uint32_t w = 0; w < weight; ++w) single.push_back({items, 1});
  }
  EXPECT_GT(single.size(), baskets.size());
  EXPECT_EQ(mined(single, 10, {.least = 3}, 2, ample).sets, merged.sets);
}

/// Many items in sets of few others: a node has far more children than a group of baskets has items.
TEST(Apriori, FindsSetsAmongManyItems) {
  std::vector<WeightedBasket> baskets;
  for (std::int32_t b = 0; b < 3000; ++b) {
    std::set<std::int32_t> items = {b % 3, 3 + b % 700, 703 + b * 7 % 500, 1203 + b % 9};
    baskets.push_back({{items.begin(), items.end()}, 1});
  }
  std::vector<std::int32_t> all(1212);
  std::iota(all.begin(), all.end(), 0);
  baskets.push_back({std::vector(all.begin(), all.begin() + 12), 3});
  const MiningOptions options{.least = 3};
  parallel::set_thread_count(2);
  const auto expected = by_hand(baskets, 1212, options);
  for (const int ranks : {1, 2}) EXPECT_EQ(mined(baskets, 1212, options, ranks, ample).sets, expected);
}

/// Pieces of two baskets meet nodes of 200 children.
TEST(Apriori, FindsSetsInSmallPieces) {
  std::vector<WeightedBasket> baskets;
  for (std::int32_t b = 0; b < 800; ++b) {
    if (b % 4 == 3) {
      baskets.push_back({{b / 4, 200 + b % 3, 203}, 1});
    } else {
      baskets.push_back({{b / 4, (b / 4 + 7) % 200, 201, 203}, 2});
      std::ranges::sort(baskets.back().first);
    }
  }
  const MiningOptions options{.least = 3};
  const auto expected = by_hand(baskets, 204, options);
  EXPECT_TRUE(expected.contains({203, 201, 9}));
  EXPECT_EQ(mined(baskets, 204, options, 2, ample, -1, 0, 2).sets, expected);
}

TEST(Apriori, SendsEightBytesACandidateAndLevel) {
  const auto baskets = testing::random_baskets(300, 15, 0.9);
  const MiningOptions options{.least = 20, .longest = 3};
  const auto frequent = items_of(baskets, 15);
  const auto sets = by_hand(baskets, 15, options);
  std::int64_t candidates = 0;  // three items of which all pairs are frequent
  for (std::int32_t a = 0; a < 15; ++a) {
    for (std::int32_t b = 0; b < a; ++b) {
      for (std::int32_t c = 0; c < b; ++c) candidates += sets.contains({a, b}) && sets.contains({a, c}) && sets.contains({b, c});
    }
  }
  comm::run_threads(3, [&](comm::Communicator& communicator) {
    data::Budget budget(ample);
    testing::MemorySpill spill;
    BasketStore store(ample / 2, budget, spill);
    testing::fill(store, baskets, communicator.rank(), 3);
    const auto pairs = count_pairs(communicator, store, 15, options.least, budget);
    const auto mined = mine_apriori(communicator, store, frequent, pairs, options, budget);
    // Beside the counts, how many candidates each rank has.
    EXPECT_EQ(communicator.statistics().table().at({"apriori", "sum"}).bytes, 8 * candidates + 8);
  });
}

TEST(Apriori, PassesBasketsOnceToEveryOtherRank) {
  std::int64_t passing = 0;  // every item is in a frequent pair, so that baskets go whole
  for (const auto& [items, weight] : scattered()) passing += items.size() < 3 ? 0 : 4 * std::ssize(items) + 8;
  auto options = scattered_options;
  options.longest = 3;
  for (const int ranks : {2, 3}) {
    std::int64_t pieces = 0;
    for (int rank = 0; rank < ranks; ++rank) pieces += ((400 - rank + ranks - 1) / ranks + 49) / 50;
    const auto found = mined(scattered(), 60, options, ranks, 500'000);
    EXPECT_EQ(found.problem[0], "");
    EXPECT_EQ(found.passed, (ranks - 1) * (passing + 8 * pieces)) << ranks;
  }
}

TEST(Apriori, AFailureOnOneRankIsTheErrorOfAll) {
  constexpr int ranks = 3;
  for (const std::int64_t bytes : {ample, std::int64_t{500'000}}) {
    for (int broken = 0; broken < ranks; ++broken) {
      for (const int good : {0, 3}) {
        const auto found = mined(scattered(), 60, scattered_options, ranks, bytes, broken, good);
        EXPECT_THAT(found.problem[0], ::testing::HasSubstr("the disk is gone"));
        EXPECT_THAT(found.problem[0], ::testing::HasSubstr("rank " + std::to_string(broken)));
        EXPECT_EQ(found.problem, std::vector<std::string>(ranks, found.problem[0]));
      }
    }
  }
}

}  // namespace
}  // namespace fullbase::itemsets
