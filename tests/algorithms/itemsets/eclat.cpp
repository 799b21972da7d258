// Eclat from baskets on: against every subset of every basket, over ranks, threads, memory and kinds of bases.
#include "algorithms/itemsets/eclat.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <mutex>
#include <numeric>
#include <string>
#include <vector>

#include "algorithms/itemsets/class_outlines.hpp"
#include "algorithms/itemsets/gather_occurrences.hpp"
#include "algorithms/itemsets/local_occurrences.hpp"
#include "algorithms/itemsets/random_baskets.hpp"
#include "algorithms/itemsets/runs_of_sets.hpp"
#include "base/error.hpp"
#include "comm/launch.hpp"
#include "error_text.hpp"
#include "memory_spill.hpp"
#include "parallel/for_each.hpp"

namespace fullbase::itemsets {
namespace {

using ::testing::HasSubstr;
using testing::Sets;
using testing::WeightedBasket;

constexpr std::int64_t ample = std::int64_t{1} << 28;

struct Run {
  int ranks = 1;
  std::int64_t bytes = ample;
  int longest = 100;
  std::int64_t* lists = nullptr;    ///< where given: classes that are kept as lists
  std::int64_t* batches = nullptr;  ///< and how often classes were gathered
};

/// Sets by slots, ascending; from all ranks, each rank's runs in order.
Sets all_mined(std::span<const WeightedBasket> baskets, std::int32_t slots, std::int64_t least, const Run& run) {
  Sets all;
  std::mutex mutex;
  comm::run_threads(run.ranks, [&](comm::Communicator& communicator) {
    data::Budget budget(run.bytes);
    data::Budget for_baskets(ample);
    testing::MemorySpill spill;
    BasketStore lines(ample, for_baskets, spill);
    testing::fill(lines, baskets, communicator.rank(), run.ranks);
    std::vector<std::int64_t> counts(static_cast<std::size_t>(slots) + 1, 0);
    lines.for_each([&](const Baskets& some, std::int64_t, int) { count_items(some, counts); });
    communicator.sum(std::span(counts));
    const auto items = frequent_items(counts, {}, least);
    const auto store = reduce(std::move(lines), items, BasketStore(ample, for_baskets, spill));
    const auto pairs = count_pairs(communicator, store, items.size(), least, budget);
    if (run.lists != nullptr && communicator.is_root())
      *run.lists = std::ranges::count_if(outline_classes(items, pairs, std::ssize(baskets), least), &ClassOutline::as_lists);
    const MiningOptions options{least, run.longest, std::ssize(baskets)};
    const auto mined = mine_eclat(communicator, store, items, pairs, options, budget, [&](std::int64_t, std::int64_t) {
      if (run.batches != nullptr && communicator.is_root()) ++*run.batches;
    });
    EXPECT_TRUE(std::ranges::is_sorted(mined.runs, {}, [](const SetRun& one) { return std::pair(one.rarest, one.second); }));
    for (const auto& one : mined.runs) EXPECT_GT(one.sets.size(), 0);
    Sets found;
    testing::add_sets(mined.runs, found);
    const std::lock_guard lock(mutex);
    for (const auto& [set, count] : found) {
      std::vector<std::int32_t> by_slot;
      for (const auto item : set) by_slot.push_back(items.slots[static_cast<std::size_t>(item)]);
      std::ranges::sort(by_slot);
      all[by_slot] += count;
    }
  });
  return all;
}

Sets by_hand(std::span<const WeightedBasket> baskets, std::int64_t least, std::size_t longest) {
  Sets sets;
  for (const auto& [by_number, count] : testing::all_sets(baskets, least, longest)) {
    auto set = by_number;
    std::ranges::sort(set);
    sets[set] = count;
  }
  return sets;
}

/// Groups of customers who buy two items of their own, and seldom any of the many others: classes that are kept as lists.
std::vector<WeightedBasket> sparse_baskets(std::int64_t count, std::int32_t items) {
  const random::Generator draws(random::Key{9});
  std::vector<WeightedBasket> baskets;
  for (std::int64_t b = 0; b < count; ++b) {
    WeightedBasket basket{{}, b % 7 == 0 ? 3U : 1U};
    const auto group = static_cast<std::int32_t>(b % (items / 2));
    for (std::int32_t i = 0; i < items; ++i) {
      if (draws.uniform(b, i) < (i / 2 == group ? 0.4 : 0.01)) basket.first.push_back(i);
    }
    baskets.push_back(std::move(basket));
  }
  return baskets;
}

TEST(Eclat, FindsEverySetOnAnyRanksThreadsAndMemory) {
  const auto threads = parallel::thread_count();
  for (const double share : {0.3, 0.9}) {
    const auto baskets = testing::random_baskets(400, 14, share);
    for (const std::int64_t least : {2, 40, 150}) {
      for (const int longest : {1, 2, 3, 100}) {
        const auto expected = by_hand(baskets, least, static_cast<std::size_t>(longest));
        for (const int ranks : {1, 2, 3, 4}) {
          parallel::set_thread_count(ranks == 3 ? 1 : 2);
          EXPECT_EQ(all_mined(baskets, 14, least, {ranks, ample, longest}), expected)
              << "share " << share << ", least " << least << ", longest " << longest << ", " << ranks << " ranks";
        }
      }
    }
  }
  parallel::set_thread_count(threads);
}

TEST(Eclat, KeepsSparseClassesAsLists) {
  const auto baskets = sparse_baskets(60'000, 200);
  const auto expected = by_hand(baskets, 1, 3);
  ASSERT_GT(expected.size(), 2000U);
  for (const int ranks : {1, 3}) {
    std::int64_t lists = 0;
    EXPECT_EQ(all_mined(baskets, 200, 1, {ranks, ample, 3, &lists}), expected) << ranks << " ranks";
    EXPECT_GT(lists, 0);
  }
}

TEST(Eclat, MinesClassesAFewAtATimeInLittleMemory) {
  const auto baskets = testing::random_baskets(3000, 24, 0.5);
  const auto expected = all_mined(baskets, 24, 150, {});
  ASSERT_GT(expected.size(), 500U);
  for (const int ranks : {1, 2}) {
    std::int64_t batches = 0;
    EXPECT_EQ(all_mined(baskets, 24, 150, {ranks, 45'000, 100, nullptr, &batches}), expected) << ranks << " ranks";
    EXPECT_GT(batches, 1) << ranks << " ranks";
  }
}

TEST(Eclat, TakesCountsOfOccurrencesFromTheBudget) {
  testing::MemorySpill spill;
  data::Budget for_baskets(ample);
  BasketStore store(ample, for_baskets, spill);
  const std::vector<WeightedBasket> baskets = {{{0, 1, 2}, 5}, {{1, 2}, std::uint32_t{1} << 31}};
  testing::fill(store, baskets, 0, 1);
  data::Budget budget(ample);
  {
    const OccurrenceCounts counts(store, 3, budget);
    EXPECT_EQ(counts.shifts(), 32);
    EXPECT_EQ(counts.rows(2, 31), 1);
    EXPECT_EQ(counts.rows(0, 2), 1);
    EXPECT_EQ(budget.limit() - budget.available(), 8 * 3 * 32);
  }
  data::Budget too_small(8 * 3 * 32 - 1);
  EXPECT_THROW(OccurrenceCounts(store, 3, too_small), base::Error);
}

TEST(Eclat, SendsWhatTheDocumentationSays) {
  for (const int items : {20, 200}) {
    const auto baskets = items == 20 ? testing::random_baskets(2000, items, 0.6) : sparse_baskets(60'000, items);
    const std::int64_t least = items == 20 ? 100 : 1;
    comm::run_threads(3, [&](comm::Communicator& communicator) {
      data::Budget budget(ample);
      testing::MemorySpill spill;
      BasketStore store(ample, budget, spill);
      testing::fill(store, baskets, communicator.rank(), 3);
      FrequentItems frequent;
      frequent.counts.assign(static_cast<std::size_t>(items), 0);
      store.for_each([&](const Baskets& some, std::int64_t, int) { count_items(some, frequent.counts); });
      communicator.sum(std::span(frequent.counts));
      for (std::int32_t item = 0; item < items; ++item) frequent.slots.push_back(item);
      const auto pairs = count_pairs(communicator, store, items, least, budget);
      const auto classes = outline_classes(frequent, pairs, std::ssize(baskets), least);
      const auto owners = deal_out(classes, 3);
      const OccurrenceCounts counts(store, items, budget);
      auto local = local_occurrences(store, classes, counts, items, budget);
      std::int64_t expected = 0;
      for (std::size_t c = 0; c < classes.size(); ++c) {
        if (owners[c] == communicator.rank()) continue;
        if (const auto* const bits = std::get_if<BitColumns>(&local[c])) {
          expected += 8 + 24 * std::ssize(bits->ranges) + 8 * bits->words() * std::ssize(classes[c].items);
        } else {
          const auto& lists = std::get<RowLists>(local[c]);
          expected += 3 * 8 + 8 + 4 * std::ssize(lists.columns) + 12 * lists.rows();
        }
      }
      const auto before = communicator.statistics().total().bytes;
      const auto owned = gather_occurrences(communicator, classes, owners, std::move(local), pairs);
      // Each agreement on an outcome is a reduction of 8 bytes.
      EXPECT_EQ(communicator.statistics().total().bytes - before, expected + 2 * 8);
      EXPECT_FALSE(owned.empty());
    });
  }
}

TEST(Eclat, TakesBasesThatAreHardlyThere) {
  EXPECT_TRUE(all_mined({}, 3, 1, {2}).empty());
  const std::vector<WeightedBasket> one = {{{0, 1, 2}, 1}};
  EXPECT_EQ(all_mined(one, 3, 1, {3}).size(), 7U);
  EXPECT_TRUE(all_mined(one, 3, 2, {3}).empty());
  const std::vector<WeightedBasket> alone = {{{1}, 5}, {{}, 2}};
  EXPECT_EQ(all_mined(alone, 3, 5, {2}), (Sets{{{1}, 5}}));
}

TEST(Eclat, SaysBeforehandThatSetsDoNotFitAndWhatWould) {
  // 40 items in nearly every basket: some 2^40 sets.
  std::vector<WeightedBasket> baskets;
  const random::Generator draws(random::Key{4});
  for (std::int64_t b = 0; b < 500; ++b) {
    WeightedBasket basket{{}, 1};
    for (std::int32_t i = 0; i < 40; ++i) {
      if (draws.uniform(b, i) < 0.97) basket.first.push_back(i);
    }
    baskets.push_back(std::move(basket));
  }
  for (const int ranks : {1, 2}) {
    const auto error = std::string(testing::error_of([&] { all_mined(baskets, 40, 50, {ranks, 8 << 20}); }).what());
    EXPECT_THAT(error, HasSubstr("frequent sets are to be expected")) << ranks << " ranks";
    EXPECT_THAT(error, HasSubstr("a support of"));
  }
}

TEST(Eclat, SaysSoWhereNoSupportFits) {
  // All of 40 items in every basket: their sets are as frequent as a set can be.
  std::vector<WeightedBasket> baskets(100);
  for (auto& [items, weight] : baskets) {
    items.resize(40);
    std::iota(items.begin(), items.end(), 0);
    weight = 1;
  }
  for (const int ranks : {1, 2}) {
    const auto error = testing::error_of([&] { all_mined(baskets, 40, 50, {ranks, 8 << 20}); });
    EXPECT_THAT(error.what(), HasSubstr("frequent sets are to be expected")) << ranks << " ranks";
    EXPECT_THAT(error.advice(), HasSubstr("no support is expected to fit")) << ranks << " ranks";
    EXPECT_THAT(error.advice(), HasSubstr("leave_out")) << ranks << " ranks";
  }
}

TEST(Eclat, EndsWhereMoreSetsAreFoundThanFit) {
  const auto baskets = testing::random_baskets(400, 14, 0.9);
  // So few items that no prediction is asked for; the sets alone are too many.
  const auto error = std::string(testing::error_of([&] { all_mined(baskets, 14, 2, {2, 200'000}); }).what());
  EXPECT_THAT(error, HasSubstr("sets"));
  EXPECT_THAT(error, HasSubstr("support"));
}

}  // namespace
}  // namespace fullbase::itemsets
