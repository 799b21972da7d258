// The fullbase command: picks the subcommand, starts the ranks that it needs, turns errors into one message and an exit code.
#include <unistd.h>
#include <CLI/CLI.hpp>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <mutex>
#include <optional>
#include <ostream>
#include <string>
#include <string_view>

#include "base/cpu.hpp"
#include "base/error.hpp"
#include "cli/commands.hpp"
#include "cli/launcher.hpp"
#include "cli/usage.hpp"
#include "comm/agreement.hpp"
#include "comm/launch.hpp"
#include "parallel/waiting.hpp"
#include "runtime/file_probe.hpp"
#include "runtime/meeting_limit.hpp"
#include "runtime/process.hpp"
#include "runtime/signals.hpp"
#include "runtime/watchdog.hpp"
#ifdef FULLBASE_HAS_PARQUET
#include "store/parquet/component.hpp"
#endif

namespace fullbase::cli {
namespace {

void print_error(const base::Error& error, runtime::LogFormat format = runtime::LogFormat::text) {
  std::fprintf(stderr, "%s\n", runtime::error_line(error, format).c_str());
  std::fflush(stderr);
}

/// Standard output, or nothing where another rank speaks.
class Output {
 public:
  explicit Output(bool speaks) : silent_(nullptr), speaks_(speaks) {}
  std::ostream& stream() { return speaks_ ? std::cout : silent_; }
  /// An output that could not be written is an error, not a shorter output.
  void finish() {
    std::cout.flush();
    if (!std::cout) throw base::io_error("cannot write", "standard output");
  }

 private:
  std::ostream silent_;
  bool speaks_;
};

/// Collective. What FULLBASE_ISA asks for is what runs, or an error.
void check_instruction_set(comm::Communicator& communicator) {
  comm::collective_try(communicator, "instruction set", [] { base::check_requested_isa(); });
}

int run_alone(const Selection& selection) {
  const auto communicator = comm::single();
  runtime::Watchdog watchdog(*communicator, {}, [](const base::Error&) {});
  Output output(true);
  check_instruction_set(*communicator);
  Invocation invocation{*communicator, watchdog, output.stream()};
  const int code = selection.run(invocation);
  output.finish();
  return code;
}

int run_as_rank(const Selection& selection, int rank, int argc, char** argv) {
  const runtime::MeetingLimit limit(rank, selection.format);
  limit.bound("come together");
  comm::MpiSession session(argc, argv);
  auto& world = session.world();
  const auto end_job = [&](const base::Error& error) {
    // If nobody reads what is printed, or the abort hangs, for the launcher is gone too, the alarm ends this process.
    std::signal(SIGALRM, SIG_DFL);
    sigset_t alarm_only;
    sigemptyset(&alarm_only);
    sigaddset(&alarm_only, SIGALRM);
    pthread_sigmask(SIG_UNBLOCK, &alarm_only, nullptr);
    alarm(10);
    print_error(error, selection.format);
    session.abort(error.exit_code());
  };
  std::optional<runtime::Watchdog> watchdog;
  try {
    runtime::WatchdogSettings settings;
    // Until the job file has said how long a rank may be silent.
    if (limit.limit().count() > 0) settings.silence_limit = limit.limit();
    watchdog.emplace(world, settings, end_job);
  } catch (...) {
    // Others may wait in a collective, and there is no watchdog to tell them.
    end_job(base::current_error());
  }
  limit.over();
  if (const auto warning = watchdog->warning(); !warning.empty())
    std::fprintf(stderr, "%s\n", runtime::warning_line(warning, selection.format).c_str());
  std::optional<base::Error> failure;
  int code = 0;
  try {
    Output output(world.is_root());
    check_instruction_set(world);
    Invocation invocation{world, *watchdog, output.stream()};
    code = selection.run(invocation);
    output.finish();
  } catch (...) {
    failure = base::current_error();
  }
  if (failure) {
    const auto settled = watchdog->settle(*failure);
    if (world.is_root()) print_error(settled, selection.format);
    code = settled.exit_code();
  }
  // Rank 0 removes what is left, which may take long. Where not all hear of it by the watchdog, they wait without a limit.
  watchdog->wait_for_root();
  const bool is_heard_of = watchdog->unwatched() < 0;
  watchdog.reset();
  if (world.is_root() || is_heard_of) limit.bound("end together");
  return code;
}

int run(int argc, char** argv, Selection& selection) {
  const auto launcher = Launcher::detect([](const char* name) -> std::optional<std::string> {
    const char* const value = std::getenv(name);
    return value == nullptr ? std::optional<std::string>() : std::string(value);
  });
  CLI::App app("Recomputes a whole customer base from one job file, on one machine or many.", "fullbase");
  app.set_version_flag("--version", "fullbase " + runtime::version() + " (" + runtime::build() + ")");
  app.require_subcommand(1);
  app.footer(
      "mpirun -n 4 fullbase run configs/nightly.yaml\nExit codes: 0 done; 1 `diff --exit-code`: there are differences; 2 usage; "
      "3 published without optional steps; 65 input "
      "data; 70 internal; 74 I/O; 75 "
      "stopped, run it again; 78 job file.");
  add_run(app, selection);
  add_import(app, selection);
  add_generate(app, selection);
  add_validate(app, selection);
  add_plan(app, selection);
  add_info(app, selection);
  add_head(app, selection);
  add_describe(app, selection);
  add_diff(app, selection);
  add_digest(app, selection);
  add_verify(app, selection);
  add_export(app, selection);
  add_doctor(app, selection);
  add_schema(app, selection);
  add_submit(app, selection);
  add_supervise(app, selection);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    // Rank 0 speaks for all; a launcher that saw another rank fail first might end rank 0 before it has spoken.
    if (launcher.rank > 0) return 0;
    if (error.get_exit_code() == 0) return app.exit(error);  // --help, --version
    throw as_usage_error(app, error);
  }
  // Commands that go over tables have threads.
  if (selection.uses_ranks || selection.stops) parallel::sleep_soon_while_waiting(argv);
  // After the line above, which may begin the program anew, and before the ranks come together, for which MPI may take its time.
  if (selection.stops) runtime::stop_by_signals();
  if (selection.uses_ranks && launcher.mpi) return run_as_rank(selection, launcher.rank, argc, argv);
  return launcher.rank > 0 ? 0 : run_alone(selection);
}

}  // namespace
}  // namespace fullbase::cli

int main(int argc, char** argv) {
  // A reader that closes its end of a pipe (`fullbase head ... | less`) is an ordinary write error.
  std::signal(SIGPIPE, SIG_IGN);
  // Who started this process may ignore it, which would be passed on, and leave no trace of children that have ended.
  std::signal(SIGCHLD, SIG_DFL);
  fullbase::runtime::give_back_large_blocks();
#ifdef FULLBASE_HAS_PARQUET
  fullbase::store::register_parquet_component();
#endif
  // Before anything of a rank: this process may crash of the file.
  if (argc == 4 && std::string_view(argv[1]) == fullbase::runtime::probe_command)
    return fullbase::runtime::look(argv[2], argv[3]);
  fullbase::runtime::enable_probe();
  fullbase::cli::Selection selection;
  selection.format = fullbase::cli::asked_format(argc, argv);
  try {
    return fullbase::cli::run(argc, argv, selection);
  } catch (...) {
    const auto error = fullbase::base::current_error();
    fullbase::cli::print_error(error, selection.format);
    // What libraries do at the end of a process may crash where memory has run out or a disk is full, and the code would be lost.
    std::cout.flush();
    std::fflush(nullptr);
    std::_Exit(error.exit_code());
  }
}
