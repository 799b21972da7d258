// Work that goes on while a rank's main thread does something else.
#pragma once

#include <functional>

namespace fullbase::parallel {

/// Runs `work` on a thread of its own, its loops with all threads, while the caller runs `meanwhile`, which may communicate;
/// returns when both have ended. Rethrows the exception of `meanwhile`, or else that of `work`. Loops of `work` can be stopped
/// where the caller's can.
void alongside(const std::function<void()>& work, const std::function<void()>& meanwhile);

}  // namespace fullbase::parallel
