// Signals that stop a run, for as long as a test looks at them.
#pragma once

#include <csignal>
#include <cstddef>
#include <iterator>

#include "parallel/stop.hpp"
#include "runtime/signals.hpp"

namespace fullbase::runtime {

/// runtime::stop_by_signals(), and when it goes all is as it was.
class StopSignals {
 public:
  StopSignals() {
    for (std::size_t i = 0; i < std::size(stop_signals); ++i) sigaction(stop_signals[i], nullptr, &before_[i]);
    stop_by_signals();
  }
  ~StopSignals() {
    for (std::size_t i = 0; i < std::size(stop_signals); ++i) sigaction(stop_signals[i], &before_[i], nullptr);
    parallel::request_stop(0);
  }
  StopSignals(const StopSignals&) = delete;
  StopSignals& operator=(const StopSignals&) = delete;

 private:
  struct sigaction before_[std::size(stop_signals)] = {};
};

}  // namespace fullbase::runtime
