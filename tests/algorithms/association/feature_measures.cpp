// What is counted and summed on many ranks is what a plain loop over all rows counts and sums.
#include "algorithms/association/feature_measures.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <map>
#include <random>
#include <set>
#include <tuple>

#include "algorithms/association/feature_bins.hpp"
#include "comm/launch.hpp"
#include "data/make_batch.hpp"
#include "every_read.hpp"
#include "parallel/for_each.hpp"

namespace fullbase::association {
namespace {

using namespace fullbase::testing;

constexpr double nan = std::numeric_limits<double>::quiet_NaN();
constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr std::int64_t plenty = std::int64_t{1} << 30;

std::vector<FeatureMeasures> measured(comm::Communicator& communicator, const data::BlockSource& source,
                                      const learning::TargetOptions& label, data::Budget& budget) {
  const auto target = learning::read_target(communicator, source, label, budget);
  const LabelClasses classes(communicator, target, budget);
  std::vector<FeatureMeasures> all;
  for (int column = 0; column < source.schema().columns(); ++column) {
    if (source.schema()[column].name != label.column)
      all.push_back(measure_feature(communicator, source, column, classes, budget));
  }
  return all;
}

/// Of the first rank; those of the others have to be the same.
std::vector<FeatureMeasures> measure(const data::MemoryTable& table, const learning::TargetOptions& label, int ranks = 1,
                                     int threads = 1, std::int64_t memory = plenty) {
  parallel::set_thread_count(threads);
  std::vector<std::vector<FeatureMeasures>> found(static_cast<std::size_t>(ranks));
  comm::run_threads(ranks, [&](comm::Communicator& communicator) {
    data::Budget budget(memory);
    found[static_cast<std::size_t>(communicator.rank())] = measured(communicator, table, label, budget);
    EXPECT_EQ(budget.available(), memory);
  });
  return found.front();
}

/// Everything, to the bit.
auto bits(const FeatureMeasures& m) {
  const auto of = [](double value) { return std::bit_cast<std::uint64_t>(value); };
  return std::tuple(m.feature, m.is_number, m.missing, m.distinct, of(m.variance), of(m.correlation), of(m.mutual_information),
                    of(m.chi_square.statistic), m.chi_square.degrees_of_freedom, of(m.chi_square.p_value), m.pooled);
}

struct Columns {
  std::vector<double> number;
  Optional<std::int64_t> whole;
  Optional<bool> flag;
  Optional<std::string> category;
  Optional<std::int64_t> price;
  Optional<bool> label;
  std::vector<double> amount;
};

Columns random_columns(std::int64_t rows) {
  std::mt19937_64 random(5);
  std::normal_distribution<double> normal;
  Columns c;
  for (std::int64_t i = 0; i < rows; ++i) {
    const bool label = random() % 3 == 0;
    c.label.push_back(label);
    c.number.push_back(random() % 11 == 0 ? nan : 1e6 + normal(random) + (label ? 0.5 : 0));
    c.whole.push_back(random() % 9 == 0 ? std::nullopt : std::optional<std::int64_t>(random() % (label ? 6 : 4)));
    c.flag.push_back(random() % 7 == 0 ? std::nullopt : std::optional<bool>(random() % 2 == 0));
    c.category.push_back(random() % 13 == 0 ? std::nullopt : std::optional("c" + std::to_string(random() % 5)));
    c.price.push_back(random() % 13 == 0 ? std::nullopt : std::optional<std::int64_t>(random() % 1'000));
    c.amount.push_back(normal(random) * 10 + (label ? 3 : 0));
  }
  return c;
}

data::MemoryTable table_of(const Columns& c) {
  return make_table(
      "customers", {float64_column("number", c.number), int64_column("whole", c.whole), bool_column("flag", c.flag),
                    category_column("category", c.category), decimal_column("price", 2, c.price), bool_column("label", c.label)});
}

TEST(FeatureMeasures, AreThoseOfAPlainLoop) {
  const auto c = random_columns(5'000);
  const auto measures = measure(table_of(c), {.column = "label"});
  ASSERT_EQ(measures.size(), 5U);

  // The number's bins by definition, and everything that follows from them.
  auto sorted = c.number;
  std::erase_if(sorted, [](double x) { return std::isnan(x); });
  std::ranges::sort(sorted);
  std::set<double> ends;
  for (std::size_t i = 1; i < 32; ++i) ends.insert(sorted[(sorted.size() * i + 31) / 32 - 1]);
  std::map<std::pair<int, bool>, double> cells;
  std::map<int, double> of_bin;
  std::map<bool, double> of_label;
  const double n = 5'000;
  double mean = 0, mean_label = 0;
  for (std::size_t i = 0; i < c.number.size(); ++i) {
    int bin = std::isnan(c.number[i]) ? -1 : 0;
    for (const double end : ends) bin += bin >= 0 && c.number[i] > end;
    const bool label = *c.label[i];
    cells[{bin, label}] += 1;
    of_bin[bin] += 1;
    of_label[label] += 1;
    if (bin >= 0) mean += c.number[i] / static_cast<double>(sorted.size());
    if (bin >= 0) mean_label += label / static_cast<double>(sorted.size());
  }
  double information = 0, statistic = 0;
  for (const auto& [bin, in_bin] : of_bin) {
    for (const auto& [label, with_label] : of_label) {
      const double count = cells[{bin, label}];
      const double expected = in_bin * with_label / n;
      if (count > 0) information += count / n * std::log(count / expected);
      statistic += (count - expected) * (count - expected) / expected;
    }
  }
  double xx = 0, yy = 0, xy = 0;
  for (std::size_t i = 0; i < c.number.size(); ++i) {
    if (std::isnan(c.number[i])) continue;
    const double x = c.number[i] - mean, y = *c.label[i] - mean_label;
    xx += x * x, yy += y * y, xy += x * y;
  }
  const auto& number = measures[0];
  EXPECT_EQ(of_bin.size(), 33U);
  EXPECT_NEAR(number.mutual_information, information, 1e-14);
  EXPECT_NEAR(number.chi_square.statistic, statistic, 1e-10);
  EXPECT_EQ(number.chi_square.degrees_of_freedom, 32);
  EXPECT_NEAR(number.variance, xx / static_cast<double>(sorted.size()), 1e-10);
  EXPECT_NEAR(number.correlation, xy / std::sqrt(xx * yy), 1e-12);
  EXPECT_EQ(number.missing, 5'000 - std::ssize(sorted));
  EXPECT_EQ(number.distinct, std::ssize(std::set<double>(sorted.begin(), sorted.end())));

  EXPECT_EQ(measures[1].distinct, 6);
  EXPECT_EQ(measures[1].chi_square.degrees_of_freedom, 6);  // and missing
  EXPECT_EQ(measures[2].chi_square.degrees_of_freedom, 2);
  EXPECT_EQ(measures[3].chi_square.degrees_of_freedom, 5);
  EXPECT_TRUE(std::isnan(measures[3].variance));
  EXPECT_GT(measures[1].mutual_information, 20 * measures[2].mutual_information);
}

TEST(FeatureMeasures, AreTheSameOnAnyRanksThreadsAndMemory) {
  // Threads read 65,536 rows at a time: several pieces for each.
  const auto table = table_of(random_columns(150'000));
  const auto one = measure(table, {.column = "label"});
  for (const auto& [ranks, threads, memory] : std::vector<std::tuple<int, int, std::int64_t>>{
           {2, 1, plenty}, {3, 2, plenty}, {4, 1, std::int64_t{1} << 20}, {1, 2, std::int64_t{1} << 20}}) {
    const auto other = measure(table, {.column = "label"}, ranks, threads, memory);
    ASSERT_EQ(other.size(), one.size());
    for (std::size_t f = 0; f < one.size(); ++f) EXPECT_EQ(bits(other[f]), bits(one[f])) << ranks << ' ' << threads;
  }
}

TEST(FeatureMeasures, FewerRowsThanRanks) {
  const auto table = make_table("few", {int64_column("x", {1, 2, 3}), bool_column("label", {true, false, true})});
  const auto found = measure(table, {.column = "label"}, 4, 2).front();
  EXPECT_NEAR(found.variance, 2.0 / 3, 1e-15);
  EXPECT_EQ(found.correlation, 0);
  EXPECT_NEAR(found.mutual_information, -(std::log(2.0 / 3) * 2 / 3 + std::log(1.0 / 3) / 3), 1e-15);
}

TEST(FeatureMeasures, ALabelThatIsANumberHasBinsToo) {
  auto c = random_columns(3'000);
  const auto table = make_table(
      "customers", {float64_column("same", c.amount), bool_column("flag", c.label), float64_column("amount", c.amount)});
  const auto found = measure(table, {.column = "amount", .regression = true}, 2);
  EXPECT_NEAR(found[0].mutual_information, std::log(32), 1e-3);  // 32 bins of equal share, one to one
  EXPECT_EQ(found[0].chi_square.degrees_of_freedom, 31 * 31);
  EXPECT_NEAR(found[0].correlation, 1, 1e-15);
  EXPECT_LE(found[0].correlation, 1);
  EXPECT_EQ(found[1].chi_square.degrees_of_freedom, 31);
}

TEST(FeatureMeasures, WholeNumbersAsClassesCorrelateAsTheNumbersThatTheyAre) {
  const auto table = make_table("t", {float64_column("x", {1, 2, 3, 4, 5, 7}), int64_column("label", {10, 10, 20, 20, 50, 50})});
  // numpy.corrcoef([1, 2, 3, 4, 5, 7], [10, 10, 20, 20, 50, 50])
  EXPECT_NEAR(measure(table, {.column = "label"}).front().correlation, 0.9116161231812192, 1e-15);
  const auto texts =
      make_table("t", {float64_column("x", {1, 2, 3, 4, 5, 7}), category_column("label", {"a", "a", "b", "b", "c", "c"})});
  EXPECT_TRUE(std::isnan(measure(texts, {.column = "label"}).front().correlation));
}

TEST(FeatureMeasures, ConstantMissingAndInfiniteValues) {
  const auto table =
      make_table("t", {float64_column("constant", {3, 3, 3, 3}), float64_column("nothing", {nan, nan, nan, nan}),
                       float64_column("infinite", {infinity, 1, -infinity, 2}),
                       float64_column("huge", {1e308, -1e308, 1e308, -1e308}), bool_column("label", {true, false, true, false})});
  const auto found = measure(table, {.column = "label"}, 2);
  EXPECT_EQ(found[0].variance, 0);
  EXPECT_TRUE(std::isnan(found[0].correlation));
  EXPECT_EQ(found[0].mutual_information, 0);
  EXPECT_EQ(found[0].chi_square.degrees_of_freedom, 0);
  EXPECT_EQ(found[0].distinct, 1);
  EXPECT_TRUE(std::isnan(found[1].variance));
  EXPECT_EQ(found[1].missing, 4);
  EXPECT_EQ(found[1].distinct, 0);
  EXPECT_EQ(found[1].chi_square.p_value, 1);
  EXPECT_EQ(found[2].variance, 0.25);
  EXPECT_NEAR(found[2].mutual_information, std::log(2), 1e-15);  // infinite values have bins
  EXPECT_TRUE(std::isnan(found[3].variance));                    // it is beyond float64
  EXPECT_NEAR(found[3].mutual_information, std::log(2), 1e-15);
}

TEST(FeatureMeasures, CategoriesOfTheFewestRowsShareABin) {
  Optional<std::string> category;
  Optional<bool> label;
  // 1,200 categories of two rows, of which the last 900 have one more.
  for (int round = 0; round < 3; ++round) {
    for (int i = round < 2 ? 0 : 300; i < 1'200; ++i) {
      category.push_back("c" + std::to_string(10'000 + i));
      label.push_back(i % 2 == 0);
    }
  }
  const auto table = make_table("t", {category_column("c", category), bool_column("label", label)});
  const auto found = measure(table, {.column = "label"}, 3, 2).front();
  EXPECT_EQ(found.distinct, 1'200);
  // The 900 of three rows have bins, then the first 100 of two; what is left is 200 of two.
  EXPECT_EQ(found.pooled, 200);
  EXPECT_EQ(found.chi_square.degrees_of_freedom, 1'000);
  const double rows = 3'300;
  EXPECT_NEAR(found.mutual_information, (rows - 400) / rows * std::log(2), 1e-12);
}

TEST(FeatureMeasures, AReadErrorOnOneRankIsTheErrorOfAll) {
  parallel::set_thread_count(1);
  const auto c = random_columns(4'000);
  const auto table = make_table(
      "customers", {float64_column("number", c.number), category_column("category", c.category), bool_column("label", c.label)});
  const int reads =
      break_every_read(table, [](comm::Communicator& communicator, const data::BlockSource& source, data::Budget& budget) {
        measured(communicator, source, {.column = "label"}, budget);
      });
  EXPECT_GT(reads, 3 * 6);
}

}  // namespace
}  // namespace fullbase::association
