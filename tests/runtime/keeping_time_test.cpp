// When checkpoints are worth their time, on a clock of the test's own.
#include "runtime/keeping_time.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <optional>
#include <vector>

namespace fullbase::runtime {
namespace {

struct Kept {
  double at = 0;    ///< the end of the round, in seconds from the start
  double took = 0;  ///< what keeping it took
};

/// A night of `rounds` rounds of `round` seconds, whose checkpoints take `slowness` (of the number of the checkpoint) times what
/// is expected.
class Night {
 public:
  Night(double share, double round, std::int64_t bytes, const std::function<double(int)>& slowness, int rounds = 20'000) {
    KeepingTime::Clock::time_point now;
    const auto begun = now;
    KeepingTime time(share, [&] { return now; });
    const auto pass = [&](double time_passed) {
      now += std::chrono::duration_cast<KeepingTime::Clock::duration>(std::chrono::duration<double>(time_passed));
    };
    const double expected = KeepingTime::seconds(bytes, 1);
    for (int done = 0; done < rounds; ++done) {
      pass(round);
      if (!time.is_worth(expected)) continue;
      const double at = std::chrono::duration<double>(now - begun).count();
      const double took = expected * slowness(static_cast<int>(kept.size()));
      pass(took);
      time.spent(expected, took);
      kept.push_back({at, took});
    }
    seconds = std::chrono::duration<double>(now - begun).count();
  }
  std::vector<Kept> kept;
  double seconds = 0;
};

double seconds_kept(const Night& night) {
  double sum = 0;
  for (const auto& one : night.kept) sum += one.took;
  return sum;
}

TEST(KeepingTime, TakesNoMoreThanItsShareAndLosesNoMoreThanAnInterval) {
  for (const double share : {0.005, 0.02, 0.5}) {
    for (const double round : {0.001, 0.3, 7.0}) {
      for (const std::int64_t bytes : {std::int64_t{0}, std::int64_t{1} << 30}) {
        for (const double slowness : {0.2, 1.0, 9.0}) {
          const Night night(share, round, bytes, [&](int) { return slowness; });
          const double took = KeepingTime::seconds(bytes, 1) * slowness;
          if (slowness <= 1) {
            EXPECT_LE(seconds_kept(night), share * night.seconds);
          }
          // The first one of a slow disk is a surprise; then nothing is kept until it has been made up for.
          EXPECT_LE(seconds_kept(night), std::max(share * night.seconds, took));
          if (night.kept.empty()) continue;
          // What the next one is expected to take, over the share; and the round that has to end first.
          const double interval = std::max(took, KeepingTime::seconds(bytes, 1)) / share;
          for (std::size_t i = 2; i < night.kept.size(); ++i) {
            EXPECT_LE(night.kept[i].at - night.kept[i - 1].at, interval + took + round + 1e-6) << share << " " << round;
          }
          EXPECT_LE(night.seconds - night.kept.back().at, 2 * interval + took + round + 1e-6);
        }
      }
    }
  }
}

TEST(KeepingTime, NeverOrAlwaysAtTheEndsOfTheShare) {
  const auto as_expected = [](int) { return 1.0; };
  EXPECT_EQ(Night(0, 1, 1000, as_expected, 100).kept.size(), 0U);
  EXPECT_EQ(Night(1e9, 1, 1000, as_expected, 100).kept.size(), 100U);
}

TEST(KeepingTime, QuickOnesAreNotMadeAllTheTime) {
  const Night night(0.02, 0.01, 0, [](int) { return 0.1; });
  ASSERT_GT(night.kept.size(), 40U);
  EXPECT_NEAR(night.kept[40].at - night.kept[39].at, KeepingTime::seconds(0, 1) / 0.02, 0.02);
  EXPECT_NEAR(seconds_kept(night) / night.seconds, 0.002, 0.0002);
}

TEST(KeepingTime, ADiskThatHasBecomeSlowIsAskedLessOften) {
  const Night night(0.02, 0.5, 1 << 20, [](int number) { return number < 20 ? 1.0 : 10.0; });
  ASSERT_GT(night.kept.size(), 40U);
  const auto gap = [&](std::size_t i) { return night.kept[i].at - night.kept[i - 1].at; };
  EXPECT_NEAR(gap(40) / gap(10), 10, 1);
  EXPECT_LE(seconds_kept(night), 0.02 * night.seconds + night.kept.back().took);
}

}  // namespace
}  // namespace fullbase::runtime
