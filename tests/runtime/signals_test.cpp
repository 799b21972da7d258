#include "runtime/signals.hpp"

#include <gmock/gmock.h>

#include "base/error.hpp"
#include "comm/launch.hpp"
#include "parallel/stop.hpp"
#include "stop_signals.hpp"

namespace fullbase::runtime {
namespace {

TEST(StopSignals, NothingArrivedNothingStops) {
  const StopSignals signals;
  const auto alone = comm::single();
  EXPECT_EQ(parallel::requested_stop(), 0);
  EXPECT_NO_THROW(stop_if_asked(*alone));
}

TEST(StopSignals, EachOfThemStopsEveryRankWithCode75) {
  for (const int number : {SIGTERM, SIGINT, SIGUSR1, SIGHUP}) {
    const StopSignals signals;
    std::raise(number);
    EXPECT_EQ(parallel::requested_stop(), number);
    comm::run_threads(3, [](comm::Communicator& communicator) {
      try {
        stop_if_asked(communicator);
        ADD_FAILURE() << "a signal was overlooked";
      } catch (const base::Error& error) {
        EXPECT_EQ(error.exit_code(), 75);
      }
    });
  }
}

TEST(StopSignals, OnlyASecondInterruptOfItsOwnEndsAProcess) {
  const StopSignals signals;
  parallel::request_stop(SIGINT);  // by another rank, which had one
  std::raise(SIGINT);
  EXPECT_EQ(parallel::requested_stop(), SIGINT);
  EXPECT_EXIT(std::raise(SIGINT), testing::KilledBySignal(SIGINT), "");
}

TEST(StopSignals, UnderNohupTheEndOfATerminalStopsNothing) {
  const auto before = std::signal(SIGHUP, SIG_IGN);
  {
    const StopSignals signals;
    std::raise(SIGHUP);
    EXPECT_EQ(parallel::requested_stop(), 0);
  }
  EXPECT_EQ(std::signal(SIGHUP, before), SIG_IGN);
}

TEST(StopSignals, OneThatCameBeforeIsForgotten) {
  const StopSignals signals;
  std::raise(SIGTERM);
  EXPECT_EQ(parallel::requested_stop(), SIGTERM);
  stop_by_signals();
  EXPECT_EQ(parallel::requested_stop(), 0);
}

}  // namespace
}  // namespace fullbase::runtime
