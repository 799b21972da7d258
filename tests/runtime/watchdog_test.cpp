#include "runtime/watchdog.hpp"

#include <gmock/gmock.h>

#include <atomic>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "comm/launch.hpp"
#include "runtime/watchdog_sides.hpp"

namespace fullbase::runtime {
namespace {

using std::chrono::milliseconds;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

/// What the watchdog ended the job with.
class Endings {
 public:
  Watchdog::EndJob recorder() {
    return [this](const base::Error& error) {
      const std::lock_guard lock(mutex_);
      texts_.push_back(error.what());
      codes_.push_back(error.exit_code());
    };
  }
  std::vector<std::string> texts() const {
    const std::lock_guard lock(mutex_);
    return texts_;
  }
  std::vector<int> codes() const {
    const std::lock_guard lock(mutex_);
    return codes_;
  }
  /// Waits until something ended the job, for long enough on any machine.
  void wait() const {
    for (int i = 0; i < 5000 && texts().empty(); ++i) std::this_thread::sleep_for(milliseconds(2));
  }

 private:
  mutable std::mutex mutex_;
  std::vector<std::string> texts_;
  std::vector<int> codes_;
};

TEST(Watchdog, RanksThatBeatAreLeftAlone) {
  Endings endings;
  comm::run_threads(4, [&](comm::Communicator& communicator) {
    const Watchdog watchdog(communicator, {milliseconds(2000), milliseconds(2000)}, endings.recorder());
    EXPECT_EQ(watchdog.unwatched(), -1);
    std::this_thread::sleep_for(milliseconds(50));
  });
  EXPECT_THAT(endings.texts(), IsEmpty());
}

TEST(Watchdog, RanksMayLeaveInAnyOrder) {
  Endings endings;
  comm::run_threads(3, [&](comm::Communicator& communicator) {
    const Watchdog watchdog(communicator, {milliseconds(100), milliseconds(100)}, endings.recorder());
    std::this_thread::sleep_for(milliseconds(100 * communicator.rank()));
  });
  EXPECT_THAT(endings.texts(), IsEmpty());
}

TEST(Watchdog, AnErrorThatAllRanksEndWithEndsTheJobInGoodOrder) {
  Endings endings;
  std::mutex mutex;
  std::vector<std::string> outcomes;
  comm::run_threads(3, [&](comm::Communicator& communicator) {
    Watchdog watchdog(communicator, {milliseconds(30'000), milliseconds(30'000)}, endings.recorder());
    // The messages differ: the lowest rank's is everybody's.
    const auto mine = base::input_error("bad row " + std::to_string(communicator.rank()));
    const auto outcome = watchdog.settle(mine);
    const std::lock_guard lock(mutex);
    outcomes.push_back(outcome.what());
    EXPECT_EQ(outcome.exit_code(), 65);
  });
  EXPECT_THAT(outcomes, ElementsAre("bad row 0", "bad row 0", "bad row 0"));
  EXPECT_THAT(endings.texts(), IsEmpty());
}

TEST(Watchdog, AnErrorOfOneRankAloneEndsTheJobAfterTheGrace) {
  for (int failing = 0; failing < 3; ++failing) {
    Endings endings;
    comm::run_threads(3, [&](comm::Communicator& communicator) {
      Watchdog watchdog(communicator, {milliseconds(30'000), milliseconds(100)}, endings.recorder());
      if (communicator.rank() == failing) watchdog.settle(base::input_error("only here"));
      endings.wait();
    });
    ASSERT_FALSE(endings.texts().empty());
    EXPECT_EQ(endings.texts().front(), "rank " + std::to_string(failing) + ": only here");
    EXPECT_EQ(endings.codes().front(), 65);
  }
}

/// A rank that says hello and then nothing: what a stopped process looks like.
TEST(Watchdog, ASilentRankIsNamed) {
  Endings endings;
  const auto recorder = endings.recorder();
  auto listener = listen_anywhere();
  const auto port = listener.port;
  watch::RootSide root(3, "token", std::move(listener), {milliseconds(200), milliseconds(200)}, recorder);
  watch::GuardedSide alive(1, "token", connect_to({"127.0.0.1", "::1"}, port, 1000), {milliseconds(200), milliseconds(200)},
                           recorder);
  Connection stopped(connect_to({"127.0.0.1", "::1"}, port, 1000));
  stopped.send(watch::hello, "token2");
  endings.wait();
  ASSERT_FALSE(endings.texts().empty());
  EXPECT_THAT(endings.texts().front(), HasSubstr("rank 2: no sign of life for 0.2 s"));
  EXPECT_EQ(endings.codes().front(), 74);
}

TEST(Watchdog, ARankThatDiedIsNamed) {
  Endings endings;
  const auto recorder = endings.recorder();
  auto listener = listen_anywhere();
  const auto port = listener.port;
  watch::RootSide root(2, "token", std::move(listener), {milliseconds(300), milliseconds(200)}, recorder);
  {
    Connection dying(connect_to({"127.0.0.1", "::1"}, port, 1000));
    dying.send(watch::hello, "token1");
  }
  endings.wait();
  ASSERT_FALSE(endings.texts().empty());
  EXPECT_THAT(endings.texts().front(), HasSubstr("rank 1"));
}

TEST(Watchdog, ASilentRankZeroIsNoticedByTheOthers) {
  Endings endings;
  const auto recorder = endings.recorder();
  auto listener = listen_anywhere();  // accepts in the kernel, nobody speaks
  watch::GuardedSide guarded(1, "token", connect_to({"127.0.0.1", "::1"}, listener.port, 1000),
                             {milliseconds(200), milliseconds(200)}, recorder);
  endings.wait();
  ASSERT_FALSE(endings.texts().empty());
  EXPECT_THAT(endings.texts().front(), HasSubstr("rank 0: no sign of life"));
}

TEST(Watchdog, StrangersCountForNothing) {
  Endings endings;
  const auto recorder = endings.recorder();
  auto listener = listen_anywhere();
  const auto port = listener.port;
  const WatchdogSettings settings{milliseconds(20'000), milliseconds(20'000)};
  watch::RootSide root(2, "token", std::move(listener), settings, recorder);
  Connection stranger(connect_to({"127.0.0.1", "::1"}, port, 1000));
  stranger.send(watch::hello, "guess1");
  stranger.send(watch::failure, base::input_error("forged").encode());
  Connection noise(connect_to({"127.0.0.1", "::1"}, port, 1000));
  noise.send('\xff', std::string(1000, '\xff'));
  for (int i = 0; i < 2000 && (stranger.open() || noise.open()); ++i) {
    std::this_thread::sleep_for(milliseconds(2));
    stranger.receive();
    noise.receive();
  }
  EXPECT_FALSE(stranger.open());
  EXPECT_FALSE(noise.open());
  EXPECT_THAT(endings.texts(), IsEmpty());
}

TEST(Watchdog, OneRankNeedsNone) {
  Endings endings;
  const auto alone = comm::single();
  Watchdog watchdog(*alone, {milliseconds(1), milliseconds(1)}, endings.recorder());
  EXPECT_STREQ(watchdog.settle(base::input_error("mine")).what(), "mine");
  EXPECT_THAT(endings.texts(), IsEmpty());
}

}  // namespace
}  // namespace fullbase::runtime
