// What time it is. No result depends on it.
#pragma once

#include <cstdint>

namespace fullbase::base {

/// Now, as a timestamp (base/time.hpp), by the clock of this machine.
std::int64_t now();

}  // namespace fullbase::base
