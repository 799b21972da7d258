// The index is the textbook's on bins that are counted by brute force.
#include "algorithms/compare/population_stability.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <random>

#include "base/error.hpp"
#include "broken_source.hpp"
#include "comm/launch.hpp"
#include "data/make_batch.hpp"
#include "parallel/for_each.hpp"

namespace fullbase::compare {
namespace {

using namespace fullbase::testing;
using ::testing::ElementsAre;

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

std::vector<ColumnStability> compare_tables(const data::MemoryTable& before, const data::MemoryTable& after,
                                            const std::vector<ComparedColumn>& columns, const char* by = nullptr, int ranks = 1,
                                            int threads = 1, double rare = 0.01) {
  parallel::set_thread_count(threads);
  std::vector<std::vector<ColumnStability>> found(static_cast<std::size_t>(ranks));
  comm::run_threads(ranks, [&](comm::Communicator& communicator) {
    data::Budget budget(std::int64_t{1} << 30);
    Grouping grouping;
    std::optional<GroupLabels> labels;
    if (by != nullptr) {
      const int b = *before.schema().find(by);
      const int a = *after.schema().find(by);
      labels = GroupLabels::build(communicator, {&before, b}, {&after, a}, budget);
      grouping = {&*labels, b, a};
    }
    found[static_cast<std::size_t>(communicator.rank())] =
        population_stability(communicator, before, after, columns, grouping, {rare}, budget);
  });
  return found.front();
}

double textbook(const std::map<int, double>& before, const std::map<int, double>& after) {
  double sum = 0;
  for (const auto& [bin, share] : before) sum += (after.at(bin) - share) * std::log(after.at(bin) / share);
  return sum;
}

TEST(StabilityIndex, IsTheTextbooks) {
  const std::vector<std::int64_t> before = {10, 20, 70};
  const std::vector<std::int64_t> after = {20, 20, 60};
  EXPECT_NEAR(stability_index(before, after), 0.1 * std::log(2.0) - 0.1 * std::log(6.0 / 7), 1e-15);
  EXPECT_EQ(stability_index(before, before), 0);
}

TEST(StabilityIndex, AnEmptyBinCountsAsHalfARow) {
  const std::vector<std::int64_t> before = {0, 100, 0};
  const std::vector<std::int64_t> after = {50, 50, 0};
  EXPECT_NEAR(stability_index(before, after), (0.5 - 0.005) * std::log(0.5 / 0.005) + (0.5 - 1) * std::log(0.5), 1e-15);
  EXPECT_TRUE(std::isnan(stability_index(before, std::vector<std::int64_t>{0, 0, 0})));
}

TEST(PopulationStability, NumbersFallIntoDecilesOfTheNightBefore) {
  std::mt19937 random(3);
  std::normal_distribution<double> normal;
  std::vector<double> before, after;
  for (int i = 0; i < 5'000; ++i) before.push_back(i % 50 == 0 ? nan : normal(random));
  for (int i = 0; i < 4'000; ++i) after.push_back(i % 20 == 0 ? nan : normal(random) + 0.4);
  auto sorted = before;
  std::erase_if(sorted, [](double x) { return std::isnan(x); });
  std::ranges::sort(sorted);
  std::vector<double> cuts;
  for (int d = 1; d <= 9; ++d) cuts.push_back(sorted[(sorted.size() * static_cast<std::size_t>(d) + 9) / 10 - 1]);
  const auto shares = [&](const std::vector<double>& values) {
    std::map<int, double> share;
    for (const double x : values) {
      int bin = std::isnan(x) ? 10 : 0;
      while (bin < 9 && x > cuts[static_cast<std::size_t>(bin)]) ++bin;
      share[bin] += 1.0 / static_cast<double>(values.size());
    }
    return share;
  };
  const auto a = make_table("before", {float64_column("x", before)});
  const auto b = make_table("after", {float64_column("x", after)});
  const auto column = compare_tables(a, b, {{"x", 0, 0, false}}).front();
  const auto& all = column.measures.front();
  EXPECT_NEAR(all.index, textbook(shares(before), shares(after)), 1e-12);
  EXPECT_EQ(all.missing_before, 100);
  EXPECT_EQ(all.missing_after, 200);
  double sum = 0;
  for (const double x : after) sum += std::isnan(x) ? 0 : x;
  EXPECT_NEAR(all.mean_after, sum / 3'800, 1e-12);
  ASSERT_EQ(column.bins.size(), 11U);
  EXPECT_EQ(column.bins[3].lower, cuts[2]);
  EXPECT_EQ(column.bins[3].upper, cuts[3]);
  EXPECT_EQ(column.bins[3].before, 490);
  EXPECT_EQ(column.bins.back().kind, StabilityBin::Kind::missing);
}

TEST(PopulationStability, EqualDecilesAreOneBin) {
  const auto a = make_table("before", {int64_column("x", {7, 7, 7, 7, 7, 7, 7, 7, 7, 9})});
  const auto b = make_table("after", {int64_column("x", {7, 7, 7, 7, 7, 7, 7, 7, 9, 9})});
  const auto column = compare_tables(a, b, {{"x", 0, 0, false}}).front();
  ASSERT_EQ(column.bins.size(), 2U);  // up to 7, above; no value is missing, so there is no bin for that
  EXPECT_EQ(column.bins[0].before, 9);
  EXPECT_EQ(column.bins[1].after, 2);
}

TEST(PopulationStability, RareValuesArePooledUnlessTheyAreFrequentOnOneNight) {
  Optional<std::string> before, after;
  for (int i = 0; i < 1'000; ++i) before.emplace_back(i < 4 ? "fax" : i < 8 ? "telex" : i < 10 ? "" : "web");
  for (int i = 0; i < 1'000; ++i) after.emplace_back(i < 3 ? "fax" : i < 300 ? "telex" : i < 320 ? "app" : "web");
  before[999] = std::nullopt;
  const auto a = make_table("before", {category_column("c", before)});
  const auto b = make_table("after", {category_column("c", after)});
  const auto column = compare_tables(a, b, {{"c", 0, 0, true}}).front();
  std::map<std::string, std::pair<std::int64_t, std::int64_t>> bins;
  for (const auto& bin : column.bins)
    bins[bin.kind == StabilityBin::Kind::others    ? "(others)"
         : bin.kind == StabilityBin::Kind::missing ? "(missing)"
                                                   : bin.value] = {bin.before, bin.after};
  const std::map<std::string, std::pair<std::int64_t, std::int64_t>> expected = {
      {"app", {0, 20}}, {"telex", {4, 297}}, {"web", {989, 680}}, {"(others)", {6, 3}}, {"(missing)", {1, 0}}};
  EXPECT_EQ(bins, expected);
  const std::vector<std::int64_t> counts_before = {0, 4, 989, 6, 1};
  const std::vector<std::int64_t> counts_after = {20, 297, 680, 3, 0};
  EXPECT_NEAR(column.measures.front().index, stability_index(counts_before, counts_after), 1e-15);
}

TEST(PopulationStability, GroupsAreComparedInTheBinsOfAll) {
  Optional<std::int64_t> group_before, group_after, x_before, x_after;
  for (std::int64_t i = 0; i < 200; ++i) {
    group_before.emplace_back(i % 2 == 0 ? 3 : 8);
    x_before.emplace_back(i);
    group_after.emplace_back(i % 2 == 0 ? 3 : 11);
    x_after.emplace_back(i % 2 == 0 ? i : 199);
  }
  const auto a = make_table("before", {int64_column("g", group_before), int64_column("x", x_before)});
  const auto b = make_table("after", {int64_column("g", group_after), int64_column("x", x_after)});
  const auto measures = compare_tables(a, b, {{"x", 1, 1, false}}, "g").front().measures;
  ASSERT_EQ(measures.size(), 4U);  // all, 3, 8, 11
  EXPECT_EQ(measures[1].index, 0);
  EXPECT_EQ(measures[1].mean_before, 99);
  EXPECT_EQ(measures[2].rows_after, 0);
  EXPECT_TRUE(std::isnan(measures[2].index));
  EXPECT_EQ(measures[3].rows_before, 0);
  EXPECT_EQ(measures[3].mean_after, 199);
}

TEST(PopulationStability, EmptyTablesAreNoError) {
  const auto a = make_table("before", {float64_column("x", {})});
  const auto b = make_table("after", {float64_column("x", {1, 2})});
  EXPECT_TRUE(std::isnan(compare_tables(a, b, {{"x", 0, 0, false}}).front().measures.front().index));
  EXPECT_TRUE(std::isnan(compare_tables(b, a, {{"x", 0, 0, false}}).front().measures.front().index));
}

TEST(PopulationStability, InfiniteValuesHaveBinsButNoMean) {
  const double infinite = std::numeric_limits<double>::infinity();
  const auto a = make_table("before", {float64_column("x", {1, 2, 3, infinite})});
  const auto measures = compare_tables(a, a, {{"x", 0, 0, false}}).front().measures.front();
  EXPECT_EQ(measures.index, 0);
  EXPECT_TRUE(std::isnan(measures.mean_before));
}

TEST(PopulationStability, RanksAndThreadsDoNotMatter) {
  std::mt19937 random(4);
  std::vector<double> before, after;
  Optional<std::string> text_before, text_after;
  for (int i = 0; i < 9'000; ++i) {
    before.push_back(std::ldexp(static_cast<double>(random()), static_cast<int>(random() % 60) - 30));
    after.push_back(std::ldexp(static_cast<double>(random()), static_cast<int>(random() % 60) - 28));
    text_before.emplace_back(std::string(1, static_cast<char>('a' + random() % 7)));
    text_after.emplace_back(std::string(1, static_cast<char>('c' + random() % 7)));
  }
  const auto a = make_table("before", {float64_column("x", before), category_column("t", text_before)});
  const auto b = make_table("after", {string_column("t", text_after), float64_column("x", after)});
  const std::vector<ComparedColumn> columns = {{"x", 0, 1, false}, {"t", 1, 0, true}};
  const auto expected = compare_tables(a, b, columns, "t");
  for (const int ranks : {1, 2, 3, 4}) {
    for (const int threads : {1, 2}) {
      const auto found = compare_tables(a, b, columns, "t", ranks, threads);
      for (std::size_t c = 0; c < columns.size(); ++c) {
        ASSERT_EQ(found[c].measures.size(), expected[c].measures.size());
        for (std::size_t m = 0; m < found[c].measures.size(); ++m) {
          const auto& one = found[c].measures[m];
          const auto& other = expected[c].measures[m];
          const auto same = [](double x, double y) { return x == y || (std::isnan(x) && std::isnan(y)); };
          EXPECT_TRUE(same(one.index, other.index) && same(one.mean_before, other.mean_before) &&
                      same(one.mean_after, other.mean_after));
        }
      }
    }
  }
}

TEST(PopulationStability, AReadErrorOnOneRankIsTheErrorOfAll) {
  constexpr std::int64_t rows = 5 * base::block_rows;
  Optional<std::int64_t> group;
  std::vector<double> x;
  for (std::int64_t i = 0; i < rows; ++i) {
    group.emplace_back(i % 3 * 1'000'000);
    x.push_back(static_cast<double>(i));
  }
  const auto whole = make_table("t", {float64_column("x", x), int64_column("g", group)});
  parallel::set_thread_count(2);
  for (const bool before : {true, false}) {
    for (const bool by_value : {true, false}) {
      for (int broken = 0; broken < 3; ++broken) {
        const BrokenSource source(whole, base::Partition(rows, 3).rows_of(broken));
        const data::BlockSource& other = whole;
        std::vector<std::string> messages(3);
        comm::run_threads(3, [&](comm::Communicator& communicator) {
          data::Budget budget(std::int64_t{1} << 28);
          const std::vector<ComparedColumn> columns = {{by_value ? "g" : "x", by_value ? 1 : 0, by_value ? 1 : 0, by_value}};
          try {
            population_stability(communicator, before ? source : other, before ? other : source, columns, {}, {}, budget);
          } catch (const base::Error& error) {
            messages[static_cast<std::size_t>(communicator.rank())] = error.what();
          }
          EXPECT_EQ(budget.available(), std::int64_t{1} << 28);
        });
        EXPECT_THAT(messages[0], ::testing::HasSubstr("rank " + std::to_string(broken)));
        EXPECT_EQ(messages[1], messages[0]);
        EXPECT_EQ(messages[2], messages[0]);
      }
    }
  }
}

TEST(PopulationStability, TooLittleMemoryIsOneErrorOfAll) {
  const auto table = make_table("t", {float64_column("x", {1, 2, 3})});
  comm::run_threads(2, [&](comm::Communicator& communicator) {
    data::Budget budget(100);
    const std::vector<ComparedColumn> columns = {{"x", 0, 0, false}};
    EXPECT_THROW(population_stability(communicator, table, table, columns, {}, {}, budget), base::Error);
  });
}

TEST(GroupLabels, MoreValuesThanAnybodyComparesAreNone) {
  Optional<std::int64_t> many;
  for (std::int64_t i = 0; i <= GroupLabels::most; ++i) many.emplace_back(i);
  const auto table = make_table("t", {int64_column("x", many)});
  EXPECT_TRUE(compare_tables(table, table, {{"x", 0, 0, true}}).front().too_many_values);
}

}  // namespace
}  // namespace fullbase::compare
