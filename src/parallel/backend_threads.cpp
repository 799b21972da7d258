// The back end for ThreadSanitizer, which cannot see through libgomp's synchronisation.
#include <thread>
#include <vector>

#include "parallel/backend.hpp"

namespace fullbase::parallel {

void run_on_threads(int threads, const std::function<void(int thread)>& body) {
  std::vector<std::jthread> others;
  for (int thread = 1; thread < threads; ++thread) others.emplace_back([&body, thread] { body(thread); });
  body(0);
}

}  // namespace fullbase::parallel
