// --threads and --memory of commands that work over whole tables without a job file.
#pragma once

#include <optional>
#include <string>

#include "comm/communicator.hpp"
#include "runtime/resources.hpp"

namespace CLI {
class App;
}

namespace fullbase::cli {

/// What is wrong with a --memory, in the words of the command line; empty: nothing.
std::string memory_problem(const std::string& text);

struct ResourceArguments {
  std::optional<int> threads;
  std::optional<std::string> memory;

  void add(CLI::App& command);
  /// Collective: runtime::take_grant(), its warning on rank 0's standard error.
  runtime::Grant take(comm::Communicator& communicator) const;
};

}  // namespace fullbase::cli
