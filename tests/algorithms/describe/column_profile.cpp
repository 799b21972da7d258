// A column's profile is what brute force finds, whatever the ranks, threads and memory.
#include "algorithms/describe/column_profile.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <functional>
#include <limits>
#include <map>
#include <random>
#include <string>

#include "base/error.hpp"
#include "broken_source.hpp"
#include "comm/launch.hpp"
#include "data/make_batch.hpp"
#include "parallel/for_each.hpp"

namespace fullbase::describe {
namespace {

using namespace fullbase::testing;
using ::testing::ElementsAre;

constexpr std::int64_t plenty = std::int64_t{1} << 30;
constexpr std::int64_t little = std::int64_t{1} << 10;
const std::vector<double> probabilities = {0.01, 0.25, 0.5, 0.99};

ColumnProfile profile(const data::Column& column, int ranks = 1, int threads = 1, std::int64_t memory = plenty,
                      std::int64_t most = 5) {
  parallel::set_thread_count(threads);
  const auto table = make_table("t", {column});
  ColumnProfile result;
  comm::run_threads(ranks, [&](comm::Communicator& communicator) {
    data::Budget budget(memory);
    auto found = column_profile(communicator, table, 0, probabilities, most, budget);
    EXPECT_EQ(budget.available(), memory);
    if (communicator.rank() == communicator.size() - 1) result = std::move(found);
  });
  return result;
}

/// Value -> rows, and what is to be found of it.
template <class T>
struct Expected {
  std::map<T, std::int64_t> counts;

