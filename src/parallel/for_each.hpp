// Loops over blocks by the threads of one rank. The back end is OpenMP, or std::thread under ThreadSanitizer.
#pragma once

#include <cstdint>
#include <functional>

#include "base/block.hpp"

namespace fullbase::parallel {

/// Threads that loops use in this process; set once from resources.threads (default: what the machine or Slurm grants).
int thread_count() noexcept;
void set_thread_count(int threads);

/// Calls work(item, thread) once for each item of [first, last), items handed out dynamically in ascending order, `grain` at a
/// time; thread is in [0, thread_count()). If calls throw, the exception of the lowest item is rethrown after the loop and later
/// items may be skipped, so which error is reported does not depend on the threads. Not collective; must not communicate. Does
/// not nest. Where it is called within a Stoppable (parallel/stop.hpp), it throws the error of a requested stop.
void for_each(std::int64_t first, std::int64_t last, const std::function<void(std::int64_t item, int thread)>& work,
              std::int64_t grain = 1);

/// The grain for a loop whose items take about so long together: 1, or all items where that is less than a millisecond. Such a
/// loop runs on the caller's thread: to wake one that never ran or sleeps may take milliseconds on a shared machine.
inline std::int64_t grain_of(std::int64_t items, double nanoseconds) noexcept {
  return nanoseconds < 5e6 && items > 1 ? items : 1;
}

inline void for_each_block(base::BlockRange blocks, const std::function<void(std::int64_t block, int thread)>& work,
                           std::int64_t grain = 1) {
  for_each(blocks.first, blocks.last, work, grain);
}

}  // namespace fullbase::parallel
