// How threads wait for each other at the end of a loop.
#pragma once

namespace fullbase::parallel {

/// OpenMP's threads spin for a millisecond and more before they sleep. On cores that others use too, the one that is waited for
/// does not run meanwhile, and short loops take ten times as long. They shall sleep after some tens of microseconds; but OpenMP
/// takes that from the environment alone, and reads it before main(). So this starts the program anew in the same process, once,
/// with GOMP_SPINCOUNT set; not where the user has set it, or OMP_WAIT_POLICY. To be called while there is nothing to lose: no
/// thread, no MPI. Where the program cannot be started anew it goes on as it is. Cost: what starting the program takes, about
/// 20 ms.
void sleep_soon_while_waiting(char** arguments) noexcept;

}  // namespace fullbase::parallel
