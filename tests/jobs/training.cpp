// What the options of training jobs come to.
#include "jobs/training.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.hpp"
#include "jobs/features_per_node.hpp"

namespace fullbase::jobs {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::ThrowsMessage;
using Rule = FeaturesPerNode::Rule;

learning::Target target() {
  learning::Target target;
  target.task = learning::Task::multiclass;
  target.column = "city";
  target.classes = {"Bath", "Leeds", "York"};
  target.rows_of_class = {10, 60, 30};
  return target;
}

TEST(ClassWeights, BalancedOnesMakeClassesCountAlike) {
  const auto weights = class_weights({.balanced = true, .by_class = {}}, target(), "steps.x");
  for (std::size_t k = 0; k < 3; ++k)
    EXPECT_DOUBLE_EQ(weights[k] * static_cast<double>(target().rows_of_class[k]), 100.0 / 3) << k;
}

TEST(ClassWeights, ClassesThatAreNotNamedCountOne) {
  EXPECT_THAT(class_weights({}, target(), "steps.x"), ElementsAre(1, 1, 1));
  EXPECT_THAT(class_weights({.balanced = false, .by_class = {{"York", 0}, {"Bath", 2.5}}}, target(), "steps.x"),
              ElementsAre(2.5, 1, 0));
}

TEST(ClassWeights, UnknownClassesAndNothingLeftAreErrorsOfAllRanks) {
  EXPECT_THAT(
      [] {
        class_weights({.balanced = false, .by_class = {{"Yrk", 1}}}, target(), "steps.x");
      },
      ThrowsMessage<base::Error>(HasSubstr("did you mean 'York'?")));
  try {
    class_weights({.balanced = false, .by_class = {{"York", 0}, {"Bath", 0}, {"Leeds", 0}}}, target(), "steps.x");
    FAIL() << "no error";
  } catch (const base::Error& error) {
    EXPECT_TRUE(error.is_known_to_all());
    EXPECT_EQ(error.where(), "steps.x.class_weights");
  }
}

TEST(FeaturesPerNode, AreAtLeastOneAndAtMostAll) {
  for (const auto& [features, root, third] :
       {std::array{1, 1, 1}, std::array{2, 1, 1}, std::array{10, 3, 3}, std::array{28, 5, 9}}) {
    EXPECT_EQ((FeaturesPerNode{Rule::all, 0}.of(features)), features);
    EXPECT_EQ((FeaturesPerNode{Rule::sqrt, 0}.of(features)), root);
    EXPECT_EQ((FeaturesPerNode{Rule::third, 0}.of(features)), third);
    EXPECT_EQ((FeaturesPerNode{Rule::number, 50}.of(features)), features);
    EXPECT_EQ((FeaturesPerNode{Rule::share, 0.01}.of(features)), 1);
  }
  EXPECT_EQ((FeaturesPerNode{Rule::share, 0.5}.of(9)), 4);
}

}  // namespace
}  // namespace fullbase::jobs
