// Runs a command until it works: again after a crash or a stop, with pauses that grow, never after an error that would come
// again.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "runtime/child_process.hpp"
#include "runtime/progress.hpp"

namespace fullbase::operations {

struct SupervisionSettings {
  int tries = 5;                                ///< how often the command is started at most
  std::chrono::milliseconds pause{5'000};       ///< before the second try; twice as long before each one that follows
  std::chrono::milliseconds longest{600'000};   ///< pauses do not grow beyond
  bool fewer_ranks = false;                     ///< after a crash half as many ranks, rounded up
  std::chrono::milliseconds launcher{30'000};   ///< how long a launcher may outlive the ranks that it has started on this machine
  std::chrono::milliseconds leftovers{15'000};  ///< how long processes of a try that is over may take to end
};

/// What an end means.
enum class Verdict {
  done,   ///< 0, or 3: published
  final,  ///< 2, 65, 78: the command line, the data, the job file; 126, 127: no such program. It would fail in the same way
  stop,   ///< 75: stopped at a good place
  crash,  ///< all else: a signal, a fault of ours, the system, a lost rank, a launcher's own trouble
};
Verdict verdict(const runtime::ProcessEnd& end);

/// "exit code 75", "signal 9 (KILL)", "exit code 137 (a process was ended by signal 9 (KILL))".
std::string describe(const runtime::ProcessEnd& end);

/// The pause before try `next`, from 2 on.
std::chrono::milliseconds pause_before(int next, const SupervisionSettings& settings);

/// The word of a launcher's command line that tells the number of ranks, the first of -n 4, -np 4, --np 4, --ntasks 4, --ntasks=4
/// and -n4. The launcher is the first word that is one of mpirun, mpiexec, srun and their like, else the first. The first word
/// after it that is no option ends the search: it may be an option's value, or the program, whose options are its own.
struct RanksWord {
  std::size_t index = 0;
  std::string before;  ///< what stands before the number in the same word
  int ranks = 0;
};
std::optional<RanksWord> find_ranks(const std::vector<std::string>& command);
/// The same command on other ranks. There is a RanksWord.
std::vector<std::string> with_ranks(std::vector<std::string> command, int ranks);

/// What the command is told of a signal that this process got, for the `times`th time. `mpirun` ends its ranks a second after
/// SIGTERM or SIGINT, whatever they do, but only passes SIGUSR1 on, which asks them to stop in good order; so the first time it
/// gets that one. `program`: what the command's process runs, which `env` or `nice` before `mpirun` become.
int signal_for(const std::string& program, int signal, int times);

/// Runs the command; returns the exit code of its last try. Each one's end is told to `progress`. Passes SIGTERM, SIGINT, SIGHUP
/// and SIGUSR1 on (signal_for) and then returns what the command ends with; in a pause it returns 75 (stopped). When a try is
/// over, none of its processes on this machine is left, also of a launcher that was killed; nor when this process is: the command
/// gets SIGTERM then. Open MPI's launchers wait a quarter of an hour for a node that is cut off: unless the environment says
/// otherwise they are told to look after it every few seconds, and one whose ranks here have all ended is killed soon. How they
/// ended is not known then: it counts as a stop, and is 75 where one was asked for. Throws a usage error where the command cannot
/// be started, or its ranks are to be fewer and are not told. For processes of one thread.
int supervise(std::vector<std::string> command, const SupervisionSettings& settings, runtime::Progress& progress);

}  // namespace fullbase::operations
