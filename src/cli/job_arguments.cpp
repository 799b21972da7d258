#include "cli/job_arguments.hpp"

#include <fcntl.h>

#include <CLI/CLI.hpp>

#include "cli/resource_arguments.hpp"
#include "config/document.hpp"
#include "jobs/registry.hpp"

namespace fullbase::cli {
namespace {

/// Looked at before MPI opens files of its own, which must not be taken for it: -1 is read as a file that is not open.
int open_descriptor(int descriptor) {
  return ::fcntl(descriptor, F_GETFD) < 0 ? -1 : descriptor;
}

}  // namespace

void JobArguments::add_file(CLI::App& command) {
  command.add_option("job", file, "The job file")->required()->type_name("JOB.yaml");
  command.add_option("--set", set, "Replace an option of the job file, as often as needed: --set steps.segments.k=8")
      ->check([](const std::string& text) {
        auto problem = config::assignment_problem(text);
        return problem.empty() ? problem : problem + "; write --set steps.segments.k=8";
      })
      ->type_name("PATH=VALUE")
      ->allow_extra_args(false);
}

void JobArguments::add_resources(CLI::App& command) {
  command.add_option("--threads", threads, "Threads of each rank (resources.threads)")
      ->check(CLI::Range(1, 4096))
      ->type_name("N");
  command.add_option("--memory", memory, "Memory of each rank, such as 4GiB (resources.memory_per_rank)")
      ->check(memory_problem)
      ->type_name("SIZE");
}

void JobArguments::add_running(CLI::App& command) {
  add_resources(command);
  log.add(command, "Say nothing but warnings and errors");
  command
      .add_option_function<int>(
          "--key-fd", [this](int descriptor) { key_descriptor = open_descriptor(descriptor); },
          "Read the key of pseudonyms from this open file of rank 0 (under mpirun: 0, standard input), not from privacy.key_file")
      ->check(CLI::Range(0, 1'000'000))
      ->type_name("N");
  command.add_flag("--force", force,
                   "Import files again even if they have not changed, and over a generated table; run a job again even if its "
                   "output is there");
}

std::vector<std::string> JobArguments::overrides() const {
  auto all = set;
  if (threads) all.push_back("resources.threads=" + std::to_string(*threads));
  if (memory) all.push_back("resources.memory_per_rank=" + *memory);
  return all;
}

runtime::LoadedJob JobArguments::load(comm::Communicator& communicator) const {
  return runtime::load_job(communicator, file, overrides(), jobs::job_kinds());
}

runtime::ProgressSettings JobArguments::progress(const comm::Communicator& communicator) const {
  auto settings = log.settings();
  settings.silent = communicator.rank() != 0;
  return settings;
}

}  // namespace fullbase::cli
