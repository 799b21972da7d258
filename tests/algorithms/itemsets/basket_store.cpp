// Baskets for pass after pass, the first level, and baskets of frequent items alone.
#include "algorithms/itemsets/basket_store.hpp"

#include <gtest/gtest.h>

#include <map>
#include <mutex>

#include "algorithms/itemsets/frequent_items.hpp"
#include "algorithms/tables/random_columns.hpp"
#include "base/error.hpp"
#include "memory_spill.hpp"
#include "parallel/for_each.hpp"

namespace fullbase::itemsets {
namespace {

using namespace fullbase::testing;

constexpr std::int64_t plenty = std::int64_t{1} << 30;

Baskets random_baskets(Sequence& sequence, std::int64_t count, std::int32_t items, int most) {
  Baskets baskets;
  for (std::int64_t b = 0; b < count; ++b) {
    const auto one_in = sequence.below(most) + 1;
    for (std::int32_t item = 0; item < items; ++item) {
      if (sequence.below(items) < one_in) baskets.items.push_back(item);
    }
    baskets.starts.push_back(static_cast<std::uint32_t>(baskets.items.size()));
  }
  return baskets;
}

std::vector<std::vector<std::int32_t>> contents(const Baskets& baskets) {
  std::vector<std::vector<std::int32_t>> all;
  for (std::int64_t b = 0; b < baskets.size(); ++b) all.emplace_back(baskets[b].begin(), baskets[b].end());
  return all;
}

TEST(BasketStore, GivesPiecesInTheirOrderFromMemoryAndFile) {
  for (const int threads : {1, 2}) {
    parallel::set_thread_count(threads);
    for (const std::int64_t most : {std::int64_t{0}, std::int64_t{6000}, plenty}) {
      for (const std::int64_t memory : {std::int64_t{3000}, plenty}) {
        data::Budget budget(memory);
        MemorySpill spill;
        {
          BasketStore store(most, budget, spill);
          std::vector<std::vector<std::vector<std::int32_t>>> right(20);
          Sequence sequence(7);
          // Pieces come in any order.
          std::int64_t baskets = 0;
          std::int64_t entries = 0;
          for (const int piece : {3, 1, 0, 2, 19, 5, 4, 12, 6, 7, 11, 9, 8, 10, 13, 18, 16, 17, 15, 14}) {
            auto some = random_baskets(sequence, 40, 30, 8);
            if (piece % 3 == 0) some.weights.assign(40, static_cast<std::uint32_t>(piece + 1));
            some.keys.assign(40, 5);
            right[static_cast<std::size_t>(piece)] = contents(some);
            baskets += some.size();
            entries += std::ssize(some.items);
            store.add(std::move(some), piece / 10, piece % 10);
          }
          store.add({}, 0, 50);
          EXPECT_EQ(store.pieces(), 20);
          EXPECT_EQ(store.baskets(), baskets);
          EXPECT_EQ(store.entries(), entries);
          EXPECT_EQ(store.spilled_bytes() == 0, most == plenty && memory == plenty);
          const auto check = [&](const Baskets& some, std::int64_t piece) {
            EXPECT_EQ(contents(some), right[static_cast<std::size_t>(piece)]);
            EXPECT_EQ(some.weight(7), piece % 3 == 0 ? piece + 1 : 1);
            EXPECT_TRUE(some.keys.empty());
          };
          for (const int again : {0, 1}) {
            std::vector<int> seen(20, 0);
            store.for_each([&](const Baskets& some, std::int64_t piece, int) {
              check(some, piece);
              ++seen[static_cast<std::size_t>(piece)];
            });
            EXPECT_EQ(seen, std::vector<int>(20, 1)) << again;
          }
          store.take_each([&](Baskets&& some, std::int64_t piece, int) { check(some, piece); });
          EXPECT_EQ(budget.available(), memory);
          EXPECT_EQ(store.pieces(), 0);
        }
        EXPECT_EQ(budget.available(), memory);
      }
    }
  }
  parallel::set_thread_count(1);
}

TEST(BasketStore, APieceThatCannotBeReadBackIsAnError) {
  data::Budget budget(plenty);
  MemorySpill spill(1);
  BasketStore store(0, budget, spill);
  Sequence sequence(3);
  for (int piece = 0; piece < 3; ++piece) store.add(random_baskets(sequence, 10, 20, 6), 0, piece);
  EXPECT_THROW(store.for_each([](const Baskets&, std::int64_t, int) {}), base::Error);
}

TEST(FrequentItems, LeastCountIsTheShareRoundedUp) {
  EXPECT_EQ(least_count(0.01, 9835), 99);   // 98.35
  EXPECT_EQ(least_count(0.001, 9835), 10);  // 9.835
  EXPECT_EQ(least_count(0.07, 100), 7);     // 7.000000000000001 in doubles
  EXPECT_EQ(least_count(0.29, 100), 29);    // 28.999999999999996
  EXPECT_EQ(least_count(0.6, 5), 3);
  EXPECT_EQ(least_count(1, 12345), 12345);
  EXPECT_EQ(least_count(1e-9, 100), 1);
  EXPECT_EQ(least_count(0.5, 0), 1);
  for (std::int64_t baskets = 1; baskets < 3000; ++baskets) {
    for (const std::int64_t percent : {1, 3, 7, 11, 29, 57, 99}) {
      ASSERT_EQ(least_count(static_cast<double>(percent) / 100, baskets), (percent * baskets + 99) / 100);
    }
  }
}

TEST(FrequentItems, AreNumberedFromTheMostFrequentOn) {
  const std::vector<std::int64_t> counts = {5, 9, 0, 2, 9, 3, 7};
  const auto all = frequent_items(counts, {}, 3);
  EXPECT_EQ(all.slots, (std::vector<std::int32_t>{1, 4, 6, 0, 5}));
  EXPECT_EQ(all.counts, (std::vector<std::int64_t>{9, 9, 7, 5, 3}));
  EXPECT_EQ(all.numbers, (std::vector<std::int32_t>{3, 0, -1, -1, 1, 4, 2}));
  const auto some = frequent_items(counts, std::vector<std::uint8_t>{1, 0, 1, 1, 1, 0, 0}, 1);
  EXPECT_EQ(some.slots, (std::vector<std::int32_t>{4, 0, 3}));
  EXPECT_EQ(some.numbers, (std::vector<std::int32_t>{1, -1, -1, 2, 0, -1, -1}));
  EXPECT_EQ(frequent_items(counts, {}, 10).size(), 0);
  EXPECT_EQ(frequent_items({}, {}, 1).size(), 0);
}

TEST(FrequentItems, ThreadsCountTogether) {
  // Few slots are counted a piece at a time, many straight away.
  for (const std::int32_t slots : {25, 50'000}) {
    std::vector<Baskets> pieces;
    std::vector<std::int64_t> right(static_cast<std::size_t>(slots), 0);
    Sequence sequence(11);
    for (int piece = 0; piece < 40; ++piece) {
      pieces.push_back(random_baskets(sequence, 50, 25, 10));
      for (auto& item : pieces.back().items) {
        item = item * (slots / 25);
        ++right[static_cast<std::size_t>(item)];
      }
    }
    for (const int threads : {1, 2, 4}) {
      parallel::set_thread_count(threads);
      std::vector<std::int64_t> counts(static_cast<std::size_t>(slots), 0);
      parallel::for_each(0, 40, [&](std::int64_t piece, int) { count_items(pieces[static_cast<std::size_t>(piece)], counts); });
      EXPECT_EQ(counts, right);
    }
  }
  parallel::set_thread_count(1);
}

TEST(FrequentItems, ReducedBasketsAreThoseOfFrequentItems) {
  // Baskets of up to 30 and of up to 2 items: those that a sort is for, and those of which many are equal.
  for (const int most : {2, 30}) {
    for (const std::int64_t memory : {std::int64_t{0}, std::int64_t{40'000}, plenty}) {
      for (const int threads : {1, 2}) {
        parallel::set_thread_count(threads);
        data::Budget budget(plenty);
        MemorySpill spill;
        std::vector<std::int64_t> counts(40, 0);
        std::map<std::vector<std::int32_t>, std::int64_t> right;
        Sequence sequence(13);
        BasketStore store(memory, budget, spill);
        std::vector<Baskets> pieces;
        for (int piece = 0; piece < 6; ++piece) {
          pieces.push_back(random_baskets(sequence, 3000, 40, most));
          count_items(pieces.back(), counts);
        }
        const auto items = frequent_items(counts, std::vector<std::uint8_t>(40, 1), counts[20]);
        ASSERT_GT(items.size(), 2);
        ASSERT_LT(items.size(), 40);
        for (auto& piece : pieces) {
          for (auto& basket : contents(piece)) {
            std::erase_if(basket, [&](std::int32_t slot) { return items.numbers[static_cast<std::size_t>(slot)] < 0; });
            for (auto& item : basket) item = items.numbers[static_cast<std::size_t>(item)];
            std::sort(basket.begin(), basket.end());
            if (basket.size() > 1) ++right[basket];
          }
          store.add(std::move(piece), 0, &piece - pieces.data());
        }
        const auto left = reduce(std::move(store), items, BasketStore(memory / 2, budget, spill));
        std::map<std::vector<std::int32_t>, std::int64_t> found;
        std::mutex mutex;
        left.for_each([&](const Baskets& some, std::int64_t, int) {
          const std::scoped_lock lock(mutex);
          for (std::int64_t b = 0; b < some.size(); ++b)
            found[std::vector<std::int32_t>(some[b].begin(), some[b].end())] += some.weight(b);
        });
        EXPECT_EQ(found, right);
        EXPECT_TRUE(most > 2 || left.baskets() < 6 * 3000 / 2) << left.baskets();
      }
    }
  }
  parallel::set_thread_count(1);
}

TEST(FrequentItems, BasketsThatStoodForSeveralKeepTheirWeight) {
  data::Budget budget(plenty);
  MemorySpill spill;
  BasketStore store(plenty, budget, spill);
  store.add({.starts = {0, 2, 4, 7}, .items = {1, 2, 1, 3, 1, 2, 4}, .keys = {}, .weights = {5, 2, 4'294'967'294}}, 0, 0);
  const std::vector<std::int64_t> counts = {0, 9, 8, 7, 0};
  const auto left = reduce(std::move(store), frequent_items(counts, {}, 1), BasketStore(plenty, budget, spill));
  left.for_each([](const Baskets& some, std::int64_t, int) {
    // {1, 2} twice: their weights do not fit one number.
    EXPECT_EQ(contents(some), (std::vector<std::vector<std::int32_t>>{{0, 1}, {0, 2}, {0, 1}}));
    EXPECT_EQ(some.weights, (std::vector<std::uint32_t>{5, 2, 4'294'967'294}));
  });
}

}  // namespace
}  // namespace fullbase::itemsets
