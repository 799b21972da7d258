// Which features the rules leave, and in which order.
#include "algorithms/association/feature_selection.hpp"

#include <gmock/gmock.h>

#include <limits>
#include <set>
#include <string>

namespace fullbase::association {
namespace {

using ::testing::ElementsAre;

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

FeatureMeasures feature(const char* name, double information, double p_value, double correlation = nan, double variance = nan) {
  FeatureMeasures measures;
  measures.feature = name;
  measures.is_number = !std::isnan(variance);
  measures.mutual_information = information;
  measures.chi_square.p_value = p_value;
  measures.correlation = correlation;
  measures.variance = variance;
  return measures;
}

const std::vector<FeatureMeasures> five = {feature("a", 0.1, 0.0, -0.9, 4), feature("b", 0.3, 0.0),
                                           feature("c", 0.2, 0.5, 0.4, 0.01), feature("d", 0.3, 1e-9),
                                           feature("e", 0.0, 1.0, 0.5, 1)};

std::string order(const std::vector<RankedFeature>& ranked) {
  std::string names;
  for (const auto& one : ranked) names += five[one.feature].feature;
  return names;
}
std::string selected(const std::vector<RankedFeature>& ranked) {
  std::string names;
  for (const auto& one : ranked) {
    if (one.reason == Reason::none) names += five[one.feature].feature;
  }
  return names;
}
Reason reason_of(char name, const std::vector<RankedFeature>& ranked) {
  for (const auto& one : ranked) {
    if (five[one.feature].feature[0] == name) return one.reason;
  }
  return Reason::none;
}

TEST(SelectFeatures, AreRankedByAMeasure) {
  EXPECT_EQ(order(select_features(five, {}, 100, {})), "bdcae");                                // b before d, as they stand
  EXPECT_EQ(order(select_features(five, {}, 100, {.rank_by = RankBy::p_value})), "badce");      // b and a are alike, b tells more
  EXPECT_EQ(order(select_features(five, {}, 100, {.rank_by = RankBy::correlation})), "aecbd");  // b and d have none
  const std::vector<double> importances = {0.1, nan, 0.5, 0.0, 0.4};
  EXPECT_EQ(order(select_features(five, importances, 100, {.rank_by = RankBy::importance})), "ceadb");
}

TEST(SelectFeatures, EveryRuleIsKept) {
  EXPECT_EQ(selected(select_features(five, {}, 100, {})), "bdcae");
  EXPECT_EQ(selected(select_features(five, {}, 100, {.min_variance = 0.02})), "bdae");  // categories have no variance to be below
  EXPECT_EQ(selected(select_features(five, {}, 100, {.min_mutual_information = 0.2})), "bdc");
  EXPECT_EQ(selected(select_features(five, {}, 100, {.max_p_value = 0.0})), "ba");
  auto holes = five;
  holes[1].missing = 30;
  EXPECT_EQ(selected(select_features(holes, {}, 100, {.max_missing = 0.3})), "bdcae");
  EXPECT_EQ(selected(select_features(holes, {}, 100, {.max_missing = 0.29})), "dcae");
  auto empty = five;
  empty[0].variance = nan;
  EXPECT_EQ(reason_of('a', select_features(empty, {}, 100, {.min_variance = 0.0})), Reason::variance);
}

TEST(SelectFeatures, KeepCountsThoseThatPassTheOtherRules) {
  const SelectionRules rules{.max_p_value = 0.1, .keep = 2};
  const auto ranked = select_features(five, {}, 100, rules);
  EXPECT_EQ(selected(ranked), "bd");
  EXPECT_EQ(reason_of('c', ranked), Reason::p_value);  // not its rank, though it is the third
  EXPECT_EQ(reason_of('a', ranked), Reason::rank);
  EXPECT_EQ(selected(select_features(five, {}, 100, {.keep = 9})), "bdcae");
}

TEST(SelectFeatures, ReasonsAreTold) {
  std::set<std::string_view> texts;
  for (const auto reason : {Reason::variance, Reason::missing, Reason::mutual_information, Reason::p_value, Reason::rank})
    texts.insert(reason_text(reason));
  EXPECT_EQ(texts.size(), 5U);
  EXPECT_EQ(reason_text(Reason::none), "");
}

}  // namespace
}  // namespace fullbase::association
