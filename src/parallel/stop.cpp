#include "parallel/stop.hpp"

#include <atomic>
#include <cstring>
#include <string>
#include <utility>

#include "parallel/unstoppable.hpp"

namespace fullbase::parallel {
namespace {

// Any thread may be the one that a signal interrupts, and other threads read: sig_atomic_t holds within one thread only.
std::atomic<int> requested = 0;
static_assert(std::atomic<int>::is_always_lock_free, "a signal handler may not wait");

thread_local bool stoppable_here = false;
thread_local bool unstoppable_here = false;

}  // namespace

void request_stop(int signal) noexcept {
  requested.store(signal, std::memory_order_relaxed);
}

int requested_stop() noexcept {
  return requested.load(std::memory_order_relaxed);
}

base::Error stopped_error(int signal) {
  const char* const name = sigabbrev_np(signal);
  return {base::ErrorKind::stopped,
          "stopped by signal " + std::to_string(signal) + " (" + (name == nullptr ? "?" : name) + ")",
          {},
          "nothing was published; run the same command again"};
}

Stoppable::Stoppable(bool stoppable) noexcept : before_(std::exchange(stoppable_here, stoppable)) {}

Stoppable::~Stoppable() {
  stoppable_here = before_;
}

bool Stoppable::here() noexcept {
  return stoppable_here && !unstoppable_here;
}

Unstoppable::Unstoppable() noexcept : before_(std::exchange(unstoppable_here, true)) {}

Unstoppable::~Unstoppable() {
  unstoppable_here = before_;
}

void stop_point() {
  if (!Stoppable::here()) return;
  if (const int signal = requested_stop(); signal != 0) throw stopped_error(signal);
}

}  // namespace fullbase::parallel
