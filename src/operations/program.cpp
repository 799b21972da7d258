#include "operations/program.hpp"

#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <span>

#include "base/error.hpp"
#include "runtime/child_process.hpp"
#include "runtime/spawn_settings.hpp"
#include "store/file.hpp"

extern char** environ;

namespace fullbase::operations {
namespace {

/// A file in memory: it takes what a pipe would have to be read from all the while. Its position is before the text.
store::File file_in_memory(const char* name, std::string_view text = {}) {
  const int descriptor = memfd_create(name, MFD_CLOEXEC);
  if (descriptor < 0) throw base::system_error("make a file in memory", errno);
  store::File file(descriptor, name);
  file.write_at(0, std::as_bytes(std::span(text)));
  return file;
}

std::string text_of(const store::File& file) {
  std::string text(static_cast<std::size_t>(file.size()), '\0');
  file.read_at(0, std::as_writable_bytes(std::span(text)));
  return text;
}

}  // namespace

ProgramResult run_program(const std::vector<std::string>& arguments, const std::string& input, const KeepVariable& keep) {
  const auto in = file_in_memory("standard input", input);
  const auto out = file_in_memory("standard output");
  const auto errors = file_in_memory("standard error");
  runtime::SpawnSettings settings;
  posix_spawn_file_actions_adddup2(&settings.files, in.descriptor(), 0);
  posix_spawn_file_actions_adddup2(&settings.files, out.descriptor(), 1);
  posix_spawn_file_actions_adddup2(&settings.files, errors.descriptor(), 2);
  // This process ignores SIGPIPE, which a child would inherit.
  sigset_t usual;
  sigemptyset(&usual);
  sigaddset(&usual, SIGPIPE);
  posix_spawnattr_setsigdefault(&settings.attributes, &usual);
  posix_spawnattr_setflags(&settings.attributes, POSIX_SPAWN_SETSIGDEF);
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
  const int problem = posix_spawnp(&child, words[0], &settings.files, &settings.attributes, words.data(), variables.data());
  if (problem != 0) throw base::system_error("run it", problem, arguments[0]);
  const int code = runtime::wait_for(child, arguments[0]).code;
  return {code, text_of(out), text_of(errors)};
}

std::string without_end(std::string said) {
  said.erase(said.find_last_not_of(" \n") + 1);
  return said;
}

}  // namespace fullbase::operations
