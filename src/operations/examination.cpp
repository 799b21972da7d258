#include "operations/examination.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "base/size.hpp"
#include "base/time.hpp"
#include "operations/planning.hpp"

namespace fullbase::operations {
namespace {

constexpr std::int64_t mebibyte = std::int64_t{1} << 20;
constexpr std::int64_t second = 1'000'000;

Finding well(std::string subject, std::string text) {
  return {std::move(subject), Health::well, std::move(text), {}, {}};
}
Finding warning(std::string subject, std::string text, std::string remedy) {
  return {std::move(subject), Health::warning, std::move(text), std::move(remedy), {}};
}
Finding problem(std::string subject, std::string text, std::string remedy) {
  return {std::move(subject), Health::problem, std::move(text), std::move(remedy), {}};
}

std::string counted(std::int64_t count, const char* what) {
  return fmt::format("{} {}{}", count, what, count == 1 ? "" : "s");
}

// What each rank says of itself.

Finding root_user(const MachineFacts& facts) {
  if (!facts.is_root_user || facts.may_launch_as_root)
    return well("user", facts.is_root_user ? "root, as mpirun is told" : "not root");
  return warning("user", "this is root, as whom Open MPI's mpirun does not run",
                 "use another user, or set OMPI_ALLOW_RUN_AS_ROOT=1 and OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1");
}

Finding cores(const MachineFacts& facts) {
  const auto text =
      fmt::format("{} of {} a rank ({})", counted(facts.threads, "thread"), counted(facts.cpus, "CPU"), facts.threads_from);
  if (!facts.binding_warning.empty())
    return warning("threads", text + "; " + facts.binding_warning,
                   "start it by `mpirun --bind-to none`, or `srun --cpus-per-task`");
  const auto wanted = facts.neighbours * facts.threads;
  if (wanted > facts.neighbours_cpus)
    return warning("threads",
                   fmt::format("{}: {} of {} share {}", text, counted(facts.neighbours, "rank"), counted(facts.threads, "thread"),
                               counted(facts.neighbours_cpus, "CPU")),
                   facts.yields_when_idle ? "start fewer ranks on this machine, or fewer threads each"
                                          : "start fewer ranks on this machine; or set OMPI_MCA_mpi_yield_when_idle=1, so that "
                                            "ranks that wait let others work");
  return well("threads", text);
}

Finding instruction_set(const MachineFacts& facts) {
  if (facts.instruction_set != facts.machine_instruction_set)
    return warning("instruction set",
                   fmt::format("FULLBASE_ISA has it run on {}, and the machine has {}", facts.instruction_set,
                               facts.machine_instruction_set),
                   "unset FULLBASE_ISA; results are the same");
  if (facts.instruction_set == "baseline")
    return warning("instruction set", "the CPU has no AVX2: results are the same, and come several times later",
                   "take a machine with x86-64-v3 (Intel since 2013, AMD since 2015)");
  return well("instruction set", facts.instruction_set);
}

Finding memory(const MachineFacts& facts) {
  const auto process = process_memory(facts.threads);
  const auto text = fmt::format("{} a rank ({})", base::format_bytes(facts.memory), facts.memory_from);
  if (facts.address_space_limit >= 0 && facts.address_space_limit < facts.memory + process)
    return problem("memory",
                   fmt::format("{}, but `ulimit -v` lets a process have {}", text, base::format_bytes(facts.address_space_limit)),
                   fmt::format("ulimit -v unlimited; or run with --memory {} or less",
                               base::format_bytes(std::max(mebibyte, facts.address_space_limit - 2 * process))));
  if (facts.available_memory > 0 && facts.neighbours * facts.memory > facts.available_memory)
    return warning("memory",
                   fmt::format("{}, and of the machine's memory {} are free for {}", text,
                               base::format_bytes(facts.available_memory), counted(facts.neighbours, "rank")),
                   "end what else runs here, or run with less --memory");
  return well("memory", text);
}

Finding shared_memory(const MachineFacts& facts) {
  const auto text = fmt::format("{} free in /dev/shm", base::format_bytes(facts.shared_memory_free));
  if (facts.neighbours > 1 && facts.shared_memory_free < facts.neighbours * 8 * mebibyte)
    return problem("shared memory", fmt::format("{}, by which {} talk", text, counted(facts.neighbours, "rank")),
                   "make it larger (mount -o remount,size=1G /dev/shm; docker run --shm-size=1g), or set OMPI_MCA_btl=self,tcp");
  return well("shared memory", text);
}

Finding core_files(const MachineFacts& facts) {
  if (facts.core_limit == 0) return well("core files", "none are written");
  return warning("core files",
                 fmt::format("a crash may leave a file of up to {} of memory, customers' values too",
                             facts.core_limit < 0 ? "all" : base::format_bytes(facts.core_limit)),
                 "ulimit -c 0, but while you look for a fault");
}

Finding open_files(const MachineFacts& facts) {
  if (facts.open_files_limit < 0) return well("open files", "no limit");
  if (facts.open_files_limit < 256)
    return problem("open files", fmt::format("`ulimit -n` is {}", facts.open_files_limit), "ulimit -n 1024");
  return well("open files", fmt::format("{} at most", facts.open_files_limit));
}

Finding hdf5(const MachineFacts& facts) {
  if (facts.hdf5_version != facts.hdf5_compiled_to)
    return problem("HDF5",
                   fmt::format("the library that is loaded is {}, this program was compiled for {}", facts.hdf5_version,
                               facts.hdf5_compiled_to),
                   "build it again on this machine, or correct LD_LIBRARY_PATH");
  // It is used by one thread at a time in either case.
  return well("HDF5",
              facts.hdf5_version + (facts.hdf5_is_thread_safe ? ", thread-safe" : ", not thread-safe, which is not needed"));
}

Finding folder(const MachineFacts& facts) {
  if (!facts.folder_problem.empty())
    return problem("folder", facts.folder_problem, "name a folder that every rank can write to: fullbase doctor FOLDER");
  const auto text = fmt::format("{} free on {}", base::format_bytes(facts.folder_free), facts.file_system);
  if (facts.folder_free < 1024 * mebibyte)
    return warning("folder", text, "make room, or let output.file name another disk; `fullbase plan` says how much a job takes");
  if (facts.file_system == "tmpfs")
    return warning("folder", text + ": it is memory, and gone when the machine restarts", "let output.file name a disk");
  return well("folder", text);
}

Finding locks(const MachineFacts& facts) {
  if (facts.lock_problem.empty()) return well("locks", "a lock on the folder excludes others");
  return problem(
      "locks", "locks do not exclude: " + facts.lock_problem + ", so that two runs could write one output",
      "let output.file name a file system with fcntl locks (NFS: mount it without nolock, with lockd; Lustre: with flock)");
}

Finding time_zones(const MachineFacts& facts) {
  if (!facts.time_zone_problem.empty()) return problem("time zones", facts.time_zone_problem, "install the package tzdata");
  return well("time zones", facts.time_zones.empty() ? "known; the database does not say its release" : facts.time_zones);
}

Finding clock(const MachineFacts& facts) {
  constexpr std::int64_t year_2020 = 1'577'836'800 * second;
  if (facts.clock < year_2020)
    return problem("clock", "it is set to " + base::format_timestamp(facts.clock), "set the machine's clock (chronyd, ntpd)");
  return well("clock", "set");
}

Finding slurm(const MachineFacts& facts) {
  if (facts.slurm_job.empty() && !facts.slurm_problem.empty())
    return warning(
        "Slurm", "there is sbatch, and no controller answers: " + facts.slurm_problem,
        "`fullbase submit` needs one: start slurmctld, or let SLURM_CONF name its slurm.conf; other commands need no Slurm");
  if (facts.slurm_job.empty())
    return well("Slurm", facts.has_sbatch ? "there is sbatch: `fullbase submit` can be used" : "none here");
  if (facts.slurm_cpus_per_task == 0)
    return warning("Slurm", fmt::format("job {} does not say how many CPUs a task has", facts.slurm_job),
                   "give --cpus-per-task to sbatch, and to srun too: srun of 22.05 does not inherit it");
  return well("Slurm", fmt::format("job {}, {} a task", facts.slurm_job, counted(facts.slurm_cpus_per_task, "CPU")));
}

// What only all ranks together show.

/// A problem where ranks differ in a member: which has what.
template <class T>
void require_same(std::span<const MachineFacts> ranks, T MachineFacts::*member, const char* subject, const char* what,
                  const char* remedy, Health health, std::vector<Finding>& findings) {
  std::map<T, std::vector<int>> ranks_of;
  for (const auto& facts : ranks) ranks_of[facts.*member].push_back(facts.rank);
  if (ranks_of.size() < 2) return;
  std::string text = fmt::format("ranks differ in {}:", what);
  for (const auto& [value, numbers] : ranks_of) {
    auto shown = fmt::format("{}", value);
    if (shown.size() > 40) shown = shown.substr(0, 12) + "...";
    text += fmt::format(" {} on {} {};", shown, numbers.size() == 1 ? "rank" : "ranks", rank_list(numbers));
  }
  text.pop_back();
  findings.push_back({subject, health, text, remedy, {}});
}

void message_passing(std::span<const MachineFacts> ranks, std::vector<Finding>& findings) {
  std::set<std::string> hosts;
  for (const auto& facts : ranks) hosts.insert(facts.host);
  if (ranks.size() == 1) {
    findings.push_back(well("message passing", fmt::format("{}; one rank. `mpirun -n 2 fullbase doctor` looks at ranks together",
                                                           ranks[0].message_library)));
    return;
  }
  findings.push_back(
      well("message passing", fmt::format("{}; {} on {}", ranks[0].message_library, counted(std::ssize(ranks), "rank"),
                                          counted(std::ssize(hosts), "machine"))));
}

void differences(std::span<const MachineFacts> ranks, std::vector<Finding>& findings) {
  require_same(ranks, &MachineFacts::message_library, "message passing", "their message library",
               "install the same version on every machine", Health::problem, findings);
  require_same(ranks, &MachineFacts::program, "program", "the program that they run", "copy one build to every machine",
               Health::problem, findings);
  require_same(ranks, &MachineFacts::time_zones, "time zones", "the release of the time-zone database",
               "bring tzdata to one release everywhere: local times depend on it", Health::problem, findings);
  require_same(ranks, &MachineFacts::instruction_set, "instruction set", "their instruction set",
               "the slowest rank sets the pace; results are the same", Health::warning, findings);
  require_same(ranks, &MachineFacts::threads, "threads", "their threads",
               "the slowest rank sets the pace: start as many ranks on each machine", Health::warning, findings);
  const auto [early, late] = std::ranges::minmax(ranks, {}, &MachineFacts::clock);
  if (late.clock - early.clock > 2 * second)
    findings.push_back(
        warning("clock",
                fmt::format("the clock of rank {} ({}) is {:.1f} s behind that of rank {} ({})", early.rank, early.host,
                            static_cast<double>(late.clock - early.clock) / static_cast<double>(second), late.rank, late.host),
                "keep clocks together (chronyd, ntpd): the ages of files and of outputs are told by them"));
}

/// Same findings of several ranks become one.
void add(std::vector<Finding>& findings, Finding finding, int rank) {
  const auto same = std::ranges::find_if(findings, [&](const Finding& other) {
    return other.subject == finding.subject && other.text == finding.text && other.remedy == finding.remedy &&
           !other.ranks.empty();
  });
  if (same != findings.end()) {
    same->ranks.push_back(rank);
    return;
  }
  finding.ranks = {rank};
  findings.push_back(std::move(finding));
}

}  // namespace

std::string rank_list(const std::vector<int>& ranks) {
  return fmt::format("{}", fmt::join(ranks.begin(), ranks.begin() + std::min<std::ptrdiff_t>(std::ssize(ranks), 8), ", ")) +
         (ranks.size() > 8 ? ", ..." : "");
}

std::vector<Finding> examine(std::span<const MachineFacts> ranks) {
  std::vector<Finding> whole, findings;
  message_passing(ranks, whole);
  differences(ranks, whole);
  for (auto& finding : whole) {
    for (const auto& facts : ranks) finding.ranks.push_back(facts.rank);
  }
  for (const auto look : {root_user, cores, instruction_set, memory, shared_memory, core_files, open_files, hdf5, folder, locks,
                          clock, time_zones, slurm}) {
    std::vector<Finding> of_subject;
    for (const auto& facts : ranks) {
      if (look == locks && !facts.folder_problem.empty()) continue;  // told by its folder
      add(of_subject, look(facts), facts.rank);
    }
    std::ranges::stable_sort(of_subject, std::greater<>(), &Finding::health);
    std::ranges::move(of_subject, std::back_inserter(findings));
  }
  // What is about the job as a whole stands before what ranks say of the same.
  std::ranges::move(findings, std::back_inserter(whole));
  return whole;
}

}  // namespace fullbase::operations
