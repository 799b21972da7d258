#include "runtime/child_process.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string_view>
#include <system_error>
#include <thread>

#include "base/error.hpp"
#include "runtime/descriptor.hpp"
#include "runtime/signals.hpp"

namespace fullbase::runtime {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::milliseconds between_looks{50};

bool is_ignored(int number) {
  struct sigaction action = {};
  return sigaction(number, nullptr, &action) == 0 && action.sa_handler == SIG_IGN;
}

/// The parent of a process, from /proc; -1: it is gone.
pid_t parent_of(std::string_view id) {
  std::ifstream file(fmt::format("/proc/{}/stat", id));
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  // "12 (name, which may hold anything) S 1 ...": the parent follows the state.
  const auto name_end = text.rfind(')');
  if (name_end == std::string::npos || name_end + 4 > text.size()) return -1;
  pid_t parent = -1;
  std::from_chars(text.data() + name_end + 4, text.data() + text.size(), parent);
  return parent;
}

std::vector<pid_t> children_of(pid_t parent) {
  std::vector<pid_t> found;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator("/proc", error)) {
    const auto name = entry.path().filename().string();
    pid_t id = 0;
    const auto [end, problem] = std::from_chars(name.data(), name.data() + name.size(), id);
    if (problem != std::errc() || end != name.data() + name.size()) continue;
    if (parent_of(name) == parent) found.push_back(id);
  }
  return found;
}

/// Whether no child but those to be spared is left before `limit` is over; takes note of those that have ended.
bool all_ended(std::chrono::milliseconds limit, std::span<const pid_t> spared) {
  const auto until = Clock::now() + limit;
  for (;;) {
    const auto ended = waitpid(-1, nullptr, WNOHANG);
    if (ended > 0) continue;
    if (ended < 0 && errno != EINTR) return true;
    if (!spared.empty() && own_children(spared).empty()) return true;
    if (Clock::now() >= until) return false;
    std::this_thread::sleep_for(between_looks);
  }
}

/// In the child, between fork and exec: only calls that a signal handler might make.
[[noreturn]] void become(char* const* words, const sigset_t& mask, pid_t parent, int report) {
  setpgid(0, 0);
  prctl(PR_SET_PDEATHSIG, SIGTERM);
  // A parent that died before the line above would never be heard of.
  if (getppid() == parent) {
    // What is ignored stays so across exec; the command's own pipes are its own matter.
    std::signal(SIGPIPE, SIG_DFL);
    sigprocmask(SIG_SETMASK, &mask, nullptr);
    execvp(words[0], words);
    const int error_number = errno;
    [[maybe_unused]] const auto written = write(report, &error_number, sizeof error_number);
  }
  _exit(127);
}

}  // namespace

ProcessEnd ProcessEnd::of_status(int status) {
  if (WIFSIGNALED(status)) return {128 + WTERMSIG(status), WTERMSIG(status)};
  return {WEXITSTATUS(status), 0};
}

ProcessEnd wait_for(pid_t child, const std::string& where) {
  int status = 0;
  while (waitpid(child, &status, 0) < 0) {
    if (errno != EINTR) throw base::system_error("wait for the process", errno, where);
  }
  return ProcessEnd::of_status(status);
}

std::optional<ProcessEnd> wait_for(pid_t child, const std::string& where, std::chrono::milliseconds limit) {
  const auto begun = Clock::now();
  for (;;) {
    int status = 0;
    const auto ended = waitpid(child, &status, WNOHANG);
    if (ended == child) return ProcessEnd::of_status(status);
    if (ended < 0 && errno != EINTR) throw base::system_error("wait for the process", errno, where);
    const auto gone = std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - begun);
    if (gone >= limit) return {};
    std::this_thread::sleep_for(std::min(limit - gone, std::clamp(gone / 8, std::chrono::milliseconds(1), between_looks)));
  }
}

HeldSignals::HeldSignals() {
  sigemptyset(&held_);
  // Held back signals count as not ignored, so one that shall be is left alone. Children of who ignores SIGCHLD leave no trace.
  for (const int number : stop_signals)
    if (!is_ignored(number)) sigaddset(&held_, number);
  std::signal(SIGCHLD, SIG_DFL);
  sigaddset(&held_, SIGCHLD);
  pthread_sigmask(SIG_BLOCK, &held_, &before_);
}

HeldSignals::~HeldSignals() {
  pthread_sigmask(SIG_SETMASK, &before_, nullptr);
}

int HeldSignals::wait(std::chrono::milliseconds limit) const {
  const timespec time = {limit.count() / 1000, limit.count() % 1000 * 1'000'000};
  const int number = sigtimedwait(&held_, nullptr, &time);
  return number > 0 ? number : 0;
}

void adopt_orphans() {
  if (prctl(PR_SET_CHILD_SUBREAPER, 1) != 0) throw base::system_error("become the parent of orphans", errno);
}

pid_t start_command(std::span<const std::string> words, const HeldSignals& signals) {
  std::vector<char*> pointers;
  for (const auto& word : words) pointers.push_back(const_cast<char*>(word.c_str()));  // exec changes nothing of them
  pointers.push_back(nullptr);
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) throw base::system_error("make a pipe", errno);
  const Descriptor reading(ends[0]);
  Descriptor writing(ends[1]);
  const auto self = getpid();
  const auto child = fork();
  if (child < 0) throw base::system_error("start a process", errno, words.front());
  if (child == 0) become(pointers.data(), signals.before(), self, writing.number());
  writing.reset();
  // The pipe closes at the moment of exec; what comes through it is why there was none.
  int error_number = 0;
  ssize_t got = 0;
  do got = read(reading.number(), &error_number, sizeof error_number);
  while (got < 0 && errno == EINTR);
  if (got == static_cast<ssize_t>(sizeof error_number)) {
    waitpid(child, nullptr, 0);
    throw base::usage_error(fmt::format("cannot start '{}': {}", words.front(), std::generic_category().message(error_number)),
                            {}, "give the name of a program that is in PATH, or its path");
  }
  return child;
}

std::string program_of(pid_t process) {
  std::ifstream file(fmt::format("/proc/{}/comm", process));
  std::string name;
  std::getline(file, name);
  return name;
}

int ranks_started_by(pid_t launcher) {
  int ranks = 0;
  for (const auto id : children_of(launcher)) {
    // A process that has ended and was not waited for has no environment any more.
    std::ifstream file(fmt::format("/proc/{}/environ", id));
    for (std::string variable; std::getline(file, variable, '\0');) {
      if (!variable.starts_with("OMPI_COMM_WORLD_RANK=") && !variable.starts_with("PMIX_RANK=") &&
          !variable.starts_with("PMI_RANK="))
        continue;
      ++ranks;
      break;
    }
  }
  return ranks;
}

std::vector<pid_t> own_children(std::span<const pid_t> spared) {
  auto found = children_of(getpid());
  std::erase_if(found, [&](pid_t id) { return std::ranges::find(spared, id) != spared.end(); });
  return found;
}

std::vector<pid_t> end_leftovers(std::chrono::milliseconds grace, std::span<const pid_t> spared) {
  if (all_ended(grace, spared)) return {};
  // Those who are killed may leave orphans of their own, which come to this process in turn.
  const auto until = Clock::now() + grace;
  do {
    for (const auto id : own_children(spared)) kill(id, SIGKILL);
    if (all_ended(between_looks, spared)) return {};
  } while (Clock::now() < until);
  return own_children(spared);
}

}  // namespace fullbase::runtime
