// Trees as text and as a graph.
#include "algorithms/trees/forest_text.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "algorithms/trees/random_forest.hpp"

namespace fullbase::trees {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

/// age <= 2.5, else by city; missing ages left, missing cities right.
ForestModel small_model(int classes) {
  auto model = testing::random_model(classes, 1, 1);
  Tree tree;
  tree.nodes = {{.left = 1, .feature = 0, .bin = 2, .missing_left = true, .rows = 1500},
                {.rows = 1000},
                {.left = 3, .feature = 2, .subset = 0, .rows = 500},
                {.rows = 400},
                {.rows = 100}};
  tree.subsets = {BinSet{0b1001, 0, 0, 0}};
  tree.values = {0.4, 0.25, 0.7, 0.5, 0.9};
  model.forest.trees = {tree};
  return model;
}

TEST(TreeText, SaysHowARowIsTold) {
  EXPECT_THAT(tree_lines(small_model(2), 0),
              ElementsAre("|--- age <= 2.5 or missing",                               //
                          "|   |--- class: class 0 (probability 0.75, 1,000 rows)",   //
                          "|--- age >  2.5",                                          //
                          "|   |--- city in {a, d, e}",                               //
                          "|   |   |--- class: class 1 (probability 0.5, 400 rows)",  //
                          "|   |--- city not in {a, d, e} or missing",                //
                          "|   |   |--- class: class 1 (probability 0.9, 100 rows)"));
  EXPECT_THAT(tree_lines(small_model(1), 0)[1], HasSubstr("value: 0.25 (1,000 rows)"));
}

TEST(TreeText, ALeafAloneIsALine) {
  auto model = small_model(2);
  model.forest.trees = {Tree{{{.rows = 7}}, {0.2}, {}}};
  EXPECT_THAT(tree_lines(model, 0), ElementsAre("|--- class: class 0 (probability 0.8, 7 rows)"));
}

TEST(TreeText, ASplitOfTheMissingAloneSaysSo) {
  auto model = small_model(2);
  auto& tree = model.forest.trees[0];
  tree.nodes[0].bin = 10;
  tree.nodes[0].missing_left = false;
  tree.subsets = {BinSet{}};
  tree.nodes[2].missing_left = true;
  const auto lines = tree_lines(model, 0);
  EXPECT_EQ(lines[0], "|--- age is not missing");
  EXPECT_EQ(lines[2], "|--- age is missing");
  EXPECT_EQ(lines[3], "|   |--- city is missing");
  EXPECT_EQ(lines[5], "|   |--- city is not missing");
}

TEST(TreeText, OfManyCategoriesSomeAreNamed) {
  SplitText split{.feature = "city", .categories = {"a", "b", "c"}, .categorical = true};
  EXPECT_EQ(split.left(2), "city in {a, b, and 1 more}");
  EXPECT_EQ(split.right(3), "city not in {a, b, c}");
}

TEST(TreeDot, IsAGraphWithQuotesEscaped) {
  auto model = small_model(2);
  model.head.features[0].name = "a \"b\"";
  const auto lines = dot_lines(model, 0);
  EXPECT_THAT(lines, ElementsAre("digraph tree_0 {", "  node [shape=box];",
                                 "  0 [label=\"a \\\"b\\\" <= 2.5\\nclass: class 0 (probability 0.6, 1,500 rows)\"];",
                                 "  0 -> 1 [label=\"yes or missing\"];", "  0 -> 2 [label=\"no\"];", HasSubstr("  1 [label="),
                                 HasSubstr("  2 [label=\"city in {a, d, e}\\n"), "  2 -> 3 [label=\"yes\"];",
                                 "  2 -> 4 [label=\"no or missing\"];", HasSubstr("  3 [label="), HasSubstr("  4 [label="), "}"));
}

}  // namespace
}  // namespace fullbase::trees
