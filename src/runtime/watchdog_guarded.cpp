#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include <fcntl.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <string>
#include <utility>

#include "parallel/stop.hpp"
#include "runtime/watchdog_sides.hpp"

namespace fullbase::runtime::watch {

void obey(const std::string& stop_body, int& told) noexcept {
  const int signal = std::atoi(stop_body.c_str());
  if (signal <= 0) return;
  told = signal;
  if (parallel::requested_stop() == 0) parallel::request_stop(signal);
}

void block_signals() noexcept {
  sigset_t all;
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, nullptr);
}

WakeUp::WakeUp() {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0) throw base::system_error("make a pipe for the watchdog", errno);
  reading_ = Descriptor(ends[0]);
  writing_ = Descriptor(ends[1]);
}

void WakeUp::ring() noexcept {
  const char byte = 0;
  // A full pipe is as good as a written byte.
  [[maybe_unused]] const auto written = ::write(writing_.number(), &byte, 1);
}

void WakeUp::quiet() noexcept {
  char bytes[64];
  while (::read(reading_.number(), bytes, sizeof bytes) > 0) continue;
}

bool Beats::due(Clock::time_point now, milliseconds silence_limit) {
  next_ = std::min(next_, now + interval(silence_limit));
  if (now < next_) return false;
  next_ = now + interval(silence_limit);
  return true;
}

int Beats::sleep(Clock::time_point now) const {
  if (next_ <= now) return 0;
  // Rounded up: a sleep that ends just before the beat is due would be followed by many of length 0.
  const auto left = std::chrono::ceil<milliseconds>(next_ - now);
  return static_cast<int>(std::min(left, milliseconds(1'000)).count());
}

GuardedSide::GuardedSide(int rank, const std::string& token, Descriptor socket, const WatchdogSettings& settings,
                         const Watchdog::EndJob& end_job)
    : rank_(rank), settings_(settings), end_job_(end_job), connection_(std::move(socket)), heard_(Clock::now()) {
  connection_.send(hello, token + std::to_string(rank));
  thread_ = std::thread([this] { loop(); });
}

GuardedSide::~GuardedSide() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.ring();
  thread_.join();
}

bool GuardedSide::welcomed(milliseconds patience) {
  std::unique_lock lock(mutex_);
  return settled_.wait_for(lock, patience, [&] { return welcome_; });
}

base::Error GuardedSide::settle(const base::Error& mine) {
  std::unique_lock lock(mutex_);
  // Asked again, rank 0 may have gone since it answered.
  if (verdict_) return *verdict_;
  if (connection_.open()) {
    connection_.send(failure, mine.encode());
    // Rank 0 decides within the grace, if it still can.
    settled_.wait_for(lock, settings_.failure_grace + settings_.silence_limit, [&] { return verdict_ || ended_ || root_left_; });
    if (verdict_) return *verdict_;
  }
  if (!ended_) {
    ended_ = true;
    end_job_(mine.within(fmt::format("rank {}", rank_)));
  }
  return mine;
}

void GuardedSide::wait_for_root() {
  std::unique_lock lock(mutex_);
  waits_ = true;
  // Rank 0 may still fail alone, and then asks who has not left.
  connection_.send(leave);
  settled_.wait(lock, [&] { return root_left_ || ended_ || !connection_.open(); });
}

void GuardedSide::set_silence_limit(milliseconds limit) {
  const std::lock_guard lock(mutex_);
  judges_from_ = Clock::now() + interval(settings_.silence_limit);
  settings_.silence_limit = limit;
  wake_.ring();
}

void GuardedSide::loop() {
  block_signals();
  auto last_turn = Clock::now();
  Beats beats;
  for (;;) {
    // This thread alone closes the connection.
    pollfd waiting[2] = {{wake_.descriptor(), POLLIN, 0}, {connection_.descriptor(), POLLIN, 0}};
    // Without rank 0 there is nothing to hear, only the wake-up; poll() skips a negative descriptor.
    ::poll(waiting, 2, beats.sleep(Clock::now()));
    wake_.quiet();
    const std::lock_guard lock(mutex_);
    const auto now = Clock::now();
    if (now - last_turn > settings_.silence_limit / 2) heard_ = now;
    last_turn = now;
    const bool was_open = connection_.open();
    take(connection_.receive(), now);
    if (was_open && !connection_.open()) {
      heard_ = now;
      settled_.notify_all();
    }
    if (const int signal = parallel::requested_stop(); signal != 0 && stop_told_ == 0) {
      stop_told_ = signal;
      connection_.send(stop, std::to_string(signal));
    }
    const bool due = beats.due(now, settings_.silence_limit);
    if (stopping_)
      connection_.send(leave);
    else if (due && !connection_.wants_to_write())
      connection_.send(beat);
    connection_.flush();
    if (stopping_) return;
    judge(now);
  }
}

void GuardedSide::take(const std::vector<Frame>& frames, Clock::time_point now) {
  if (frames.empty()) return;
  heard_ = now;
  welcome_ = true;
  for (const auto& frame : frames) {
    if (frame.type == leave) root_left_ = true;
    if (frame.type == verdict) verdict_ = base::Error::decode(frame.body);
    if (frame.type == stop && stop_told_ == 0) obey(frame.body, stop_told_);
  }
  settled_.notify_all();
}

void GuardedSide::judge(Clock::time_point now) {
  if (root_left_ || ended_ || (waits_ && !connection_.open())) return;
  // Many ranks notice rank 0's silence at once: one word is enough, so the higher ones wait a little longer.
  const auto patience = std::min(milliseconds(200) * (rank_ - 1), milliseconds(5'000));
  const auto limit = connection_.open() ? settings_.silence_limit : std::min(settings_.silence_limit, milliseconds(3'000));
  if (now - std::max(heard_, judges_from_) <= limit + patience) return;
  ended_ = true;
  end_job_(
      connection_.open()
          ? base::io_error(fmt::format("no sign of life for {:.3g} s", static_cast<double>(limit.count()) / 1000), "rank 0",
                           "it was stopped, its node is down or cut off; resources.silence_limit sets how long to wait")
          : base::io_error("the process has ended without a word", "rank 0",
                           "look for the reason (out of memory, a kill) in the system's and the scheduler's logs of its node"));
  settled_.notify_all();
}

}  // namespace fullbase::runtime::watch
