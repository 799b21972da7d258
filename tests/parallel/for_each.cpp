#include <gmock/gmock.h>

#include <atomic>
#include <chrono>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "base/error.hpp"
#include "parallel/for_each.hpp"

namespace fullbase::parallel {
namespace {

class ForEach : public testing::TestWithParam<int> {
 protected:
  ForEach() : before_(thread_count()) { set_thread_count(GetParam()); }
  ~ForEach() override { set_thread_count(before_); }

 private:
  int before_;
};
INSTANTIATE_TEST_SUITE_P(Threads, ForEach, testing::Values(1, 2, 5));

TEST_P(ForEach, CallsOncePerItem) {
  for (const std::int64_t grain : {1, 3, 1000}) {
    std::vector<std::atomic<int>> calls(501);
    for_each(
        100, 601,
        [&](std::int64_t item, int thread) {
          ASSERT_TRUE(0 <= thread && thread < thread_count());
          ++calls[static_cast<std::size_t>(item - 100)];
        },
        grain);
    for (const auto& count : calls) ASSERT_EQ(count, 1);
  }
}

TEST_P(ForEach, DoesNothingOnAnEmptyRange) {
  for_each(5, 5, [](std::int64_t, int) { FAIL(); });
  for_each(5, 1, [](std::int64_t, int) { FAIL(); });
}

TEST_P(ForEach, ReportsTheLowestFailingItem) {
  for (int repetition = 0; repetition < 50; ++repetition) {
    try {
      for_each(0, 200, [](std::int64_t item, int) {
        if (item % 50 == 37) throw std::runtime_error(std::to_string(item));
      });
      FAIL();
    } catch (const std::runtime_error& error) {
      ASSERT_STREQ(error.what(), "37");
    }
  }
}

TEST_P(ForEach, ReportsTheLowestEvenIfALaterOneFailsFirst) {
  std::atomic<bool> later_failed = false;
  try {
    for_each(0, 2, [&](std::int64_t item, int) {
      if (item == 1) {
        later_failed = true;
        throw std::runtime_error("1");
      }
      for (int i = 0; i < 1000 && !later_failed; ++i) std::this_thread::sleep_for(std::chrono::microseconds(100));
      throw std::runtime_error("0");
    });
    FAIL();
  } catch (const std::runtime_error& error) {
    EXPECT_STREQ(error.what(), "0");
  }
}

TEST_P(ForEach, WorksAgainAfterAFailure) {
  EXPECT_THROW(for_each(0, 10, [](std::int64_t, int) { throw std::runtime_error("x"); }), std::runtime_error);
  std::atomic<int> calls = 0;
  for_each(0, 10, [&](std::int64_t, int) { ++calls; });
  EXPECT_EQ(calls, 10);
}

TEST_P(ForEach, RefusesToNest) {
  try {
    for_each(0, 1, [](std::int64_t, int) { for_each(0, 1, [](std::int64_t, int) {}); });
    FAIL();
  } catch (const base::Error& error) {
    EXPECT_EQ(error.kind(), base::ErrorKind::internal);
  }
}

TEST(ThreadCount, IsAtLeastOne) {
  EXPECT_GE(thread_count(), 1);
  EXPECT_THROW(set_thread_count(0), base::Error);
}

}  // namespace
}  // namespace fullbase::parallel
