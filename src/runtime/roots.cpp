#include "runtime/roots.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <sstream>

#include "base/error.hpp"
#include "comm/agreement.hpp"

namespace fullbase::runtime {
namespace {

namespace fs = std::filesystem;

/// With links followed as far as there is something.
fs::path followed(const fs::path& path) {
  std::error_code error;
  const auto real = fs::weakly_canonical(fs::absolute(path), error);
  if (error) throw base::system_error("follow the path", error.value(), path.string());
  return real.has_filename() ? real : real.parent_path();
}

bool lies_in(const fs::path& path, const fs::path& folder) {
  const auto [in_folder, in_path] = std::mismatch(folder.begin(), folder.end(), path.begin(), path.end());
  return in_folder == folder.end();
}

/// The folders of a pattern before its first wildcard.
std::string fixed_part(const std::string& pattern) {
  const auto wildcard = pattern.find_first_of("*?");
  if (wildcard == std::string::npos) return pattern;
  const auto slash = pattern.rfind('/', wildcard);
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : pattern.substr(0, slash);
}

}  // namespace

Roots::Roots(const std::vector<std::string>& of_job) {
  if (!of_job.empty()) lists_.push_back({"the job's `roots`", of_job});
  const char* const given = std::getenv("FULLBASE_ROOTS");
  if (given == nullptr || *given == '\0') return;
  List list{"FULLBASE_ROOTS", {}};
  std::istringstream text(given);
  for (std::string folder; std::getline(text, folder, ':');) {
    if (!folder.empty()) list.folders.push_back(folder);
  }
  lists_.push_back(std::move(list));
}

void Roots::require(const std::string& path, const std::string& option, bool made) const {
  if (lists_.empty()) return;
  std::vector<fs::path> places = {followed(path)};
  // What is made replaces a link of that name.
  if (made) places.push_back(followed(fs::absolute(path).parent_path()) / fs::path(path).filename());
  for (const List& list : lists_) {
    for (const fs::path& place : places) {
      const auto holds = [&](const std::string& folder) { return lies_in(place, followed(folder)); };
      if (std::any_of(list.folders.begin(), list.folders.end(), holds)) continue;
      throw base::job_file_error(fmt::format("'{}' lies outside of {}", path, list.name), option,
                                 fmt::format("it may be in {}", fmt::join(list.folders, ", ")));
    }
  }
}

std::vector<store::SourceFile> Roots::find_source_files(const std::vector<std::string>& patterns,
                                                        const std::string& option) const {
  auto files = store::find_source_files(patterns);
  for (const auto& file : files) {
    if (file.path != store::standard_input) require(file.path, option);
  }
  return files;
}

void require_roots(comm::Communicator& communicator, const JobFile& job) {
  comm::collective_try(communicator, "roots", [&] {
    if (!communicator.is_root()) return;
    const auto& options = job.options;
    const Roots roots(options.roots);
    if (options.store) roots.require(*options.store, "store", true);
    if (options.output) {
      roots.require(job.output, "output.file", true);
      // A link that is there already would lead elsewhere what is written beside the output.
      for (const char* const beside : {".work", ".lock"}) roots.require(job.output + beside, "output.file");
    }
    if (options.output && options.output->latest) roots.require(*options.output->latest, "output.latest", true);
    if (options.previous) roots.require(options.previous->file.value, "previous.file");
    if (options.privacy.key_file) roots.require(*options.privacy.key_file, "privacy.key_file");
    for (const auto& [name, input] : options.inputs) roots.require(input.file, fmt::format("inputs.{}.file", name.value));
    for (const auto& [name, table] : options.import) {
      for (const auto& pattern : table.files) {
        if (pattern != store::standard_input) roots.require(fixed_part(pattern), fmt::format("import.{}.files", name.value));
      }
    }
  });
}

}  // namespace fullbase::runtime
