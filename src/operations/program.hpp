// Another program, run to its end without a shell.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace fullbase::operations {

struct ProgramResult {
  int code = 0;        ///< its exit code; 128 + the signal that ended it
  std::string output;  ///< what it wrote to standard output
  std::string errors;  ///< and to standard error
};

/// Whether a program is given a variable of this process's environment.
using KeepVariable = std::function<bool(std::string_view name)>;

/// Runs arguments[0], looked up in PATH, with these arguments, each as it is, `input` as standard input, and this process's
/// environment, or what `keep` leaves of it. Waits for it. Throws an io error if there is no such program. Not collective; no one
/// else in this process may wait for children meanwhile.
ProgramResult run_program(const std::vector<std::string>& arguments, const std::string& input = {},
                          const KeepVariable& keep = {});

/// What a program said, without the blanks and line ends at its end.
std::string without_end(std::string said);

}  // namespace fullbase::operations
