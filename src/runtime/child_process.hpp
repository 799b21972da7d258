// A command as a child of this process: how it is started, how it ended, and that nothing of it stays behind.
#pragma once

#include <sys/types.h>
#include <csignal>

#include <chrono>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace fullbase::runtime {

/// How a process ended.
struct ProcessEnd {
  int code = 0;    ///< as a shell says it: the exit code, or 128 + the signal that killed it
  int signal = 0;  ///< what killed it; 0: it exited

  /// From what waitpid() says.
  static ProcessEnd of_status(int status);
};

/// Waits for a child to end, whatever signals come in between. `where`: for the io error of one that is no child.
ProcessEnd wait_for(pid_t child, const std::string& where);
/// The same for `limit` at most; nothing: it has not ended. Looks every millisecond at first, then every eighth of the time gone.
std::optional<ProcessEnd> wait_for(pid_t child, const std::string& where, std::chrono::milliseconds limit);

/// Holds back SIGTERM, SIGINT, SIGHUP, SIGUSR1 and SIGCHLD of this thread from construction to destruction: they are waited for.
/// Those that were ignored before (by nohup, or by a shell for what it runs in the background) still are. For processes of one
/// thread: another one would still be interrupted.
class HeldSignals {
 public:
  HeldSignals();
  ~HeldSignals();
  HeldSignals(const HeldSignals&) = delete;
  HeldSignals& operator=(const HeldSignals&) = delete;

  /// The next one that arrives within `limit`, the lowest number first; 0: none did.
  int wait(std::chrono::milliseconds limit) const;
  /// What this thread held back before.
  const sigset_t& before() const noexcept { return before_; }

 private:
  sigset_t held_;
  sigset_t before_;
};

/// From here on processes whose parents die become children of this one, where end_leftovers() finds them.
void adopt_orphans();

/// Starts a command by its name in PATH or its path, without a shell, in a process group of its own, with this process's
/// descriptors and environment. When this process dies, however that happens, the command gets a SIGTERM. Throws a usage error
/// where it cannot be started.
pid_t start_command(std::span<const std::string> words, const HeldSignals& signals);

/// The name of the program that a process runs now, up to 15 characters of it; empty if it has ended.
std::string program_of(pid_t process);

/// How many children of a process are ranks of an MPI job that still run.
int ranks_started_by(pid_t launcher);

/// The children of this process, but for `spared`.
std::vector<pid_t> own_children(std::span<const pid_t> spared = {});

/// Waits until this process has no children but `spared`: those that it had before it started any, as a shell that becomes this
/// program leaves them to it. Those that are left after `grace` are killed, then waited for as long again; returns the ids of
/// what even then has not ended (a process in a dead file system does not).
std::vector<pid_t> end_leftovers(std::chrono::milliseconds grace, std::span<const pid_t> spared = {});

}  // namespace fullbase::runtime
