#include "cli/resource_arguments.hpp"

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <iostream>

#include "base/size.hpp"
#include "runtime/progress.hpp"

namespace fullbase::cli {

std::string memory_problem(const std::string& text) {
  const auto bytes = base::parse_bytes(text);
  if (!bytes) return fmt::format("'{}' is no size such as 4GiB", text);
  if (*bytes >= runtime::least_memory_per_rank) return {};
  return fmt::format("{} is too little; give {} or more", text, base::format_bytes(runtime::least_memory_per_rank));
}

void ResourceArguments::add(CLI::App& command) {
  command.add_option("--threads", threads, "Threads of each rank")->check(CLI::Range(1, 4096))->type_name("N");
  command.add_option("--memory", memory, "Memory of each rank, such as 4GiB")->check(memory_problem)->type_name("SIZE");
}

runtime::Grant ResourceArguments::take(comm::Communicator& communicator) const {
  auto grant = runtime::take_grant(communicator, threads, memory ? base::parse_bytes(*memory) : std::nullopt);
  if (!grant.warning.empty() && communicator.is_root())
    std::cerr << runtime::warning_line(grant.warning, runtime::LogFormat::text) << '\n';
  return grant;
}

}  // namespace fullbase::cli
