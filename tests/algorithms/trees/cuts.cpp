// Cuts against sorting all values in one place.
#include "algorithms/trees/cuts.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <random>
#include <set>

#include "algorithms/trees/binned_matrix.hpp"
#include "algorithms/trees/binner.hpp"
#include "algorithms/trees/key_sort.hpp"
#include "base/error.hpp"
#include "broken_source.hpp"
#include "comm/launch.hpp"
#include "data/make_batch.hpp"
#include "memory_spill.hpp"
#include "parallel/for_each.hpp"
#include "parallel/matrix_loop.hpp"

namespace fullbase::trees {
namespace {

using namespace fullbase::testing;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

struct Result {
  Cuts cuts;
  std::vector<std::uint8_t> bins;  // row by row
};

Result bin(const data::MemoryTable& table, const std::vector<std::string>& names, int ranks = 1, int threads = 1,
           std::int64_t memory = std::int64_t{1} << 30) {
  parallel::set_thread_count(threads);
  std::vector<Result> results(static_cast<std::size_t>(ranks));
  std::vector<std::uint8_t> all(static_cast<std::size_t>(table.rows()) * names.size());
  comm::run_threads(ranks, [&](comm::Communicator& communicator) {
    data::Budget budget(memory);
    MemorySpill spill;
    auto& result = results[static_cast<std::size_t>(communicator.rank())];
    const auto features = learning::meet_features(communicator, table, names);
    result.cuts = find_cuts(communicator, table, features, budget);
    EXPECT_EQ(budget.available(), memory);
    const auto matrix = bin_rows(communicator, table, features, result.cuts.bins, 100, budget, spill);
    parallel::for_each_block(*matrix, [&](std::int64_t block, base::matrix_view<const std::uint8_t> values, int) {
      const auto rows = base::rows_of_block(block, table.rows());
      for (std::int64_t i = 0; i < rows.size(); ++i)
        for (std::size_t f = 0; f < names.size(); ++f)
          all[static_cast<std::size_t>(rows.first + i) * names.size() + f] = values(i, static_cast<std::int64_t>(f));
    });
  });
  for (const auto& result : results) EXPECT_EQ(result.cuts.bins, results.front().cuts.bins);
  results.front().bins = all;
  return results.front();
}

// The textbook: sort, take type-1 quantiles, cut midway to the next distinct value.
std::vector<float> cuts_by_sorting(const std::vector<double>& column) {
  std::vector<float> values;
  for (const double x : column)
    if (!std::isnan(x)) values.push_back(static_cast<float>(x));
  std::ranges::sort(values);
  const std::set<float> distinct(values.begin(), values.end());
  std::set<float> ends;
  if (distinct.size() <= 255) {
    ends = distinct;
  } else {
    for (std::size_t i = 1; i < 255; ++i) ends.insert(values[(values.size() * i + 254) / 255 - 1]);
  }
  std::vector<float> uppers;
  for (const float end : ends) {
    const auto next = distinct.upper_bound(end);
    if (next == distinct.end()) continue;
    const auto middle = static_cast<float>((static_cast<double>(end) + *next) / 2);
    uppers.push_back(middle < *next ? middle : end);
  }
  return uppers;
}

std::vector<double> normals(std::size_t rows, unsigned seed) {
  std::mt19937 random(seed);
  std::normal_distribution<double> normal;
  std::vector<double> values;
  for (std::size_t i = 0; i < rows; ++i) values.push_back(i % 37 == 5 ? nan : normal(random));
  return values;
}

TEST(KeySort, OrdersKeysAsFloatsAre) {
  std::mt19937 random(1);
  for (const int threads : {1, 2, 3}) {
    parallel::set_thread_count(threads);
    for (const std::size_t size : {0U, 1U, 2U, 1000U, 100'000U}) {
      std::vector<std::uint32_t> keys(size);
      for (auto& key : keys) key = random() % 3 == 0 ? no_value : ordered_key(static_cast<float>(random()) - 2e9F);
      auto expected = keys;
      std::ranges::sort(expected);
      std::vector<std::uint32_t> scratch(size);
      sort_keys(keys, scratch);
      EXPECT_EQ(keys, expected);
    }
  }
  EXPECT_LT(ordered_key(-1.0F), ordered_key(-0.5F));
  EXPECT_EQ(ordered_key(-0.0F), ordered_key(0.0F));
  EXPECT_LT(ordered_key(std::numeric_limits<float>::infinity()), no_value);
  EXPECT_EQ(value_of_key(ordered_key(-2.5F)), -2.5F);
}

TEST(Cuts, AreThoseOfSortingOnAnyRanksAndThreads) {
  std::mt19937 random(2);
  std::vector<double> lumpy;  // some values far more frequent than a bin
  for (int i = 0; i < 5'000; ++i) lumpy.push_back(random() % 2 == 0 ? 7 : static_cast<double>(random() % 1000));
  std::vector<double> close;  // neighbouring floats
  float value = 1;
  for (int i = 0; i < 5'000; ++i) close.push_back(value = std::nextafter(value, 2.0F));
  std::vector<double> few;
  for (int i = 0; i < 5'000; ++i) few.push_back(static_cast<double>(i % 255) / 10);
  const auto usual = normals(5'000, 3);
  const data::MemoryTable table("t", make_batch({float64_column("usual", usual), float64_column("lumpy", lumpy),
                                                 float64_column("close", close), float64_column("few", few)}));
  const std::vector<std::string> names = {"usual", "lumpy", "close", "few"};
  const auto alone = bin(table, names);
  EXPECT_EQ(alone.cuts.bins[0].uppers, cuts_by_sorting(usual));
  EXPECT_EQ(alone.cuts.bins[1].uppers, cuts_by_sorting(lumpy));
  EXPECT_EQ(alone.cuts.bins[2].uppers, cuts_by_sorting(close));
  EXPECT_EQ(alone.cuts.bins[3].uppers, cuts_by_sorting(few));
  EXPECT_EQ(alone.cuts.bins[0].bins, 255);
  EXPECT_EQ(alone.cuts.bins[3].bins, 255);
  EXPECT_THAT(alone.cuts.missing, ElementsAre(135, 0, 0, 0));
  for (std::size_t i = 0; i < 5'000; ++i) {
    ASSERT_EQ(alone.bins[i * 4], alone.cuts.bins[0].bin(usual[i]));
    ASSERT_EQ(alone.bins[i * 4 + 2], alone.cuts.bins[2].bin(close[i]));
    ASSERT_EQ(alone.bins[i * 4 + 3], i % 255);
  }
  for (const int ranks : {1, 2, 3, 4, 7}) {
    for (const int threads : {1, 2}) {
      const auto other = bin(table, names, ranks, threads, ranks == 3 ? 60'000 : std::int64_t{1} << 30);
      EXPECT_EQ(other.cuts.bins, alone.cuts.bins) << ranks;
      EXPECT_EQ(other.bins, alone.bins) << ranks;
    }
  }
}

// More rows than a thread is handed at a time, numbers and categories.
TEST(Cuts, AreTheSameOverThreads) {
  const auto numbers = normals(140'000, 4);
  Optional<std::string> towns;
  for (std::size_t i = 0; i < numbers.size(); ++i)
    towns.push_back(i % 41 == 0 ? std::nullopt : std::optional("t" + std::to_string(i * i % 911)));
  const data::MemoryTable table("t", make_batch({float64_column("x", numbers), category_column("town", towns)}));
  const std::vector<std::string> names = {"x", "town"};
  const auto alone = bin(table, names);
  EXPECT_EQ(alone.cuts.bins[0].uppers, cuts_by_sorting(numbers));
  std::map<std::string, int> bin_of;
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    ASSERT_EQ(alone.bins[i * 2], alone.cuts.bins[0].bin(numbers[i]));
    const auto b = alone.bins[i * 2 + 1];
    ASSERT_EQ(bin_of.emplace(towns[i].value_or(""), b).first->second, b) << i;
  }
  for (const int ranks : {1, 2}) {
    const auto other = bin(table, names, ranks, 2);
    EXPECT_EQ(other.cuts.bins, alone.cuts.bins) << ranks;
    EXPECT_EQ(other.bins, alone.bins) << ranks;
  }
}

TEST(Cuts, BinsHoldEquallyManyRows) {
  const auto values = normals(51'000, 9);
  const data::MemoryTable table("t", make_batch({float64_column("x", values)}));
  const auto result = bin(table, {"x"}, 2, 2);
  std::map<int, int> rows;
  for (const auto b : result.bins) ++rows[b];
  const int missing = rows[missing_bin];
  rows.erase(missing_bin);
  EXPECT_EQ(rows.size(), 255U);
  for (const auto& [b, count] : rows) EXPECT_NEAR(count, (51'000 - missing) / 255.0, 1.01);
}

TEST(Cuts, WholeNumbersAndConditionsAreCutBetween) {
  const data::MemoryTable table(
      "t", make_batch({int64_column("n", {3, 1, std::nullopt, 10, 3}), bool_column("b", {true, false, true, std::nullopt, false}),
                       decimal_column("d", 2, {150, 250, 150, 150, 150})}));
  const auto result = bin(table, {"n", "b", "d"}, 2);
  EXPECT_THAT(result.cuts.bins[0].uppers, ElementsAre(2, 6.5F));
  EXPECT_THAT(result.cuts.bins[1].uppers, ElementsAre(0.5F));
  EXPECT_THAT(result.cuts.bins[2].uppers, ElementsAre(2));
  EXPECT_THAT(result.bins, ElementsAre(1, 1, 0, 0, 0, 1, 255, 1, 0, 2, 255, 0, 1, 0, 0));
}

TEST(Cuts, RareCategoriesShareTheLastBin) {
  Optional<std::string> cities;
  for (int c = 0; c < 300; ++c) {
    // City 7 is the most frequent; 200 and above occur once.
    for (int i = 0; i < (c == 7 ? 5 : c < 200 ? 2 : 1); ++i) cities.push_back(std::to_string(1000 + c));
  }
  cities.push_back(std::nullopt);
  const data::MemoryTable table("t", make_batch({category_column("city", cities)}));
  for (const int ranks : {1, 3}) {
    const auto result = bin(table, {"city"}, ranks);
    const auto& bins = result.cuts.bins[0];
    EXPECT_EQ(bins.bins, 255);
    ASSERT_EQ(bins.bin_of_category.size(), 300U);
    // All the frequent ones and, of those that occur once, the first by bytes.
    for (int c = 0; c < 300; ++c) EXPECT_EQ(bins.bin_of_category[static_cast<std::size_t>(c)], std::min(c, 254)) << c;
    ASSERT_EQ(result.cuts.rare.size(), 1U);
    EXPECT_EQ(result.cuts.rare[0].categories, 46);
    EXPECT_EQ(result.cuts.rare[0].rows, 46);
    EXPECT_EQ(result.bins.back(), missing_bin);
    EXPECT_EQ(bins.bin(learning::unseen_category), missing_bin);
  }
}

TEST(Cuts, ConstantFeaturesAreAnErrorWhereThereAreNoOthers) {
  const data::MemoryTable constant("t", make_batch({float64_column("x", {1, 1, 1}), float64_column("y", {nan, nan, nan})}));
  EXPECT_THAT(
      [&] {
        bin(constant, {"x", "y"}, 2);
      },
      ::testing::ThrowsMessage<base::Error>(HasSubstr("every feature has the same value")));
  const data::MemoryTable missing("t", make_batch({float64_column("x", {1, nan, 1})}));
  EXPECT_THAT(bin(missing, {"x"}).bins, ElementsAre(0, 255, 0));
}

TEST(Cuts, TooLittleMemoryIsTheSameErrorOnEveryRank) {
  const data::MemoryTable table("t", make_batch({float64_column("x", normals(5'000, 1))}));
  EXPECT_THAT([&] { bin(table, {"x"}, 3, 1, 1'000); },
              ::testing::ThrowsMessage<base::Error>(HasSubstr("the values of a feature")));
}

TEST(Cuts, ARankThatCannotReadIsTheErrorOfAll) {
  constexpr std::int64_t rows = 4 * base::block_rows;
  Optional<std::string> cities;
  std::vector<double> values;
  for (std::int64_t i = 0; i < rows; ++i) {
    cities.emplace_back(i % 2 == 0 ? "Bath" : "York");
    values.push_back(static_cast<double>(i));
  }
  const data::MemoryTable table("t", make_batch({float64_column("x", values), category_column("city", cities)}));
  const std::vector<learning::Feature> features = {{.name = "x"},
                                                   {.name = "city", .categorical = true, .categories = {"Bath", "York"}}};
  for (int failing = 0; failing < 4; ++failing) {
    const base::RowRange broken{failing * base::block_rows, (failing + 1) * base::block_rows};
    const BrokenSource numbers(table, broken, 0);
    const BrokenSource texts(table, broken, 1);
    comm::run_threads(4, [&](comm::Communicator& communicator) {
      data::Budget budget(1 << 20);
      MemorySpill spill;
      const auto& all = std::span<const learning::Feature>(features);
      EXPECT_THROW(find_cuts(communicator, numbers, all.first(1), budget), base::Error);
      EXPECT_THROW(find_cuts(communicator, texts, all.last(1), budget), base::Error);
      const auto cuts = find_cuts(communicator, table, all, budget);
      EXPECT_THROW(bin_rows(communicator, texts, all, cuts.bins, 0, budget, spill), base::Error);
      EXPECT_EQ(budget.available(), 1 << 20);
    });
  }
}

TEST(Cuts, FewerRowsThanRanks) {
  const data::MemoryTable table("t", make_batch({float64_column("x", {3, 1, 2})}));
  EXPECT_THAT(bin(table, {"x"}, 5).bins, ElementsAre(2, 0, 1));
}

TEST(Binner, IsTheBinOfEveryValue) {
  FeatureBins bins;
  for (int i = 0; i < 254; ++i) bins.uppers.push_back(static_cast<float>(i) * 0.37F - 20);
  bins.bins = 255;
  const Binner binner(bins);
  std::mt19937 random(5);
  std::vector<double> values = {nan, HUGE_VAL, -HUGE_VAL, 0, -0.0, 1e300, -1e300};
  for (const float upper : bins.uppers) {
    values.push_back(upper);
    values.push_back(std::nextafter(upper, 1e9F));
    values.push_back(std::nextafter(static_cast<double>(upper), 1e9));
  }
  std::vector<std::uint8_t> out(values.size() * 2);
  binner.bin(values, out.data(), 2);
  for (std::size_t i = 0; i < values.size(); ++i) {
    EXPECT_EQ(out[2 * i], bins.bin(values[i])) << values[i];
    if (std::isnan(values[i])) continue;
    const auto rounded = static_cast<float>(values[i]);
    EXPECT_EQ(out[2 * i], std::ranges::count_if(bins.uppers, [&](float upper) { return upper < rounded; })) << values[i];
  }
}

}  // namespace
}  // namespace fullbase::trees