  std::vector<std::pair<T, std::int64_t>> frequent(std::size_t most) const {
    std::vector<std::pair<T, std::int64_t>> all(counts.begin(), counts.end());
    std::stable_sort(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.second > b.second; });
    all.resize(std::min(all.size(), most));
    return all;
  }
};

template <class F>
void for_all_ways(F check) {
  for (const int ranks : {1, 2, 3, 4}) {
    for (const int threads : {1, 2}) {
      for (const auto memory : {plenty, little}) check(ranks, threads, memory);
    }
  }
}

TEST(ColumnProfile, IntegersFarApart) {
  std::mt19937_64 random(1);
  Optional<std::int64_t> values;
  Expected<std::int64_t> expected;
  std::vector<std::int64_t> sorted;
  for (int i = 0; i < 100'000; ++i) {
    if (i % 10 == 3) {
      values.emplace_back();
      continue;
    }
    // Beyond what a double holds, and half of them occur twice.
    const auto value = static_cast<std::int64_t>((random() % 60'000) * 0x0fff'ffff'ffffULL) + (std::int64_t{1} << 60);
    values.emplace_back(value);
    ++expected.counts[value];
    sorted.push_back(value);
  }
  std::ranges::sort(sorted);
  const auto column = int64_column("x", values);
  for_all_ways([&](int ranks, int threads, std::int64_t memory) {
    const auto found = profile(column, ranks, threads, memory);
    EXPECT_EQ(found.counts.present, std::ssize(sorted));
    EXPECT_EQ(found.counts.distinct, std::ssize(expected.counts));
    EXPECT_THAT(found.counts.extremes.int64s(), ElementsAre(sorted.front(), sorted.back()));
    std::vector<std::pair<std::int64_t, std::int64_t>> frequent;
    for (std::size_t i = 0; i < found.counts.frequent_rows.size(); ++i)
      frequent.emplace_back(found.counts.frequent.int64s()[i], found.counts.frequent_rows[i]);
    EXPECT_EQ(frequent, expected.frequent(5));
    const auto at = [&](double p) {
      return sorted[static_cast<std::size_t>(std::ceil(p * static_cast<double>(sorted.size()) - 1e-9)) - 1];
    };
    EXPECT_THAT(found.quantiles.int64s(), ElementsAre(at(0.01), at(0.25), at(0.5), at(0.99)));
  });
}

TEST(ColumnProfile, Texts) {
  std::mt19937 random(2);
  Optional<std::string> values;
  Expected<std::string> expected;
  for (int i = 0; i < 30'000; ++i) {
    // A small text, an empty one, or one of its own: 10 MB in all.
    std::string value =
        i % 3 == 0 ? std::string(random() % 4, 'a') : "text " + std::to_string(random() % 20'000) + std::string(500, 'x');
    if (i % 100 == 7) {
      values.emplace_back();
      continue;
    }
    ++expected.counts[value];
    values.emplace_back(std::move(value));
  }
  const auto column = string_column("x", values);
  for (const int ranks : {1, 3}) {
    for (const auto memory : {plenty, little}) {
      const auto found = profile(column, ranks, 2, memory);
      EXPECT_EQ(found.counts.distinct, std::ssize(expected.counts));
      EXPECT_EQ(found.counts.extremes.text(0), expected.counts.begin()->first);
      EXPECT_EQ(found.counts.extremes.text(1), expected.counts.rbegin()->first);
      std::vector<std::pair<std::string, std::int64_t>> frequent;
      for (std::size_t i = 0; i < found.counts.frequent_rows.size(); ++i)
        frequent.emplace_back(found.counts.frequent.text(static_cast<std::int64_t>(i)), found.counts.frequent_rows[i]);
      EXPECT_EQ(frequent, expected.frequent(5));
      EXPECT_EQ(found.quantiles.rows(), 0);
    }
  }
}

TEST(ColumnProfile, LengthsCountCharacters) {
  const auto found = profile(string_column("x", {"", "Zürich", std::nullopt, "日本"}));
  EXPECT_EQ(found.lengths->texts, 3);
  EXPECT_EQ(found.lengths->shortest, 0);
  EXPECT_EQ(found.lengths->longest, 6);
  EXPECT_EQ(found.lengths->characters, 8);
  EXPECT_EQ(profile(category_column("x", {"ab", "ab", std::nullopt})).lengths->characters, 4);
}

TEST(ColumnProfile, TiesGoToTheLeastValue) {
  const auto found = profile(category_column("x", {"b", "a", "c", "b", "c", std::nullopt}), 2, 1, plenty, 2);
  EXPECT_EQ(found.counts.frequent.text(0), "b");
  EXPECT_EQ(found.counts.frequent.text(1), "c");
  EXPECT_THAT(found.counts.frequent_rows, ElementsAre(2, 2));
  EXPECT_EQ(found.counts.distinct, 3);
}

TEST(ColumnProfile, FloatsHaveOneZeroAndMissingNaN) {
  const double inf = std::numeric_limits<double>::infinity();
  const auto found = profile(float64_column("x", {0.0, -0.0, data::missing_float64, 3, -inf, 5}), 2);
  EXPECT_EQ(found.counts.present, 5);
  EXPECT_EQ(found.counts.distinct, 4);
  EXPECT_THAT(found.counts.extremes.float64s(), ElementsAre(-inf, 5.0));
  EXPECT_THAT(found.counts.frequent_rows, ElementsAre(2, 1, 1, 1));
  EXPECT_EQ(found.moments->finite, 4);
  EXPECT_EQ(found.moments->infinite, 1);
  EXPECT_DOUBLE_EQ(found.moments->mean, 2);
  EXPECT_DOUBLE_EQ(found.moments->deviation, std::sqrt(18.0 / 3));
}

TEST(ColumnProfile, MomentsBeyondFloat64AreMissing) {
  constexpr double most = std::numeric_limits<double>::max();
  std::vector<double> apart(5000, 1.0);
  for (std::size_t i = 0; i < apart.size(); i += 1000) apart[i] = i % 2000 == 0 ? most : -most;
  for (const int ranks : {1, 3}) {
    const auto large = profile(float64_column("x", {most, most, most}), ranks);
    EXPECT_TRUE(std::isnan(large.moments->mean) && std::isnan(large.moments->deviation));
    EXPECT_EQ(large.moments->finite, 3);
    const auto wide = profile(float64_column("x", apart), ranks, 2);
    EXPECT_TRUE(std::isfinite(wide.moments->mean));
    EXPECT_TRUE(std::isnan(wide.moments->deviation));
  }
}

TEST(ColumnProfile, MomentsHaveTheSameBitsOnAnyRanksAndThreads) {
  std::mt19937 random(3);
  std::normal_distribution<double> normal(1e6, 1);
  std::vector<double> values;
  for (int i = 0; i < 50'000; ++i) values.push_back(normal(random));
  const auto column = float64_column("x", values);
  long double sum = 0;
  long double squares = 0;
  for (const double value : values) sum += value;
  const long double mean = sum / 50'000;
  for (const double value : values) squares += (value - mean) * (value - mean);
  const auto first = profile(column);
  EXPECT_NEAR(first.moments->mean, static_cast<double>(mean), 1e-9);
  EXPECT_NEAR(first.moments->deviation, static_cast<double>(std::sqrt(squares / 49'999)), 1e-12);
  for_all_ways([&](int ranks, int threads, std::int64_t memory) {
    const auto found = profile(column, ranks, threads, memory);
    EXPECT_EQ(found.moments->mean, first.moments->mean);
    EXPECT_EQ(found.moments->deviation, first.moments->deviation);
  });
}

TEST(ColumnProfile, DecimalsTimesAndBooleansKeepTheirTypes) {
  const auto money = profile(decimal_column("x", 2, {150, std::nullopt, -25, 150}));
  EXPECT_THAT(money.counts.extremes.int64s(), ElementsAre(-25, 150));
  EXPECT_THAT(money.quantiles.int64s(), ElementsAre(-25, -25, 150, 150));
  EXPECT_DOUBLE_EQ(money.moments->mean, 2.75 / 3);
  const auto day = profile(date_column("x", {15'000, std::nullopt, 14'000}));
  EXPECT_THAT(day.quantiles.int32s(), ElementsAre(14'000, 14'000, 14'000, 15'000));
  EXPECT_FALSE(day.moments);
  const auto flag = profile(bool_column("x", {true, false, true, std::nullopt}));
  EXPECT_EQ(flag.counts.distinct, 2);
  EXPECT_THAT(flag.counts.frequent.bools(), ElementsAre(1, 0));
}

TEST(ColumnProfile, NothingToDescribe) {
  for (const int ranks : {1, 4}) {
    for (const auto& column :
         {int64_column("x", {}), int64_column("x", {std::nullopt}), float64_column("x", {data::missing_float64}),
          string_column("x", {}), category_column("x", {std::nullopt})}) {
      const auto found = profile(column, ranks);
      EXPECT_EQ(found.counts.present, 0);
      EXPECT_EQ(found.counts.distinct, 0);
      EXPECT_EQ(found.counts.extremes.rows(), 0);
      EXPECT_EQ(found.counts.frequent.rows(), 0);
      EXPECT_EQ(found.quantiles.rows(), 0);
      if (found.moments) {
        EXPECT_TRUE(std::isnan(found.moments->mean));
      }
    }
  }
}

TEST(ColumnProfile, WhatFailsOnOneRankIsThrownOnAll) {
  Optional<std::int64_t> numbers;
  Optional<std::string> texts;
  for (std::int64_t i = 0; i < 5'000; ++i) {
    numbers.emplace_back(i);
    texts.emplace_back(std::to_string(i));
  }
  const auto table = make_table("t", {int64_column("x", numbers), string_column("y", texts)});
  const auto fails = [&](const std::function<void(comm::Communicator&, const data::BlockSource&)>& work) {
    for (int failing = 0; failing < 3; ++failing) {
      std::atomic<int> thrown = 0;
      comm::run_threads(3, [&](comm::Communicator& communicator) {
        const BrokenSource source(table, communicator.rank() == failing ? base::RowRange{0, table.rows()} : base::RowRange{0, 0});
        try {
          work(communicator, source);
        } catch (const base::Error& error) {
          if (error.problem() == "cannot read") ++thrown;
        }
      });
      EXPECT_EQ(thrown, 3);
    }
  };
  fails([](auto& communicator, const auto& source) {
    data::Budget budget(plenty);
    count_values(communicator, source, 0, 5, budget);
  });
  fails([](auto& communicator, const auto& source) {
    data::Budget budget(plenty);
    count_values(communicator, source, 1, 5, budget);
  });
  fails([](auto& communicator, const auto& source) { moments(communicator, source, 0); });
  fails([](auto& communicator, const auto& source) { text_lengths(communicator, source, 1); });
}

}  // namespace
}  // namespace fullbase::describe
