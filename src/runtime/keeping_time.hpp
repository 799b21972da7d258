// How much of a run's time may go into what only a run after it would need.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <utility>

namespace fullbase::runtime {

/// Finished steps and checkpoints are kept as soon as the time that the run has taken is worth it, by what keeping has taken so
/// far: what keeping takes, over the share, is the interval. What a run loses that is killed is at most the work of one, beside
/// the round that was going on. One account for both; rank 0's counts. What was quicker than 30 ms counts as these: caches that
/// it has emptied, and the disk that others wait for, no clock here shows.
class KeepingTime {
 public:
  using Clock = std::chrono::steady_clock;

  /// `share`: of the run's time, at most; 0: nothing is kept for the case that the run is killed.
  explicit KeepingTime(double share, std::function<Clock::time_point()> now = Clock::now)
      : share_(share), now_(std::move(now)), begun_(now_()) {}

  /// What it takes to write `bytes` bytes in `files` files, hash them and bring them to disk, in seconds.
  static double seconds(std::int64_t bytes, std::int64_t files);

  /// Whether something that should take so long may be kept now.
  bool is_worth(double expected) const;
  void spent(double expected, double took);
  /// On finding out what it would take.
  void spent_on_asking(double took) noexcept { spent_ += took; }

 private:
  double share_;
  std::function<Clock::time_point()> now_;
  Clock::time_point begun_;
  double spent_ = 0;
  double slowness_ = 2;  ///< what keeping took the last time, over what was expected; before the first time, a guess
};

}  // namespace fullbase::runtime
