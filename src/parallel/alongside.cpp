#include "parallel/alongside.hpp"

#include <exception>
#include <thread>

#include "parallel/stop.hpp"

namespace fullbase::parallel {

void alongside(const std::function<void()>& work, const std::function<void()>& meanwhile) {
  std::exception_ptr of_work;
  std::exception_ptr of_meanwhile;
  std::thread worker([&, patience = Stoppable::here()] {
    const Stoppable scope(patience);
    try {
      work();
    } catch (...) {
      of_work = std::current_exception();
    }
  });
  try {
    meanwhile();
  } catch (...) {
    of_meanwhile = std::current_exception();
  }
  worker.join();
  if (of_meanwhile) std::rethrow_exception(of_meanwhile);
  if (of_work) std::rethrow_exception(of_work);
}

}  // namespace fullbase::parallel
