// What time it is. No result depends on it.
#pragma once

#include <chrono>
#include <cstdint>

namespace fullbase::base {

/// Now, as a timestamp (base/time.hpp), by the clock of this machine.
std::int64_t now();

/// Seconds that have passed since `start`, whatever becomes of the time of day.
double seconds_since(std::chrono::steady_clock::time_point start) noexcept;

}  // namespace fullbase::base
