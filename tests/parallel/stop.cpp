#include "parallel/stop.hpp"

#include <gmock/gmock.h>

#include <atomic>
#include <csignal>

#include "parallel/for_each.hpp"

namespace fullbase::parallel {
namespace {

/// A loop of 1,000 items at whose tenth the process is asked to stop: how many items ran, and what came out of it.
struct Outcome {
  std::int64_t items = 0;
  int exit_code = 0;
};
Outcome loop_with_a_request(bool stoppable, int threads) {
  const int before = thread_count();
  set_thread_count(threads);
  std::atomic<std::int64_t> items = 0;
  Outcome outcome;
  try {
    const Stoppable scope(stoppable);
    for_each(0, 1000, [&](std::int64_t, int) {
      if (++items == 10) request_stop(SIGTERM);
    });
  } catch (const base::Error& error) {
    outcome.exit_code = error.exit_code();
    EXPECT_THAT(error.what(), testing::StartsWith("stopped by signal 15 (TERM); nothing was published"));
  }
  request_stop(0);
  set_thread_count(before);
  outcome.items = items;
  return outcome;
}

TEST(Stop, EndsALoopAtOnceWhereErrorsAreAgreedOn) {
  for (const int threads : {1, 2, 5}) {
    const auto outcome = loop_with_a_request(true, threads);
    EXPECT_EQ(outcome.exit_code, 75);
    EXPECT_GE(outcome.items, 10);
    EXPECT_LE(outcome.items, 10 + threads);
  }
}

TEST(Stop, LeavesOtherLoopsAlone) {
  for (const int threads : {1, 2}) {
    const auto outcome = loop_with_a_request(false, threads);
    EXPECT_EQ(outcome.exit_code, 0);
    EXPECT_EQ(outcome.items, 1000);
  }
}

TEST(Stop, ItemsHaveStopPointsOfTheirOwn) {
  const Stoppable scope;
  request_stop(SIGINT);
  EXPECT_THROW(stop_point(), base::Error);
  request_stop(0);
  EXPECT_NO_THROW(stop_point());
  for (const int threads : {1, 2}) {
    set_thread_count(threads);
    EXPECT_THROW(for_each(0, 4,
                          [](std::int64_t, int) {
                            request_stop(SIGUSR1);
                            stop_point();
                            ADD_FAILURE() << "an item went on";
                          }),
                 base::Error);
    request_stop(0);
  }
}

}  // namespace
}  // namespace fullbase::parallel
