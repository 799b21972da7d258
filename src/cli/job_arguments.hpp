// What commands that take a job file have in common on the command line.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cli/commands.hpp"
#include "cli/log_arguments.hpp"
#include "runtime/job_loading.hpp"

namespace fullbase::cli {

struct JobArguments {
  std::string file;
  std::vector<std::string> set;
  std::optional<int> threads;
  std::optional<std::string> memory;
  LogArguments log;
  bool force = false;
  std::optional<int> key_descriptor;  ///< -1: the one that was named is not open

  /// JOB.yaml and --set.
  void add_file(CLI::App& command);
  /// --threads and --memory.
  void add_resources(CLI::App& command);
  /// These, --log-format, --quiet, --force, --key-fd.
  void add_running(CLI::App& command);

  /// --set, --threads and --memory as overrides of the job file.
  std::vector<std::string> overrides() const;
  /// Collective.
  runtime::LoadedJob load(comm::Communicator& communicator) const;
  runtime::ProgressSettings progress(const comm::Communicator& communicator) const;
};

}  // namespace fullbase::cli
