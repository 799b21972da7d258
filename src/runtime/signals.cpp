#include "runtime/signals.hpp"

#include <fmt/format.h>

#include <atomic>
#include <cstring>

#include "base/error.hpp"

namespace fullbase::runtime {
namespace {

constexpr int caught[3] = {SIGTERM, SIGINT, SIGUSR1};
// Any thread may be the one that a signal interrupts, and other threads read: sig_atomic_t holds within one thread only.
std::atomic<int> arrived = 0;
static_assert(std::atomic<int>::is_always_lock_free, "a signal handler may not wait");

extern "C" void note_signal(int number) {
  if (number == SIGINT && arrived == SIGINT) {
    std::signal(SIGINT, SIG_DFL);
    std::raise(SIGINT);
    return;
  }
  arrived = number;
}

}  // namespace

StopSignals::StopSignals() {
  arrived = 0;
  struct sigaction action = {};
  action.sa_handler = note_signal;
  action.sa_flags = SA_RESTART;
  sigemptyset(&action.sa_mask);
  for (int i = 0; i < 3; ++i) sigaction(caught[i], &action, &before_[i]);
}

StopSignals::~StopSignals() {
  for (int i = 0; i < 3; ++i) sigaction(caught[i], &before_[i], nullptr);
  arrived = 0;
}

int StopSignals::received() noexcept {
  return arrived;
}

void stop_if_asked(comm::Communicator& communicator) {
  const auto signal = communicator.max_value<std::int64_t>(StopSignals::received());
  if (signal == 0) return;
  throw base::Error(base::ErrorKind::stopped,
                    fmt::format("stopped by signal {} ({})", signal, sigabbrev_np(static_cast<int>(signal))), {},
                    "nothing was published; run the same command again");
}

}  // namespace fullbase::runtime
