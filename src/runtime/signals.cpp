#include "runtime/signals.hpp"

#include <atomic>

#include "parallel/stop.hpp"

namespace fullbase::runtime {
namespace {

/// This process itself has had one; a request may have come from another rank's.
std::atomic<bool> interrupted = false;

extern "C" void note_signal(int number) {
  if (number == SIGINT && interrupted.exchange(true)) {
    std::signal(SIGINT, SIG_DFL);
    std::raise(SIGINT);
    return;
  }
  parallel::request_stop(number);
}

}  // namespace

void stop_by_signals() {
  parallel::request_stop(0);
  interrupted = false;
  struct sigaction action = {};
  action.sa_handler = note_signal;
  action.sa_flags = SA_RESTART;
  sigemptyset(&action.sa_mask);
  for (const int number : stop_signals) {
    struct sigaction before = {};
    sigaction(number, &action, &before);
    // Under nohup a run outlives its terminal.
    if (number == SIGHUP && before.sa_handler == SIG_IGN) sigaction(number, &before, nullptr);
  }
}

void stop_if_asked(comm::Communicator& communicator) {
  const auto signal = communicator.max_value<std::int64_t>(parallel::requested_stop());
  if (signal != 0) throw parallel::stopped_error(static_cast<int>(signal)).known_to_all();
}

}  // namespace fullbase::runtime
