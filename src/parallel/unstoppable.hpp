// Work that a requested stop does not end, or not soon.
#pragma once

#include "parallel/stop.hpp"

namespace fullbase::parallel {

/// While it lives, a request ends this thread's work so much later than Stoppable (stop.hpp) says: for what is to be done before
/// the end.
class Unstoppable {
 public:
  explicit Unstoppable(Patience patience = for_good) noexcept;
  ~Unstoppable();
  Unstoppable(const Unstoppable&) = delete;
  Unstoppable& operator=(const Unstoppable&) = delete;

 private:
  Patience before_;
};

}  // namespace fullbase::parallel
