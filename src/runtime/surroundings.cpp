// Reads /proc, /sys/fs/cgroup and the scheduler's mask: what the kernel says about this process.
#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "runtime/process.hpp"
#include "runtime/resources.hpp"

namespace fullbase::runtime {
namespace {

std::optional<std::string> first_line(const std::string& path) {
  std::ifstream file(path);
  std::string line;
  if (!file || !std::getline(file, line)) return {};
  return line;
}

/// CPUs that the scheduler lets a process use; 0: this one.
std::set<int> allowed_cpus(pid_t process) {
  // A machine may have more CPUs than a cpu_set_t has bits.
  for (int bits = 1024; bits <= 1 << 20; bits *= 2) {
    cpu_set_t* const mask = CPU_ALLOC(static_cast<std::size_t>(bits));
    const std::size_t bytes = CPU_ALLOC_SIZE(static_cast<std::size_t>(bits));
    const bool known = mask != nullptr && sched_getaffinity(process, bytes, mask) == 0;
    std::set<int> cpus;
    for (int cpu = 0; known && cpu < bits; ++cpu) {
      if (CPU_ISSET_S(static_cast<std::size_t>(cpu), bytes, mask)) cpus.insert(cpu);
    }
    CPU_FREE(mask);
    if (known) return cpus;
  }
  return {};
}

/// This process's control-group folders, innermost first, for version 2 ("") or a controller of version 1.
std::vector<std::string> group_folders(const std::string& controller) {
  const std::string mount = controller.empty() ? "/sys/fs/cgroup" : "/sys/fs/cgroup/" + controller;
  std::vector<std::string> folders;
  std::ifstream file("/proc/self/cgroup");
  for (std::string line; std::getline(file, line);) {
    // hierarchy:controllers:path; version 2 is "0::path"
    const auto first = line.find(':');
    const auto second = line.find(':', first + 1);
    if (second == std::string::npos) continue;
    const std::string controllers = "," + line.substr(first + 1, second - first - 1) + ",";
    if (controller.empty() ? controllers != ",," : controllers.find("," + controller + ",") == std::string::npos) continue;
    for (std::string path = line.substr(second + 1); path.size() > 1; path.resize(path.rfind('/'))) {
      folders.push_back(mount + path);
      if (path.rfind('/') == std::string::npos || path.rfind('/') == 0) break;
    }
  }
  folders.push_back(mount);
  return folders;
}

std::optional<std::int64_t> number(const std::optional<std::string>& text) {
  if (!text || text->empty() || !std::all_of(text->begin(), text->end(), [](char c) { return c >= '0' && c <= '9'; })) return {};
  return std::strtoll(text->c_str(), nullptr, 10);
}

std::optional<std::int64_t> group_memory() {
  std::optional<std::int64_t> least;
  const auto consider = [&](const std::string& path) {
    const auto bytes = number(first_line(path));
    if (bytes && *bytes > 0 && (!least || *bytes < *least)) least = bytes;
  };
  for (const auto& folder : group_folders("")) consider(folder + "/memory.max");
  for (const auto& folder : group_folders("memory")) consider(folder + "/memory.limit_in_bytes");
  return least;
}

std::optional<double> group_cpus() {
  std::optional<double> least;
  const auto consider = [&](const std::optional<std::int64_t>& quota, const std::optional<std::int64_t>& period) {
    if (!quota || !period || *quota <= 0 || *period <= 0) return;
    const double cpus = static_cast<double>(*quota) / static_cast<double>(*period);
    if (!least || cpus < *least) least = cpus;
  };
  for (const auto& folder : group_folders("")) {
    std::istringstream line(first_line(folder + "/cpu.max").value_or(""));
    std::string quota, period;
    line >> quota >> period;
    consider(number(quota), number(period));
  }
  for (const auto& folder : group_folders("cpu"))
    consider(number(first_line(folder + "/cpu.cfs_quota_us")), number(first_line(folder + "/cpu.cfs_period_us")));
  return least;
}

std::string machine_name() {
  // Containers of one machine may share a boot id and differ in name, cluster nodes may share a name in tests: both count.
  return host_name() + " " + first_line("/proc/sys/kernel/random/boot_id").value_or("");
}

}  // namespace

Surroundings Surroundings::here() {
  Surroundings found;
  found.variable = [](const char* name) -> std::optional<std::string> {
    const char* const value = std::getenv(name);
    return value == nullptr ? std::optional<std::string>() : std::string(value);
  };
  found.cpus = allowed_cpus(0);
  if (found.cpus.empty()) found.cpus = {0};
  found.launcher_cpus = static_cast<int>(allowed_cpus(getppid()).size());
  found.cpu_quota = group_cpus();
  found.physical_memory = static_cast<std::int64_t>(sysconf(_SC_PHYS_PAGES)) * sysconf(_SC_PAGE_SIZE);
  found.memory_limit = group_memory();
  if (found.memory_limit && *found.memory_limit >= found.physical_memory) found.memory_limit.reset();
  found.machine = machine_name();
  return found;
}

}  // namespace fullbase::runtime
