// Declared roots: folders that a job may not leave, whatever its paths and links say.
#pragma once

#include <string>
#include <vector>

#include "comm/communicator.hpp"
#include "runtime/job_file.hpp"

namespace fullbase::runtime {

/// Where a job may read and write. Two lists may limit it: `roots` of the job file, and FULLBASE_ROOTS of rank 0's environment,
/// folders with ":" between them, which no job file can widen. A path has to lie in a folder of each list that is there; symbolic
/// links are followed first. A link that somebody sets while the job runs is not noticed.
class Roots {
 public:
  explicit Roots(const std::vector<std::string>& of_job);

  /// Throws a job-file error if the path, or for `made` ones its folder, lies outside. `option`: for the message.
  void require(const std::string& path, const std::string& option, bool made = false) const;

 private:
  struct List {
    std::string name;
    std::vector<std::string> folders;
  };
  std::vector<List> lists_;
};

/// Collective: all paths of the job file; of patterns the folders before the first wildcard.
void require_roots(comm::Communicator& communicator, const JobFile& job);

}  // namespace fullbase::runtime
