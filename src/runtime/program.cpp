#include "runtime/program.hpp"

#include <spawn.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>

#include "base/error.hpp"

extern char** environ;

namespace fullbase::runtime {
namespace {

/// A file in memory: it takes what a pipe would have to be read from all the while.
class MemoryFile {
 public:
  explicit MemoryFile(const char* name) : descriptor_(memfd_create(name, MFD_CLOEXEC)) {
    if (descriptor_ < 0) throw base::system_error("make a file in memory", errno);
  }
  ~MemoryFile() { close(descriptor_); }
  MemoryFile(const MemoryFile&) = delete;
  MemoryFile& operator=(const MemoryFile&) = delete;

  int descriptor() const { return descriptor_; }
  /// Puts the text there, and the file's position before it.
  void fill(const std::string& text) {
    std::size_t done = 0;
    while (done < text.size()) {
      const auto count = pwrite(descriptor_, text.data() + done, text.size() - done, static_cast<off_t>(done));
      if (count < 0) throw base::system_error("write to a file in memory", errno);
      done += static_cast<std::size_t>(count);
    }
  }
  std::string text() const {
    std::string text;
    char buffer[4096];
    for (;;) {
      const auto count = pread(descriptor_, buffer, sizeof buffer, static_cast<off_t>(text.size()));
      if (count < 0) throw base::system_error("read a file in memory", errno);
      if (count == 0) return text;
      text.append(buffer, static_cast<std::size_t>(count));
    }
  }

 private:
  int descriptor_;
};

/// What the new process has as its descriptors 0, 1, 2, and the signals that it does not ignore.
class Start {
 public:
  Start() {
    posix_spawn_file_actions_init(&actions);
    posix_spawnattr_init(&attributes);
    // This process ignores SIGPIPE, which a child would inherit.
    sigset_t usual;
    sigemptyset(&usual);
    sigaddset(&usual, SIGPIPE);
    posix_spawnattr_setsigdefault(&attributes, &usual);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF);
  }
  ~Start() {
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
  }
  Start(const Start&) = delete;
  Start& operator=(const Start&) = delete;

  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
};

}  // namespace

ProgramResult run_program(const std::vector<std::string>& arguments, const std::string& input, const KeepVariable& keep) {
  MemoryFile in("input"), out("output"), errors("errors");
  in.fill(input);
  Start start;
  posix_spawn_file_actions_adddup2(&start.actions, in.descriptor(), 0);
  posix_spawn_file_actions_adddup2(&start.actions, out.descriptor(), 1);
  posix_spawn_file_actions_adddup2(&start.actions, errors.descriptor(), 2);
  std::vector<char*> words;
  for (const auto& argument : arguments) words.push_back(const_cast<char*>(argument.c_str()));
  words.push_back(nullptr);
  std::vector<char*> variables;
  for (char** variable = environ; *variable != nullptr; ++variable) {
    const std::string_view text = *variable;
    if (!keep || keep(text.substr(0, text.find('=')))) variables.push_back(*variable);
  }
  variables.push_back(nullptr);
  pid_t child = 0;
  const int problem = posix_spawnp(&child, words[0], &start.actions, &start.attributes, words.data(), variables.data());
  if (problem != 0) throw base::system_error("run it", problem, arguments[0]);
  int status = 0;
  while (waitpid(child, &status, 0) < 0) {
    if (errno != EINTR) throw base::system_error("wait for it", errno, arguments[0]);
  }
  return {WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status), out.text(), errors.text()};
}

}  // namespace fullbase::runtime
