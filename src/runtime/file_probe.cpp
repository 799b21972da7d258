#include "runtime/file_probe.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstring>
#include <map>
#include <mutex>
#include <new>
#include <set>
#include <utility>

#include "base/error.hpp"
#include "base/size.hpp"
#include "comm/agreement.hpp"
#include "parallel/stop.hpp"
#include "runtime/child_process.hpp"
#include "runtime/signals.hpp"
#include "runtime/spawn_settings.hpp"
#include "store/columnar_format.hpp"
#include "store/file.hpp"
#include "store/store.hpp"
#include "store/structure.hpp"

namespace fullbase::runtime {
namespace {

constexpr unsigned most_computing = 40;  ///< seconds
constexpr unsigned most_seconds = 50;
constexpr std::chrono::milliseconds time_to_be_heard_of{2'000};
constexpr std::chrono::milliseconds between_looks{100};  ///< at a request to stop
constexpr int out_of_memory = 3;
constexpr const char* advice = "the disk or a copy has altered it, or it is made to do harm: restore it, or make it again";
constexpr const char* no_answer = "its disk does not answer, or the job was stopped meanwhile; run the same command again";

std::atomic<bool> is_enabled = false;

std::int64_t most_memory() {
  return static_cast<std::int64_t>(sysconf(_SC_PHYS_PAGES)) * static_cast<std::int64_t>(sysconf(_SC_PAGESIZE)) / 2;
}

/// Never more than the limit that is there.
void limit(__rlimit_resource resource, std::int64_t value) {
  rlimit now = {};
  getrlimit(resource, &now);
  now.rlim_cur = std::min(now.rlim_cur, static_cast<rlim_t>(value));
  setrlimit(resource, &now);
}

/// How the process that looks ended. It ends itself when its time is over, unless it is stopped, or waits for a disk: then it is
/// killed, as it is where this one was asked to stop, and the error says which.
ProcessEnd end_of(pid_t process, const std::string& path) {
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(most_seconds) + time_to_be_heard_of;
  try {
    while (std::chrono::steady_clock::now() < until) {
      if (const auto end = wait_for(process, path, between_looks)) return *end;
      parallel::stop_point();
    }
    throw base::io_error("the process that looks at the file gives no sign of life", path, no_answer);
  } catch (...) {
    kill(process, SIGKILL);
    wait_for(process, path, between_looks);  // to leave no trace of it, if it can end
    throw;
  }
}

/// How the process ended that has looked: it has no files but /dev/null, and signals as any new process, but that it never hears
/// of those that ask for a stop. Who stops a job sends them to all processes, and this one would seem to have crashed of the
/// file.
ProcessEnd look_from_outside(const std::string& path, const std::string& table) {
  SpawnSettings settings;
  posix_spawn_file_actions_addopen(&settings.files, 0, "/dev/null", O_RDWR, 0);
  posix_spawn_file_actions_adddup2(&settings.files, 0, 1);
  posix_spawn_file_actions_adddup2(&settings.files, 0, 2);
  posix_spawn_file_actions_addclosefrom_np(&settings.files, 3);
  sigset_t signals;
  sigemptyset(&signals);
  for (const int number : stop_signals) sigaddset(&signals, number);
  posix_spawnattr_setsigmask(&settings.attributes, &signals);
  sigfillset(&signals);
  posix_spawnattr_setsigdefault(&settings.attributes, &signals);
  posix_spawnattr_setflags(&settings.attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  std::array<std::string, 4> words = {"fullbase", probe_command, path, table};
  std::array<char*, 5> arguments = {words[0].data(), words[1].data(), words[2].data(), words[3].data(), nullptr};
  pid_t process = 0;
  const int error = posix_spawn(&process, "/proc/self/exe", &settings.files, &settings.attributes, arguments.data(), environ);
  if (error != 0) throw base::system_error("start a process that looks at the file", error, path);
  return end_of(process, path);
}

/// Whether the user lets a process have less memory than the one that looks would take.
bool has_less_memory() {
  rlimit now = {};
  getrlimit(RLIMIT_AS, &now);
  return now.rlim_cur < static_cast<rlim_t>(most_memory());
}

/// What went wrong with the file; empty if nothing did. Memory that the user's own limit refuses is no problem of the file
/// (bad_alloc), nor is what kills processes from outside, or a disk that does not answer (io errors).
std::string problem_of(const ProcessEnd& end, const std::string& path) {
  if (end.signal == SIGKILL)
    throw base::io_error("the process that looked at the file was killed (signal 9)", path,
                         "where memory has run out, which the system's log tells, give the job more");
  if (end.signal == SIGALRM) throw base::io_error(fmt::format("cannot be looked at within {} s", most_seconds), path, no_answer);
  if (end.signal == SIGXCPU) return fmt::format("keeps the HDF5 library computing for over {} s", most_computing);
  if (end.signal != 0) return fmt::format("makes the HDF5 library crash (signal {}, {})", end.signal, strsignal(end.signal));
  if (end.code != out_of_memory) return {};
  if (has_less_memory()) throw std::bad_alloc();
  return fmt::format("cannot be opened with {} of memory", base::format_bytes(most_memory()));
}

/// Runs `look_at_it` unless that was done for `path` and `table` when `file` was in the state that it is in.
template <class F>
void once(const std::string& file, const std::string& path, const std::string& table, F&& look_at_it) {
  static std::mutex mutex;
  static std::map<std::pair<std::string, std::string>, store::FileState> looked_at;
  if (!is_enabled) return;
  const std::lock_guard lock(mutex);
  store::FileState state;
  try {
    state = store::File::open_read(file).state();
  } catch (const base::Error&) {
    return;  // whoever opens it says why it cannot be
  }
  const auto key = std::pair(path, table);
  if (const auto before = looked_at.find(key); before != looked_at.end() && before->second == state) return;
  look_at_it();
  looked_at[key] = state;
}

/// Where the parts of a store are; none if its manifest cannot be read, which whoever opens it is told.
std::set<std::string> parts_of(const std::string& folder) {
  std::set<std::string> files;
  try {
    const auto store = store::Store::open(folder);
    for (const auto& [name, table] : store.catalog().tables) {
      for (const auto& part : table.parts) files.insert(store.part_path(part));
    }
  } catch (const base::Error&) {
    files.clear();
  }
  return files;
}

}  // namespace

void enable_probe() noexcept {
  is_enabled = true;
}

void probe_file(const std::string& path, const std::string& table) {
  if (store::is_parquet_file(path)) return;
  once(path, path, table, [&] {
    if (const auto problem = problem_of(look_from_outside(path, table), path); !problem.empty())
      throw base::input_error(problem, path, advice);
  });
}

void probe_store(const std::string& folder) {
  once(folder + "/manifest.json", folder, {}, [&] {
    if (problem_of(look_from_outside(folder, {}), folder).empty()) return;
    for (const auto& part : parts_of(folder)) probe_file(part);
  });
}

void probe_file(comm::Communicator& communicator, const std::string& path, const std::string& table) {
  comm::collective_try(communicator, "probe", [&] {
    if (communicator.is_root()) probe_file(path, table);
  });
}

void probe_store(comm::Communicator& communicator, const std::string& folder) {
  comm::collective_try(communicator, "probe", [&] {
    if (communicator.is_root()) probe_store(folder);
  });
}

int look(const std::string& path, const std::string& table) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  // Should memory run out, this process is the one to go.
  if (const int file = ::open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC); file >= 0) {
    [[maybe_unused]] const auto written = ::write(file, "1000", 4);
    ::close(file);
  }
  alarm(most_seconds);
  limit(RLIMIT_CPU, most_computing);
  limit(RLIMIT_CORE, 0);
#ifndef __SANITIZE_ADDRESS__  // which takes terabytes of addresses
  limit(RLIMIT_AS, most_memory());
#endif
  try {
    if (store::is_folder(path)) {
      for (const auto& part : parts_of(path)) store::walk_objects(part);
    } else {
      store::walk_structure(path, table);
    }
  } catch (const std::bad_alloc&) {
    return out_of_memory;
  }
  return 0;
}

}  // namespace fullbase::runtime
