// What a job will do, told before it runs.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "runtime/job_loading.hpp"

namespace fullbase::runtime {

struct PlannedStep {
  std::string id;
  std::string job;
  std::string reads;                 ///< "transactions", "rfm where recency < 90"
  std::string writes;                ///< "segments, segments/centroids"
  std::optional<std::int64_t> rows;  ///< of its first input, before `where`; nothing for what a step or an import has yet to make
  std::optional<Step::Memory> memory;  ///< bytes a rank; nothing where the rows of an input are not known
};

struct Plan {
  std::vector<PlannedStep> steps;  ///< in running order
  std::int64_t stored_bytes = 0;   ///< sizes of the store's files that steps read
};

/// The plan for a number of ranks. Opens the store and the inputs, reads no rows. Not collective.
Plan plan_job(const LoadedJob& job, int ranks);

}  // namespace fullbase::runtime
