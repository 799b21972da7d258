#include <omp.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>

#include "base/contract.hpp"
#include "base/error.hpp"
#include "parallel/backend.hpp"

namespace fullbase::parallel {
namespace {

/// How many teams are being made.
std::atomic<int> starting{0};

/// Where a thread cannot be made libgomp says so and calls exit(1), which would be the code of a difference that was found, and
/// of no failure that is worth another try.
void end_as_io_error() {
  if (starting.load() == 0) return;
  std::fputs(
      "fullbase: no thread can be started; ask for fewer by resources.threads, or raise the limit of memory (ulimit -v) or "
      "of processes (ulimit -u)\n",
      stderr);
  _exit(static_cast<int>(base::ErrorKind::io));
}

}  // namespace

void run_on_threads(int threads, const std::function<void(int thread)>& body) {
  [[maybe_unused]] static const int registered = std::atexit(end_as_io_error);
  int granted = 0;
  starting.fetch_add(1);
#pragma omp parallel num_threads(threads)
  {
#pragma omp master
    {
      starting.fetch_sub(1);
      granted = omp_get_num_threads();
    }
    body(omp_get_thread_num());
  }
  FULLBASE_EXPECTS(0 < granted && granted <= threads, "OpenMP grants at most the threads that were asked for");
}

}  // namespace fullbase::parallel
