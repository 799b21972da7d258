// A budget hands out what it has, once.
#include "data/budget.hpp"

#include <gtest/gtest.h>

#include <utility>

#include "base/error.hpp"

namespace fullbase::data {
namespace {

TEST(Budget, GivesAllOrNothingAndTakesBack) {
  Budget budget(100);
  auto first = budget.try_reserve(60);
  ASSERT_TRUE(first);
  EXPECT_FALSE(budget.try_reserve(41));
  auto second = budget.try_reserve(40);
  ASSERT_TRUE(second);
  EXPECT_EQ(budget.available(), 0);
  first.reset();
  EXPECT_EQ(budget.available(), 60);
  EXPECT_EQ(budget.peak(), 100);
}

TEST(Budget, RoundsDownToUnits) {
  Budget budget(100);
  const auto part = budget.reserve_up_to(1000, 30);
  EXPECT_EQ(part.bytes(), 90);
  EXPECT_EQ(budget.reserve_up_to(1000, 30).bytes(), 0);
  EXPECT_EQ(budget.available(), 10);
}

TEST(Budget, MovingAReservationKeepsTheCount) {
  Budget budget(100);
  Reservation a = budget.require(50, "a");
  Reservation b = std::move(a);
  EXPECT_EQ(budget.available(), 50);
  b = budget.require(30, "b");
  EXPECT_EQ(budget.available(), 70);
  b = Reservation();
  EXPECT_EQ(budget.available(), 100);
}

TEST(Budget, SaysWhatItLacksAndWhatToDo) {
  Budget budget(1024);
  try {
    const auto reservation = budget.require(2048, "the loop's buffers");
    FAIL();
  } catch (const base::Error& error) {
    EXPECT_EQ(error.kind(), base::ErrorKind::job_file);
    EXPECT_NE(error.problem().find("the loop's buffers needs 2 KiB"), std::string::npos) << error.what();
    EXPECT_NE(error.advice().find("resources.memory_per_rank"), std::string::npos);
  }
}

}  // namespace
}  // namespace fullbase::data
