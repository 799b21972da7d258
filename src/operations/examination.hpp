// What `fullbase doctor` says of the machine, or of all machines of an mpirun: what is well, what is not, and what to do about
// it.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "operations/machine_facts.hpp"

namespace fullbase::operations {

enum class Health {
  well,
  warning,  ///< a run will be slow, or might fail
  problem,  ///< a run will fail, or its promises don't hold
};

struct Finding {
  std::string subject;  ///< "message passing", "locks", "memory", ...
  Health health = Health::well;
  std::string text;
  std::string remedy;      ///< empty where all is well
  std::vector<int> ranks;  ///< whose it is; all of them where it is about the job as a whole

  friend bool operator==(const Finding&, const Finding&) = default;
};

/// "0, 2, 5"; of many the first.
std::string rank_list(const std::vector<int>& ranks);

/// Judges the facts of all ranks, at least one. Ranks that are told the same share a finding; findings are in the order of their
/// subjects, worst first within one.
std::vector<Finding> examine(std::span<const MachineFacts> ranks);

}  // namespace fullbase::operations
