// The subcommands of `fullbase`. Each adds itself to the command line and says what to do when it is chosen.
#pragma once

#include <functional>
#include <ostream>
#include <string>

#include "comm/communicator.hpp"
#include "runtime/progress.hpp"
#include "runtime/watchdog.hpp"

namespace CLI {
class App;
}

namespace fullbase::cli {

/// What a command works with.
struct Invocation {
  comm::Communicator& communicator;
  runtime::Watchdog& watchdog;
  std::ostream& out;  ///< standard output on rank 0; nothing elsewhere
};

/// The command that the command line chose.
struct Selection {
  /// True: all ranks work together. False: rank 0 works alone, MPI is not started.
  bool uses_ranks = false;
  /// True: SIGTERM, SIGINT, SIGUSR1 and SIGHUP ask it to stop in good order. False: they end it at once, by their default.
  bool stops = false;
  /// How its error is told.
  runtime::LogFormat format = runtime::LogFormat::text;
  /// Returns the exit code. Throws base::Error.
  std::function<int(Invocation&)> run;
};

// One source file each.
void add_run(CLI::App& app, Selection& selection);
void add_import(CLI::App& app, Selection& selection);
void add_generate(CLI::App& app, Selection& selection);
void add_validate(CLI::App& app, Selection& selection);
void add_plan(CLI::App& app, Selection& selection);
void add_info(CLI::App& app, Selection& selection);
void add_head(CLI::App& app, Selection& selection);
void add_describe(CLI::App& app, Selection& selection);
void add_diff(CLI::App& app, Selection& selection);
void add_digest(CLI::App& app, Selection& selection);
void add_verify(CLI::App& app, Selection& selection);
void add_export(CLI::App& app, Selection& selection);
void add_doctor(CLI::App& app, Selection& selection);
void add_schema(CLI::App& app, Selection& selection);
void add_submit(CLI::App& app, Selection& selection);
void add_supervise(CLI::App& app, Selection& selection);

}  // namespace fullbase::cli
