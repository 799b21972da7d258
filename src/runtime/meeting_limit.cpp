#include "runtime/meeting_limit.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <ctime>
#include <optional>
#include <string>

#include "base/error.hpp"
#include "base/time.hpp"

namespace fullbase::runtime {
namespace {

constexpr std::chrono::seconds longer_for_others{5};
constexpr std::chrono::seconds longer_when_stopped{7};  ///< than rank 0 waits: others may still speak first

/// What the handler prints: made before it is armed, for a handler may not make it.
std::string message;
/// What kills a process that is stopped: its timers go on, and SIGKILL is the one signal of theirs that it hears.
std::optional<timer_t> killer;

void kill_after(std::chrono::seconds time) {
  sigevent event = {};
  event.sigev_notify = SIGEV_SIGNAL;
  event.sigev_signo = SIGKILL;
  timer_t timer = {};
  if (timer_create(CLOCK_MONOTONIC, &event, &timer) != 0) return;  // then as if there were none
  const itimerspec once = {{}, {time.count(), 0}};
  timer_settime(timer, 0, &once, nullptr);
  killer = timer;
}

extern "C" void give_up(int) {
  [[maybe_unused]] const auto written = write(STDERR_FILENO, message.data(), message.size());
  _exit(static_cast<int>(base::ErrorKind::io));
}

}  // namespace

MeetingLimit::MeetingLimit(int rank, LogFormat format) : rank_(rank), format_(format) {
  const char* const text = std::getenv("FULLBASE_MEETING_LIMIT");
  if (text == nullptr) return;
  const auto limit = base::parse_duration(text);
  if ((!limit || *limit < 0) && rank_ > 0) return;  // rank 0 speaks for all, and ends the job
  if (!limit || *limit < 0)
    throw base::usage_error(fmt::format("'{}' is no duration such as 5m", text), "FULLBASE_MEETING_LIMIT");
  limit_ = std::chrono::seconds((*limit + 999'999) / 1'000'000);
}

void MeetingLimit::bound(std::string_view what) const {
  if (limit_.count() == 0) return;
  const base::Error error(
      base::ErrorKind::io, fmt::format("the ranks did not {} within {} s", what, limit_.count()), fmt::format("rank {}", rank_),
      "one is stopped or short of memory, or its node is down or cut off; FULLBASE_MEETING_LIMIT sets how long to wait");
  message = error_line(error, format_) + "\n";
  std::signal(SIGALRM, give_up);
  alarm(static_cast<unsigned>((limit_ + (rank_ == 0 ? std::chrono::seconds(0) : longer_for_others)).count()));
  kill_after(limit_ + longer_when_stopped);
}

void MeetingLimit::over() const noexcept {
  if (limit_.count() == 0) return;
  if (killer) timer_delete(*killer);
  killer.reset();
  alarm(0);
  std::signal(SIGALRM, SIG_DFL);
}

}  // namespace fullbase::runtime
