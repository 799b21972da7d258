// Work that a requested stop does not end.
#pragma once

namespace fullbase::parallel {

/// While it lives, no request ends this thread's work, whatever Stoppable (stop.hpp) says: for what is to be done before the end.
class Unstoppable {
 public:
  Unstoppable() noexcept;
  ~Unstoppable();
  Unstoppable(const Unstoppable&) = delete;
  Unstoppable& operator=(const Unstoppable&) = delete;

 private:
  bool before_;
};

}  // namespace fullbase::parallel
