#include "base/clock.hpp"

#include <chrono>

namespace fullbase::base {

std::int64_t now() {
  return std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::system_clock::now().time_since_epoch()).count();
}

}  // namespace fullbase::base
