#include "runtime/watchdog.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <cstdlib>
#include <ctime>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "comm/launch.hpp"
#include "parallel/stop.hpp"
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

TEST(Watchdog, WhatWasSettledIsSettledWithoutRankZeroToo) {
  Endings endings;
  comm::run_threads(3, [&](comm::Communicator& communicator) {
    std::optional<Watchdog> watchdog;
    watchdog.emplace(communicator, WatchdogSettings{milliseconds(30'000), milliseconds(200)}, endings.recorder());
    const auto mine = base::input_error("bad row " + std::to_string(communicator.rank()));
    EXPECT_STREQ(watchdog->settle(mine).what(), "bad row 0");
    communicator.barrier();
    if (communicator.is_root()) watchdog.reset();
    communicator.barrier();
    if (watchdog) {
      std::this_thread::sleep_for(milliseconds(100));  // the goodbye arrives
      EXPECT_STREQ(watchdog->settle(mine).what(), "bad row 0");
    }
  });
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

TEST(Watchdog, ARankThatIsDoneWaitsForRankZero) {
  for (const bool fail : {false, true}) {
    Endings endings;
    std::atomic<bool> root_is_done{false};
    comm::run_threads(3, [&](comm::Communicator& communicator) {
      std::optional<Watchdog> watchdog;
      watchdog.emplace(communicator, WatchdogSettings{milliseconds(30'000), milliseconds(30'000)}, endings.recorder());
      if (!communicator.is_root()) {
        if (fail) watchdog->settle(base::input_error("bad row").known_to_all());
        watchdog->wait_for_root();
        EXPECT_TRUE(root_is_done);
        return;
      }
      if (fail) watchdog->settle(base::input_error("bad row").known_to_all());
      std::this_thread::sleep_for(milliseconds(300));
      // Alone with an error: the others have nothing more to say, so that it is not waited for the grace.
      if (!fail) {
        EXPECT_STREQ(watchdog->settle(base::input_error("only here")).what(), "only here");
      }
      root_is_done = true;
      watchdog.reset();
    });
    EXPECT_THAT(endings.texts(), IsEmpty());
  }
}

TEST(Watchdog, ASilentRankZeroIsNoticedByThoseThatWaitForIt) {
  for (const bool has_failed : {false, true}) {
    Endings endings;
    const auto recorder = endings.recorder();
    auto listener = listen_anywhere();
    watch::GuardedSide guarded(1, "token", connect_to({"127.0.0.1", "::1"}, listener.port, 1000),
                               {milliseconds(300), milliseconds(20'000)}, recorder);
    Connection root(Descriptor(::accept(listener.socket.number(), nullptr, nullptr)));
    const auto error = base::input_error("bad row");
    if (has_failed) {
      root.send(watch::verdict, error.encode());
      EXPECT_STREQ(guarded.settle(error).what(), "bad row");
    }
    guarded.wait_for_root();
    ASSERT_EQ(endings.texts().size(), 1U);
    EXPECT_THAT(endings.texts().front(), HasSubstr("rank 0: no sign of life for 0.3 s"));
  }
}

TEST(Watchdog, RankZeroMayGoAtTheMomentThatItIsWaitedFor) {
  Endings endings;
  const auto recorder = endings.recorder();
  for (int i = 0; i < 100; ++i) {
    auto listener = listen_anywhere();
    watch::GuardedSide guarded(1, "token", connect_to({"127.0.0.1", "::1"}, listener.port, 1000),
                               {milliseconds(20'000), milliseconds(20'000)}, recorder);
    Connection root(Descriptor(::accept(listener.socket.number(), nullptr, nullptr)));
    if (i % 2 == 0) root.send(watch::leave);
    // With the other's words unread, which resets the connection.
    std::thread goes([&] { root.close(); });
    guarded.wait_for_root();
    goes.join();
  }
  EXPECT_THAT(endings.texts(), IsEmpty());
}

// What is sent to a side that has gone fails; what that side said before is received all the same.
TEST(Watchdog, TheLastWordOfAClosedConnectionIsHeard) {
  auto listener = listen_anywhere();
  Connection here(connect_to({"127.0.0.1", "::1"}, listener.port, 1000));
  {
    Connection there(Descriptor(::accept(listener.socket.number(), nullptr, nullptr)));
    here.send(watch::beat);
    there.send(watch::leave);
  }  // closed with the beat unread
  for (int i = 0; i < 10; ++i) here.send(watch::beat);
  EXPECT_TRUE(here.open());
  const auto frames = here.receive();
  ASSERT_EQ(frames.size(), 1U);
  EXPECT_EQ(frames.front().type, watch::leave);
  for (int i = 0; i < 1000 && here.open(); ++i) here.receive();
  EXPECT_FALSE(here.open());
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

/// What arrives at a connection within `time`, each frame answered at once if `answers`.
std::vector<Frame> frames_within(Connection& connection, milliseconds time, bool answers) {
  std::vector<Frame> all;
  const auto end = watch::Clock::now() + time;
  while (watch::Clock::now() < end) {
    for (auto& frame : connection.receive()) {
      all.push_back(std::move(frame));
      if (answers) connection.send(watch::beat);
    }
    std::this_thread::sleep_for(std::chrono::microseconds(100));
  }
  return all;
}

// A beat each 100 ms (a sixth of the limit): a dozen a second, not as many as the network carries.
TEST(Watchdog, RankZeroBeatsAtItsOwnPaceWhateverItHears) {
  Endings endings;
  const auto recorder = endings.recorder();
  auto listener = listen_anywhere();
  const auto port = listener.port;
  watch::RootSide root(2, "token", std::move(listener), {milliseconds(600), milliseconds(600)}, recorder);
  Connection peer(connect_to({"127.0.0.1", "::1"}, port, 1000));
  peer.send(watch::hello, "token1");
  const auto frames = frames_within(peer, milliseconds(1000), true);
  EXPECT_GE(frames.size(), 5U);
  EXPECT_LE(frames.size(), 15U);
  EXPECT_THAT(endings.texts(), IsEmpty());
}

TEST(Watchdog, AGuardedRankBeatsAtItsOwnPaceWhateverItHears) {
  Endings endings;
  const auto recorder = endings.recorder();
  auto listener = listen_anywhere();
  watch::GuardedSide guarded(1, "token", connect_to({"127.0.0.1", "::1"}, listener.port, 1000),
                             {milliseconds(600), milliseconds(600)}, recorder);
  Connection root(Descriptor(::accept(listener.socket.number(), nullptr, nullptr)));
  root.send(watch::beat);
  const auto frames = frames_within(root, milliseconds(1000), true);
  EXPECT_GE(frames.size(), 5U);
  EXPECT_LE(frames.size(), 15U);
  EXPECT_THAT(endings.texts(), IsEmpty());
}

TEST(Watchdog, ALowerLimitHastensTheBeatsAtOnce) {
  Endings endings;
  const auto recorder = endings.recorder();
  auto listener = listen_anywhere();
  const auto port = listener.port;
  watch::RootSide root(2, "token", std::move(listener), {milliseconds(60'000), milliseconds(600)}, recorder);
  Connection peer(connect_to({"127.0.0.1", "::1"}, port, 1000));
  peer.send(watch::hello, "token1");
  frames_within(peer, milliseconds(200), false);
  root.set_silence_limit(milliseconds(600));
  EXPECT_GE(frames_within(peer, milliseconds(1000), false).size(), 5U);
}

TEST(Watchdog, ALowerLimitLeavesTheOthersTimeToLearnOfIt) {
  Endings endings;
  const auto recorder = endings.recorder();
  auto listener = listen_anywhere();  // accepts in the kernel, nobody speaks
  watch::GuardedSide guarded(1, "token", connect_to({"127.0.0.1", "::1"}, listener.port, 1000),
                             {milliseconds(6'000), milliseconds(200)}, recorder);
  std::this_thread::sleep_for(milliseconds(200));
  guarded.set_silence_limit(milliseconds(100));
  std::this_thread::sleep_for(milliseconds(500));
  EXPECT_THAT(endings.texts(), IsEmpty());
  endings.wait();
  ASSERT_FALSE(endings.texts().empty());
  EXPECT_THAT(endings.texts().front(), HasSubstr("rank 0: no sign of life for 0.1 s"));
}

TEST(Watchdog, ARankIsWatchedOnceRankZeroHasAnswered) {
  Endings endings;
  const auto recorder = endings.recorder();
  const WatchdogSettings settings{milliseconds(20'000), milliseconds(20'000)};
  auto listener = listen_anywhere();  // accepts in the kernel, nobody speaks
  watch::GuardedSide ignored(1, "token", connect_to({"127.0.0.1", "::1"}, listener.port, 1000), settings, recorder);
  EXPECT_FALSE(ignored.welcomed(milliseconds(100)));
  auto another = listen_anywhere();
  const auto port = another.port;
  watch::RootSide root(2, "token", std::move(another), settings, recorder);
  watch::GuardedSide heard(1, "token", connect_to({"127.0.0.1", "::1"}, port, 1000), settings, recorder);
  EXPECT_TRUE(heard.welcomed(milliseconds(5'000)));
}

TEST(Watchdog, ARankThatIsAskedToStopStopsAll) {
  Endings endings;
  const auto recorder = endings.recorder();
  const WatchdogSettings settings{milliseconds(20'000), milliseconds(20'000)};
  auto listener = listen_anywhere();
  const auto port = listener.port;
  watch::RootSide root(3, "token", std::move(listener), settings, recorder);
  Connection asked(connect_to({"127.0.0.1", "::1"}, port, 1000));
  Connection other(connect_to({"127.0.0.1", "::1"}, port, 1000));
  asked.send(watch::hello, "token1");
  other.send(watch::hello, "token2");
  asked.send(watch::stop, "15");
  std::string told;
  for (int i = 0; i < 1000 && told.empty(); ++i) {
    for (const auto& frame : other.receive()) told += frame.type == watch::stop ? frame.body : "";
    std::this_thread::sleep_for(milliseconds(2));
  }
  EXPECT_EQ(told, "15");
  EXPECT_EQ(parallel::requested_stop(), SIGTERM);
  parallel::request_stop(0);
}

TEST(Watchdog, ARankThatIsToldToStopDoes) {
  Endings endings;
  const auto recorder = endings.recorder();
  auto listener = listen_anywhere();
  watch::GuardedSide guarded(1, "token", connect_to({"127.0.0.1", "::1"}, listener.port, 1000),
                             {milliseconds(20'000), milliseconds(20'000)}, recorder);
  Connection root(Descriptor(::accept(listener.socket.number(), nullptr, nullptr)));
  root.send(watch::stop, "10");
  for (int i = 0; i < 1000 && parallel::requested_stop() == 0; ++i) std::this_thread::sleep_for(milliseconds(2));
  EXPECT_EQ(parallel::requested_stop(), SIGUSR1);
  parallel::request_stop(0);
}

rlimit descriptor_limit() {
  rlimit limit = {};
  getrlimit(RLIMIT_NOFILE, &limit);
  return limit;
}

TEST(Watchdog, ARankThatFindsNoDescriptorIsLetInLater) {
  Endings endings;
  const auto recorder = endings.recorder();
  auto listener = listen_anywhere();
  const auto port = listener.port;
  watch::RootSide root(2, "token", std::move(listener), {milliseconds(20'000), milliseconds(20'000)}, recorder);
  const auto before = descriptor_limit();
  Descriptor socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  std::vector<Descriptor> taken;
  do taken.emplace_back(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  while (taken.back().number() < socket.number());
  auto full = before;
  full.rlim_cur = static_cast<rlim_t>(taken.back().number()) + 1;
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &full), 0);
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  ASSERT_EQ(::connect(socket.number(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  Connection peer(std::move(socket));
  peer.send(watch::hello, "token1");
  const auto begin = std::clock();
  const auto frames = frames_within(peer, milliseconds(500), false);
  const auto busy = static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC;
  // Expectations come with descriptors again: a sanitizer needs one to look at an object.
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &before), 0);
  EXPECT_THAT(frames, IsEmpty());
  // Nobody spins: this thread's own looks take a part of it.
  EXPECT_LT(busy, 0.3);
  bool let_in = false;
  for (int look = 0; look < 100 && !let_in; ++look) let_in = !frames_within(peer, milliseconds(100), false).empty();
  EXPECT_TRUE(let_in);
}

TEST(Watchdog, RankZeroTakesAllTheDescriptorsItMayHave) {
  Endings endings;
  const auto before = descriptor_limit();
  auto low = before;
  low.rlim_cur = 64;
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &low), 0);
  comm::run_threads(40, [&](comm::Communicator& communicator) {
    const Watchdog watchdog(communicator, {milliseconds(20'000), milliseconds(20'000)}, endings.recorder());
    EXPECT_EQ(watchdog.unwatched(), -1);
    EXPECT_EQ(watchdog.warning(), "");
  });
  EXPECT_EQ(descriptor_limit().rlim_cur, before.rlim_max);
  setrlimit(RLIMIT_NOFILE, &before);
}

/// A world of two in a process that may open nothing more: ends with 0 if that is a warning and no error.
[[noreturn]] void watch_without_descriptors() {
  const rlimit none{3, 3};
  setrlimit(RLIMIT_NOFILE, &none);
  std::atomic<int> wrong = 0;
  comm::run_threads(2, [&](comm::Communicator& communicator) {
    Watchdog watchdog(communicator, {milliseconds(20'000), milliseconds(20'000)}, [&](const base::Error&) { ++wrong; });
    if (watchdog.unwatched() != 1) ++wrong;
    const bool told = watchdog.warning().find("if one stops, nobody will notice") != std::string::npos;
    if (told != communicator.is_root()) ++wrong;
    // An error that all know needs nobody's help.
    watchdog.settle(base::io_error("agreed").known_to_all());
  });
  std::_Exit(wrong == 0 ? 0 : 1);
}

TEST(Watchdog, WhereRankZeroCannotListenTheRunGoesOnUnwatched) {
#ifdef __SANITIZE_ADDRESS__
  GTEST_SKIP() << "the sanitizer opens a pipe to look at an object";
#endif
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_EXIT(watch_without_descriptors(), ::testing::ExitedWithCode(0), "");
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
