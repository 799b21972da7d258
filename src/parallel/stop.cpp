#include "parallel/stop.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstring>
#include <string>
#include <utility>

#include "parallel/unstoppable.hpp"

namespace fullbase::parallel {
namespace {

// Any thread may be the one that a signal interrupts, and other threads read: sig_atomic_t holds within one thread only.
std::atomic<int> requested = 0;
std::atomic<Patience::rep> requested_at = 0;
static_assert(std::atomic<int>::is_always_lock_free && std::atomic<Patience::rep>::is_always_lock_free,
              "a signal handler may not wait");

thread_local bool stoppable_here = false;
thread_local Patience patience_here = at_once;

Patience::rep now() noexcept {
  return Patience(std::chrono::steady_clock::now().time_since_epoch()).count();
}

}  // namespace

void request_stop(int signal) noexcept {
  // A later signal makes nobody more patient.
  if (requested_stop() == 0) requested_at.store(now(), std::memory_order_relaxed);
  requested.store(signal, std::memory_order_release);
}

int requested_stop() noexcept {
  return requested.load(std::memory_order_acquire);
}

base::Error stopped_error(int signal) {
  const char* const name = sigabbrev_np(signal);
  return {base::ErrorKind::stopped,
          "stopped by signal " + std::to_string(signal) + " (" + (name == nullptr ? "?" : name) + ")",
          {},
          "nothing was published; run the same command again"};
}

Stoppable::Stoppable(Patience patience) noexcept
    : stoppable_before_(std::exchange(stoppable_here, true)),
      patience_before_(std::exchange(patience_here, std::max(patience, patience_here))) {}

Stoppable::~Stoppable() {
  stoppable_here = stoppable_before_;
  patience_here = patience_before_;
}

Patience Stoppable::here() noexcept {
  return stoppable_here ? patience_here : for_good;
}

Unstoppable::Unstoppable(Patience patience) noexcept : before_(std::exchange(patience_here, std::max(patience, patience_here))) {}

Unstoppable::~Unstoppable() {
  patience_here = before_;
}

void stop_point() {
  const int signal = requested_stop();
  if (signal == 0) return;
  const auto patience = Stoppable::here();
  if (patience == for_good || now() - requested_at.load(std::memory_order_relaxed) < patience.count()) return;
  throw stopped_error(signal);
}

}  // namespace fullbase::parallel
