// Labels, features and parts of rows, whatever ranks hold them.
#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "algorithms/learning/features.hpp"
#include "algorithms/learning/folds.hpp"
#include "algorithms/learning/row_subset.hpp"
#include "algorithms/learning/target.hpp"
#include "comm/launch.hpp"
#include "data/make_batch.hpp"
#include "error_text.hpp"
#include "parallel/for_each.hpp"

namespace fullbase::learning {
namespace {

using namespace fullbase::testing;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

/// The target of a table of one column `label`, put together from all ranks.
Target target_of(data::Column column, TargetOptions options, int ranks, int threads = 1) {
  parallel::set_thread_count(threads);
  options.column = "label";
  const auto table = make_table("train", {std::move(column)});
  std::vector<Target> parts(static_cast<std::size_t>(ranks));
  comm::run_threads(ranks, [&](comm::Communicator& communicator) {
    data::Budget budget(1 << 26);
    auto target = read_target(communicator, table, options, budget);
    target.reservation = {};
    parts[static_cast<std::size_t>(communicator.rank())] = std::move(target);
  });
  Target whole = std::move(parts.front());
  for (std::size_t r = 1; r < parts.size(); ++r) {
    EXPECT_EQ(parts[r].classes, whole.classes);
    EXPECT_EQ(parts[r].rows_of_class, whole.rows_of_class);
    whole.codes.insert(whole.codes.end(), parts[r].codes.begin(), parts[r].codes.end());
    whole.values.insert(whole.values.end(), parts[r].values.begin(), parts[r].values.end());
  }
  return whole;
}

std::string error_of(data::Column column, TargetOptions options = {}) {
  return error_text([&] { target_of(std::move(column), std::move(options), 2); });
}

TEST(Target, ClassesAreTheValuesThatOccurInOrder) {
  for (const int ranks : {1, 2, 3}) {
    const auto numbers = target_of(int64_column("label", {7, -1, 7, 10, -1}), {}, ranks);
    EXPECT_THAT(numbers.classes, ElementsAre("-1", "7", "10"));
    EXPECT_THAT(numbers.codes, ElementsAre(1, 0, 1, 2, 0));
    EXPECT_THAT(numbers.rows_of_class, ElementsAre(2, 2, 1));
    EXPECT_EQ(numbers.task, Task::multiclass);
    const auto texts = target_of(string_column("label", {"yes", "no", "no"}), {}, ranks);
    EXPECT_THAT(texts.classes, ElementsAre("no", "yes"));
    EXPECT_THAT(texts.codes, ElementsAre(1, 0, 0));
    EXPECT_EQ(texts.task, Task::binary);
    const auto positive = target_of(category_column("label", {"yes", "no", "no"}), {.column = {}, .positive = "no"}, ranks);
    EXPECT_THAT(positive.classes, ElementsAre("yes", "no"));
    EXPECT_THAT(positive.codes, ElementsAre(0, 1, 1));
    EXPECT_THAT(target_of(bool_column("label", {true, false}), {}, ranks).codes, ElementsAre(1, 0));
    const auto values = target_of(float64_column("label", {1.5, -2}), {.column = {}, .regression = true}, ranks);
    EXPECT_THAT(values.values, ElementsAre(1.5, -2));
  }
}

TEST(Target, SaysWhatALabelLacks) {
  EXPECT_THAT(error_of(bool_column("label", {true, std::nullopt, std::nullopt})),
              HasSubstr("train.label: 2 rows have no label, the first is row 1"));
  EXPECT_THAT(error_of(bool_column("label", {true, true})), HasSubstr("every row has the label 'true'"));
  EXPECT_THAT(error_of(int64_column("label", {1, 2, 3, 4})), HasSubstr("4 different values in 4 rows"));
  // An identifier is told as such, though some rows lack it.
  Optional<std::int64_t> identifiers = {std::nullopt};
  for (std::int64_t i = 0; i < 1'001; ++i) identifiers.insert(identifiers.end(), 2, i);
  EXPECT_THAT(error_of(int64_column("label", identifiers)), HasSubstr("train.label: the label has 1,001 different values"));
  EXPECT_THAT(error_of(bool_column("label", {})), HasSubstr("no rows to learn from"));
  EXPECT_THAT(error_of(category_column("label", {"a", "b", "c", "a"}), {.column = {}, .positive = "a"}),
              HasSubstr("'a' is not one of two classes"));
  EXPECT_THAT(error_of(float64_column("label", {1, INFINITY}), {.column = {}, .regression = true}),
              HasSubstr("1 label is infinite, the first in row 1"));
}

// More rows than one thread is handed at a time.
TEST(Target, IsTheSameOverThreads) {
  Optional<std::string> texts;
  std::vector<double> values;
  for (std::int64_t i = 0; i < 140'000; ++i) {
    texts.push_back("class " + std::to_string(i * i % 11));
    values.push_back(static_cast<double>(i % 1'009));
  }
  const auto expected = target_of(string_column("label", texts), {}, 1);
  for (std::size_t i = 0; i < texts.size(); ++i)
    ASSERT_EQ(expected.classes.at(static_cast<std::size_t>(expected.codes[i])), texts[i]);
  for (const int ranks : {1, 2}) {
    const auto found = target_of(string_column("label", texts), {}, ranks, 2);
    EXPECT_EQ(found.classes, expected.classes);
    EXPECT_EQ(found.rows_of_class, expected.rows_of_class);
    EXPECT_EQ(found.codes, expected.codes);
    EXPECT_EQ(target_of(float64_column("label", values), {.column = {}, .regression = true}, ranks, 2).values, values);
  }
  for (const std::size_t row : {139'999U, 70'001U, 70'000U}) texts[row] = std::nullopt;
  EXPECT_THAT(error_text([&] { target_of(category_column("label", texts), {}, 1, 2); }),
              HasSubstr("3 rows have no label, the first is row 70000"));
  parallel::set_thread_count(1);
}

TEST(Features, CategoriesAreThoseThatAnyThreadMeets) {
  Optional<std::string> towns(140'000, "Bonn");
  towns[139'000] = "Ulm";
  towns[0] = "Aix";
  auto never = towns;
  never[5] = "Rome";
  const auto all = make_table("t", {category_column("town", never)});
  parallel::set_thread_count(2);
  const auto rest = RowSubset(*comm::single(), all, [] {
    std::vector<std::uint8_t> used(140'000, 1);
    used[5] = 0;
    return used;
  }());
  const auto met = meet_features(*comm::single(), rest, std::vector<std::string>{"town"});
  EXPECT_THAT(met.at(0).categories, ElementsAre("Aix", "Bonn", "Ulm"));
  parallel::set_thread_count(1);
}

TEST(Features, AreReadAsNumbersAndPlacesOfCategories) {
  const auto train =
      make_table("train", {float64_column("age", {20, NAN, 40}), category_column("town", {"Bonn", "Ulm", std::nullopt})});
  std::vector<Feature> features;
  comm::run_threads(3, [&](comm::Communicator& communicator) {
    auto met = meet_features(communicator, train, std::vector<std::string>{"town", "age"});
    if (communicator.is_root()) features = std::move(met);
  });
  EXPECT_THAT(features[0].categories, ElementsAre("Bonn", "Ulm"));
  const auto tonight = make_table(
      "tonight", {category_column("town", {"Ulm", "Köln", std::nullopt, "Bonn"}),
                  bool_column("other", {true, false, true, false}), decimal_column("age", 1, {15, std::nullopt, 200, -5})});
  const FeatureReader reader(tonight, features);
  const auto batch = tonight.read({0, 4}, reader.columns());
  std::vector<double> values(2 * 10, -7);
  reader.read(batch, 1, 4, values.data(), 10);
  EXPECT_EQ(values[0], unseen_category);
  EXPECT_TRUE(std::isnan(values[1]));
  EXPECT_EQ(values[2], 0);
  EXPECT_TRUE(std::isnan(values[10]));
  EXPECT_EQ(values[11], 20);
  EXPECT_EQ(values[12], -0.5);
  EXPECT_EQ(values[3], -7);
  const auto other = make_table("other", {category_column("age", {"old"})});
  const auto error = error_text([&] { FeatureReader(other, features); });
  EXPECT_THAT(error, HasSubstr("there is no column 'town'"));
  EXPECT_THAT(error, HasSubstr("column 'age' is of type category, the model has a number there"));
}

std::vector<std::int32_t> parts_of(std::int64_t rows, const std::vector<std::int32_t>& strata, std::int32_t count,
                                   const std::vector<double>& shares, int ranks) {
  std::vector<std::int32_t> all(static_cast<std::size_t>(rows));
  comm::run_threads(ranks, [&](comm::Communicator& communicator) {
    data::Budget budget(1 << 26);
    const auto local = base::Partition(rows, ranks).rows_of(communicator.rank());
    const auto own =
        strata.empty() ? std::span<const std::int32_t>()
                       : std::span(strata).subspan(static_cast<std::size_t>(local.first), static_cast<std::size_t>(local.size()));
    const auto parts = assign_parts(communicator, random::Key{5}, rows, own, count, shares, budget);
    std::ranges::copy(parts, all.begin() + local.first);
  });
  return all;
}

TEST(AssignParts, EveryStratumAndTheWholeGetTheirSharesToWithinARowInRandomOrder) {
  constexpr std::int64_t rows = 5000;
  const random::Generator generator(random::Key{5});
  struct Case {
    std::int64_t small;  // rows of each of the strata that rows below 900 make up
    std::vector<double> shares;
  };
  for (const auto& [small, shares] : {Case{150, {0.6, 0.25, 0.15}}, Case{3, {0.2, 0.2, 0.2, 0.2, 0.2}}, Case{1, {0.5, 0.5}}}) {
    std::vector<std::int32_t> strata;
    for (std::int64_t i = 0; i < rows; ++i)
      strata.push_back(static_cast<std::int32_t>(i < 900 ? i / small : 901 + i % 2));  // most numbers stand for no row
    const auto parts = parts_of(rows, strata, 903, shares, 1);
    for (const int ranks : {2, 3, 4}) EXPECT_EQ(parts_of(rows, strata, 903, shares, ranks), parts) << ranks;
    std::vector<double> behind(shares.size(), 0);
    for (std::int32_t s = 0; s < 903; ++s) {
      std::vector<std::int64_t> members;
      for (std::int64_t i = 0; i < rows; ++i) {
        if (strata[static_cast<std::size_t>(i)] == s) members.push_back(i);
      }
      std::ranges::sort(members, {}, [&](std::int64_t i) { return std::pair(generator.word(i), i); });
      EXPECT_TRUE(std::ranges::is_sorted(members, {}, [&](std::int64_t i) { return parts[static_cast<std::size_t>(i)]; }));
      for (std::size_t p = 0; p < shares.size(); ++p) {
        const auto in_part = std::ranges::count_if(
            members, [&](std::int64_t i) { return parts[static_cast<std::size_t>(i)] == static_cast<std::int32_t>(p); });
        const double due = shares[p] * static_cast<double>(members.size());
        EXPECT_LT(std::abs(static_cast<double>(in_part) - due), 1 + 1e-6);
        behind[p] += due - static_cast<double>(in_part);
      }
    }
    for (const double rest : behind) EXPECT_LT(std::abs(rest), 1 + 1e-6);
  }
}

TEST(AssignParts, TakesFewRowsAndNone) {
  for (const int ranks : {1, 3}) {
    EXPECT_TRUE(parts_of(0, {}, 1, {0.5, 0.5}, ranks).empty());
    const auto three = parts_of(3, {}, 1, {1.0 / 3, 1.0 / 3, 1.0 / 3}, ranks);
    EXPECT_THAT(three, ::testing::UnorderedElementsAre(0, 1, 2));
  }
}

}  // namespace
}  // namespace fullbase::learning
