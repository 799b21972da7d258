#include "parallel/stop.hpp"

#include <gmock/gmock.h>

#include <atomic>
#include <csignal>
#include <thread>

#include "parallel/for_each.hpp"
#include "parallel/unstoppable.hpp"

namespace fullbase::parallel {
namespace {

/// A loop of 1,000 items at whose tenth the process is asked to stop: how many items ran, and what came out of it.
struct Outcome {
  std::int64_t items = 0;
  int exit_code = 0;
};
Outcome loop_with_a_request(Patience patience, int threads) {
  const int before = thread_count();
  set_thread_count(threads);
  std::atomic<std::int64_t> items = 0;
  Outcome outcome;
  try {
    const Stoppable scope(patience);
    for_each(0, 1000, [&](std::int64_t, int) {
      const auto number = ++items;
      if (number == 10) request_stop(SIGTERM);
      while (number > 10 && requested_stop() == 0) std::this_thread::yield();
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
    const auto outcome = loop_with_a_request(at_once, threads);
    EXPECT_EQ(outcome.exit_code, 75);
    EXPECT_GE(outcome.items, 10);
    EXPECT_LE(outcome.items, 10 + threads);
  }
}

TEST(Stop, LeavesOtherLoopsAlone) {
  for (const int threads : {1, 2}) {
    const auto outcome = loop_with_a_request(for_good, threads);
    EXPECT_EQ(outcome.exit_code, 0);
    EXPECT_EQ(outcome.items, 1000);
  }
}

TEST(Stop, WhatIsToBeDoneBeforeTheEndIsGivenTime) {
  for (const int threads : {1, 2}) {
    {
      const Unstoppable done_first;
      EXPECT_EQ(loop_with_a_request(at_once, threads).items, 1000);
    }
    {
      const Unstoppable a_while(std::chrono::hours(1));
      EXPECT_EQ(loop_with_a_request(at_once, threads).items, 1000);
    }
    const Unstoppable hardly(Patience(1));
    const auto outcome = loop_with_a_request(at_once, threads);
    EXPECT_EQ(outcome.exit_code, 75);
    EXPECT_LT(outcome.items, 1000);
    // Work that must be done within work that is given a while.
    const Unstoppable done_first;
    EXPECT_EQ(loop_with_a_request(at_once, threads).items, 1000);
  }
}

TEST(Stop, TimeIsCountedFromTheFirstRequest) {
  const Stoppable scope;
  const Unstoppable a_while(std::chrono::milliseconds(20));
  request_stop(SIGTERM);
  EXPECT_EQ(Stoppable::here(), std::chrono::milliseconds(20));
  // Each request anew would never end this.
  const auto go_on = [] {
    for (;;) {
      request_stop(SIGUSR1);
      stop_point();
    }
  };
  EXPECT_THROW(go_on(), base::Error);
  request_stop(0);
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
