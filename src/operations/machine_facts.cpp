#include "operations/machine_facts.hpp"

#include <fmt/format.h>
#include <sys/resource.h>
#include <sys/statfs.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <optional>
#include <sstream>

#include "base/clock.hpp"
#include "base/cpu.hpp"
#include "base/error.hpp"
#include "base/time.hpp"
#include "comm/agreement.hpp"
#include "comm/library.hpp"
#include "operations/program.hpp"
#include "runtime/process.hpp"
#include "store/file.hpp"
#include "store/hdf5_build.hpp"
#include "store/lock.hpp"

namespace fullbase::operations {

NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(MachineFacts, rank, host, program, message_library, is_root_user, may_launch_as_root,
                                   neighbours, cpus, neighbours_cpus, threads, threads_from, binding_warning, yields_when_idle,
                                   instruction_set, machine_instruction_set, memory, memory_from, available_memory,
                                   shared_memory_free, address_space_limit, core_limit, open_files_limit, hdf5_version,
                                   hdf5_compiled_to, hdf5_is_thread_safe, folder_problem, lock_problem, file_system, folder_free,
                                   clock, time_zone_problem, time_zones, slurm_job, has_sbatch, slurm_problem,
                                   slurm_cpus_per_task)

namespace {

std::string variable(const char* name) {
  const char* const value = std::getenv(name);
  return value == nullptr ? "" : value;
}

std::int64_t limit(__rlimit_resource resource) {
  struct rlimit found {};
  if (getrlimit(resource, &found) != 0 || found.rlim_cur == RLIM_INFINITY) return -1;
  return static_cast<std::int64_t>(found.rlim_cur);
}

/// "MemAvailable:   23 kB" of /proc/meminfo, in bytes.
std::int64_t available_memory() {
  std::ifstream file("/proc/meminfo");
  for (std::string line; std::getline(file, line);) {
    std::istringstream words(line);
    std::string name;
    std::int64_t kibibytes = 0;
    if (words >> name >> kibibytes && name == "MemAvailable:") return kibibytes * 1024;
  }
  return 0;
}

std::int64_t free_bytes(const std::string& folder) {
  std::error_code error;
  const auto space = std::filesystem::space(folder, error);
  return error ? 0 : static_cast<std::int64_t>(space.available);
}

std::string file_system(const std::string& folder) {
  struct statfs found {};
  if (statfs(folder.c_str(), &found) != 0) return "unknown";
  // The numbers of linux/magic.h and of file systems outside of the kernel.
  switch (static_cast<std::uint32_t>(found.f_type)) {
    case 0xEF53:
      return "ext";
    case 0x58465342:
      return "xfs";
    case 0x9123683E:
      return "btrfs";
    case 0x01021994:
      return "tmpfs";
    case 0x794C7630:
      return "overlay";
    case 0x6969:
      return "nfs";
    case 0x0BD00BD0:
      return "lustre";
    case 0x47504653:
      return "gpfs";
    case 0x19830326:
      return "beegfs";
    case 0xFF534D42:
    case 0xFE534D42:
      return "smb";
    case 0x65735546:
      return "fuse";
    default:
      return fmt::format("of type {:#x}", static_cast<std::uint32_t>(found.f_type));
  }
}

bool is_on_path(const char* command) {
  std::istringstream folders(variable("PATH"));
  for (std::string folder; std::getline(folders, folder, ':');) {
    if (!folder.empty() && access((folder + "/" + command).c_str(), X_OK) == 0) return true;
  }
  return false;
}

/// Why no file can be made, written and made safe in the folder; empty: one can.
std::string folder_problem(const std::string& folder, int rank) {
  const auto path = fmt::format("{}/.fullbase-doctor-{}-{}-{}", folder, runtime::host_name(), getpid(), rank);
  try {
    if (access(folder.c_str(), F_OK) == 0 && !store::is_folder(folder)) return "this is no folder";
    if (!store::is_folder(folder)) return "there is no such folder";
    store::write_text(path, "doctor\n");
    store::remove_file(path);
    return {};
  } catch (const base::Error& error) {
    return error.problem();
  }
}

std::optional<store::FileLock> try_lock(const std::string& path, std::string& problem) {
  try {
    return store::FileLock(path, "the folder");
  } catch (const base::Error& error) {
    problem = error.problem();
    return {};
  }
}

/// Collective. Rank 0 holds a lock on a file of the folder, and nobody else may get it.
std::string lock_problem(comm::Communicator& communicator, const std::string& folder) {
  const std::vector<std::string> own = {fmt::format("{}/.fullbase-doctor-{}-{}.lock", folder, runtime::host_name(), getpid())};
  const auto path = communicator.broadcast_texts(own).front();
  std::string problem;
  std::optional<store::FileLock> held;
  if (communicator.is_root()) held = try_lock(path, problem);
  const bool is_held = communicator.broadcast_value(held.has_value());
  if (is_held) {
    std::string refusal;
    if (try_lock(path, refusal))
      problem = communicator.is_root() ? "a second one is given" : "rank 0 holds one, and so does this rank";
  }
  communicator.barrier();
  return problem;
}

std::string time_zone_problem() {
  try {
    base::TimeZone("Europe/London");
    return {};
  } catch (const base::Error& error) {
    return error.problem();
  }
}

/// Whether a controller of Slurm answers; "": it does. That there are its commands says nothing of it.
std::string slurm_problem() {
  try {
    const auto result = run_program({"scontrol", "ping"});
    if (result.code == 0 || result.output.find(" is UP") != std::string::npos) return {};
    const auto told = without_end(result.errors.empty() ? result.output : result.errors);
    return told.empty() ? fmt::format("scontrol ping ends with {}", result.code) : told.substr(told.rfind('\n') + 1);
  } catch (const base::Error& error) {
    return error.what();
  }
}

/// What a rank can find alone.
MachineFacts facts_here(int rank, const runtime::Surroundings& surroundings, const runtime::Neighbours& neighbours,
                        const std::string& folder) {
  MachineFacts facts;
  const auto granted = grant(surroundings, neighbours, {}, {});
  facts.rank = rank;
  facts.host = runtime::host_name();
  facts.program = runtime::executable_sha256();
  facts.message_library = comm::library_name();
  facts.is_root_user = geteuid() == 0;
  facts.may_launch_as_root = !variable("OMPI_ALLOW_RUN_AS_ROOT").empty() && !variable("OMPI_ALLOW_RUN_AS_ROOT_CONFIRM").empty();
  facts.neighbours = neighbours.ranks;
  facts.cpus = static_cast<int>(surroundings.cpus.size());
  facts.neighbours_cpus = neighbours.cpus;
  facts.threads = granted.threads;
  facts.threads_from = granted.threads_from;
  facts.binding_warning = granted.warning;
  facts.yields_when_idle = variable("OMPI_MCA_mpi_yield_when_idle") == "1";
  facts.instruction_set = base::isa_name(base::active_isa());
  facts.machine_instruction_set = base::isa_name(base::machine_isa());
  facts.memory = granted.memory;
  facts.memory_from = granted.memory_from;
  facts.available_memory = available_memory();
  facts.shared_memory_free = free_bytes("/dev/shm");
  facts.address_space_limit = limit(RLIMIT_AS);
  facts.core_limit = limit(RLIMIT_CORE);
  facts.open_files_limit = limit(RLIMIT_NOFILE);
  const auto hdf5 = store::hdf5_build();
  facts.hdf5_version = hdf5.version;
  facts.hdf5_compiled_to = hdf5.compiled_to;
  facts.hdf5_is_thread_safe = hdf5.is_thread_safe;
  facts.folder_problem = folder_problem(folder, facts.rank);
  facts.file_system = file_system(folder);
  facts.folder_free = free_bytes(folder);
  facts.time_zone_problem = time_zone_problem();
  facts.time_zones = base::time_zone_database_version();
  facts.slurm_job = variable("SLURM_JOB_ID");
  facts.has_sbatch = is_on_path("sbatch");
  if (facts.has_sbatch && facts.slurm_job.empty()) facts.slurm_problem = slurm_problem();
  facts.slurm_cpus_per_task = std::atoi(variable("SLURM_CPUS_PER_TASK").c_str());
  return facts;
}

}  // namespace

std::vector<MachineFacts> find_facts(comm::Communicator& communicator, const std::string& folder) {
  const auto surroundings = runtime::Surroundings::here();
  const auto neighbours = find_neighbours(communicator, surroundings);
  auto found = comm::collective_try(communicator, "look around",
                                    [&] { return facts_here(communicator.rank(), surroundings, neighbours, folder); });
  found.lock_problem = lock_problem(communicator, folder);
  communicator.barrier();
  found.clock = base::now();
  const auto mine = nlohmann::json(found).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  const auto all = communicator.gather(std::span<const char>(mine));
  std::vector<MachineFacts> facts;
  if (!communicator.is_root()) return facts;
  for (int rank = 0; rank < communicator.size(); ++rank) {
    const auto text = all.from(rank);
    facts.push_back(nlohmann::json::parse(text.begin(), text.end()).get<MachineFacts>());
  }
  return facts;
}

}  // namespace fullbase::operations
