// From a job file on disk to a job that is checked and ready to run, the same on every rank.
#pragma once

#include <string>
#include <vector>

#include "comm/communicator.hpp"
#include "runtime/job_check.hpp"

namespace fullbase::runtime {

/// Where a job stands before it runs.
struct LoadedJob {
  std::string path;
  CheckedJob checked;
  KnownTables tables;
  std::vector<std::string> warnings;
};

/// Collective. Rank 0 reads the file; its text and the values of the variables in it go to all ranks, so that a file that changes
/// or an environment that differs cannot part them. `overrides` ("steps.rfm.orders=...") are the same on every rank. The schemas
/// of the store's tables and of `inputs` are looked up; nothing else of them is read. Throws one job-file error with all
/// mistakes, or an io or input error for a store or input that cannot be opened; the same on every rank.
LoadedJob load_job(comm::Communicator& communicator, const std::string& path, const std::vector<std::string>& overrides,
                   const JobKinds& kinds);

}  // namespace fullbase::runtime
