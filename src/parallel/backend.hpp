// How a rank gets its threads; one of the two back ends is compiled.
#pragma once

#include <functional>

namespace fullbase::parallel {

/// Runs body(thread) once on each of `threads` threads, the caller's among them, and waits for all. The body does not throw.
/// Where a thread cannot be made OpenMP ends the process, here with exit code 74.
void run_on_threads(int threads, const std::function<void(int thread)>& body);

}  // namespace fullbase::parallel
