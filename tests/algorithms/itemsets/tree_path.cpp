// One child drawn among many, in proportion to what may lie below.
#include "algorithms/itemsets/tree_path.hpp"

#include <gtest/gtest.h>

#include <array>
#include <limits>

namespace fullbase::itemsets {
namespace {

TEST(TreePath, DrawsInProportionAndGoesOnWithinTheShare) {
  TreeChildren children;
  for (const int width : {1, 2, 5, 0, 2}) children.add(width);
  ASSERT_TRUE(children.go_on());
  // 0, 2, 4, 0 and 2 of 8.
  std::array<int, 5> drawn = {};
  for (int i = 0; i < 80; ++i) {
    double at = (i + 0.5) / 80;
    const auto [child, share] = children.draw(at);
    ++drawn[child];
    EXPECT_EQ(share, child == 2 ? 0.5 : 0.25);
    EXPECT_GE(at, 0);
    EXPECT_LT(at, 1);
  }
  EXPECT_EQ(drawn, (std::array<int, 5>{0, 20, 40, 0, 20}));
}

TEST(TreePath, StaysAmongTheChildrenThatHaveAShareAtBothEnds) {
  TreeChildren children;
  for (const int width : {1, 3, 4, 1}) children.add(width);
  for (double at : {0.0, 1.0, std::nextafter(1.0, 2.0), std::numeric_limits<double>::denorm_min()}) {
    const auto first = at < 0.5;
    const auto [child, share] = children.draw(at);
    EXPECT_EQ(child, first ? 1U : 2U);
    EXPECT_GT(share, 0);
    EXPECT_LE(at, 1);
  }
}

TEST(TreePath, EndsWhereNothingLiesBelow) {
  TreeChildren children;
  EXPECT_FALSE(children.go_on());
  children.add(0);
  children.add(1);
  EXPECT_FALSE(children.go_on());
  children.add(100'000);  // more than a double has powers of two
  EXPECT_TRUE(children.go_on());
  double at = 0.3;
  EXPECT_EQ(children.draw(at).child, 2U);
}

}  // namespace
}  // namespace fullbase::itemsets
