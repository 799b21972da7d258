// The matching is the best of all that there are.
#include "algorithms/compare/optimal_matching.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <numeric>
#include <random>
#include <set>

namespace fullbase::compare {
namespace {

using ::testing::ElementsAre;

std::int64_t gain_of(const std::vector<std::int64_t>& gain, int columns, const std::vector<int>& matched) {
  std::int64_t sum = 0;
  for (std::size_t row = 0; row < matched.size(); ++row) {
    if (matched[row] != unmatched) sum += gain[row * static_cast<std::size_t>(columns) + static_cast<std::size_t>(matched[row])];
  }
  return sum;
}

/// The greatest sum over all ways to match as many pairs as the smaller side has: every order of max(rows, columns) places.
std::int64_t best_of_all(const std::vector<std::int64_t>& gain, int rows, int columns) {
  std::vector<int> places(static_cast<std::size_t>(std::max(rows, columns)));
  std::iota(places.begin(), places.end(), 0);
  auto best = std::numeric_limits<std::int64_t>::min();
  do {
    std::vector<int> matched(static_cast<std::size_t>(rows), unmatched);
    for (std::size_t row = 0; row < matched.size(); ++row) {
      if (places[row] < columns) matched[row] = places[row];
    }
    best = std::max(best, gain_of(gain, columns, matched));
  } while (std::next_permutation(places.begin(), places.end()));
  return best;
}

TEST(OptimalMatching, IsTheBestOfAllPermutations) {
  std::mt19937 random(11);
  for (int rows = 1; rows <= 7; ++rows) {
    for (int columns = 1; columns <= 7; ++columns) {
      for (const int values : {2, 10, 1'000'000}) {
        std::vector<std::int64_t> gain;
        for (int i = 0; i < rows * columns; ++i)
          gain.push_back(static_cast<std::int64_t>(random() % static_cast<unsigned>(values)) - values / 3);
        SCOPED_TRACE(::testing::Message() << rows << " x " << columns << ", " << values << " values");
        const auto matched = greatest_matching(gain, rows, columns);
        std::set<int> used;
        for (const int column : matched) {
          EXPECT_TRUE(column == unmatched || used.insert(column).second);
        }
        EXPECT_EQ(static_cast<int>(used.size()), std::min(rows, columns));
        EXPECT_EQ(gain_of(gain, columns, matched), best_of_all(gain, rows, columns));
      }
    }
  }
}

TEST(OptimalMatching, GivesUpAPairForMoreElsewhere) {
  // The greedy choice, 10, would leave 0 for the other.
  const std::vector<std::int64_t> gain = {10, 9, 8, 0};
  EXPECT_THAT(greatest_matching(gain, 2, 2), ElementsAre(1, 0));
}

TEST(OptimalMatching, OfEqualGainsIsTheSameEachTime) {
  const std::vector<std::int64_t> gain(12, 5);
  EXPECT_THAT(greatest_matching(gain, 3, 4), ElementsAre(0, 1, 2));
  EXPECT_EQ(greatest_matching(gain, 4, 3), greatest_matching(gain, 4, 3));
  EXPECT_TRUE(greatest_matching({}, 0, 3).empty());
}

}  // namespace
}  // namespace fullbase::compare
