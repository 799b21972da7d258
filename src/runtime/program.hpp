// Another program, run to its end without a shell.
#pragma once

#include <string>
#include <vector>

namespace fullbase::runtime {

struct ProgramResult {
  int code = 0;        ///< its exit code; 128 + the signal that ended it
  std::string output;  ///< what it wrote to standard output
  std::string errors;  ///< and to standard error
};

/// Runs arguments[0], looked up in PATH, with these arguments, each as it is, and `input` as standard input. Waits for it. Throws
/// an io error if there is no such program. Not collective; no one else in this process may wait for children meanwhile.
ProgramResult run_program(const std::vector<std::string>& arguments, const std::string& input = {});

}  // namespace fullbase::runtime
