#include "parallel/for_each.hpp"

#include <sched.h>

#include <algorithm>
#include <atomic>
#include <charconv>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <limits>
#include <mutex>
#include <thread>

#include "base/contract.hpp"
#include "parallel/backend.hpp"
#include "parallel/stop.hpp"

namespace fullbase::parallel {
namespace {

int number_from_environment(const char* name) noexcept {
  const char* text = std::getenv(name);
  int value = 0;
  if (text) std::from_chars(text, text + std::strlen(text), value);
  return value;
}

/// What was asked for, then what the batch system granted, then the cores that this process may run on.
int granted_threads() noexcept {
  for (const char* name : {"OMP_NUM_THREADS", "SLURM_CPUS_PER_TASK"}) {
    if (const int threads = number_from_environment(name); threads > 0) return threads;
  }
  cpu_set_t cores;
  if (sched_getaffinity(0, sizeof cores, &cores) == 0) return std::max(1, CPU_COUNT(&cores));
  return std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
}

std::atomic<int>& threads_setting() noexcept {
  static std::atomic<int> threads = granted_threads();
  return threads;
}

thread_local bool inside_loop = false;

/// The exception of the lowest item that failed so far.
class FirstFailure {
 public:
  /// Items after a failed one need not run; those before it still must, since one of them may fail too.
  bool is_before(std::int64_t item) const noexcept { return item_.load(std::memory_order_relaxed) < item; }

  void note(std::int64_t item, std::exception_ptr exception) noexcept {
    const std::scoped_lock lock(mutex_);
    if (item >= item_.load(std::memory_order_relaxed)) return;
    item_.store(item, std::memory_order_relaxed);
    exception_ = std::move(exception);
  }
  void rethrow() const {
    if (exception_) std::rethrow_exception(exception_);
  }

 private:
  std::mutex mutex_;
  std::atomic<std::int64_t> item_ = std::numeric_limits<std::int64_t>::max();
  std::exception_ptr exception_;
};

}  // namespace

int thread_count() noexcept {
  return threads_setting().load(std::memory_order_relaxed);
}

void set_thread_count(int threads) {
  FULLBASE_EXPECTS(threads > 0, "a rank has at least one thread");
  threads_setting().store(threads, std::memory_order_relaxed);
}

void for_each(std::int64_t first, std::int64_t last, const std::function<void(std::int64_t item, int thread)>& work,
              std::int64_t grain) {
  FULLBASE_EXPECTS(grain > 0, "a loop hands out at least one item at a time");
  FULLBASE_EXPECTS(!inside_loop, "parallel loops do not nest");
  if (last <= first) return;

  std::atomic<std::int64_t> next = first;
  FirstFailure failure;
  const auto patience = Stoppable::here();
  const auto loop = [&](int thread) {
    inside_loop = true;
    const Stoppable scope(patience);
    for (;;) {
      const std::int64_t begin = next.fetch_add(grain, std::memory_order_relaxed);
      const std::int64_t end = std::min(last, begin + grain);
      for (std::int64_t item = begin; item < end && !failure.is_before(item); ++item) {
        try {
          stop_point();
          work(item, thread);
        } catch (...) {
          failure.note(item, std::current_exception());
        }
      }
      if (end >= last || failure.is_before(end)) break;
    }
    inside_loop = false;
  };
  const std::int64_t pieces = (last - first + grain - 1) / grain;
  const int threads = static_cast<int>(std::min<std::int64_t>(thread_count(), pieces));
  if (threads == 1) {
    loop(0);
  } else {
    run_on_threads(threads, loop);
  }
  failure.rethrow();
}

}  // namespace fullbase::parallel
