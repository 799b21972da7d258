// The checks of a run: each as soon as its tables are there, all of them told at once at the end.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "runtime/check_run.hpp"
#include "runtime/job_tables.hpp"
#include "runtime/progress.hpp"

namespace fullbase::runtime {

class DueChecks {
 public:
  /// `memory`: bytes that a check may use on this rank. What is given must outlive this.
  DueChecks(comm::Communicator& communicator, const LoadedJob& job, JobTables& tables, std::int64_t memory, Progress& progress);

  /// Collective. Looks at the checks whose tables are there and that were not looked at before.
  void look(const std::vector<StepRecord>& steps);
  /// Whatever was broken so far, as warnings: where a run ends by another error, they may be why.
  void tell();
  /// All records in the order of the file; checks whose tables were not made are skipped for this reason.
  std::vector<CheckRecord> finish(const std::string& why_skipped) const;

 private:
  comm::Communicator& communicator_;
  const LoadedJob& job_;
  JobTables& tables_;
  std::int64_t memory_;
  Progress& progress_;
  std::vector<std::optional<CheckRecord>> records_;  ///< by check
};

}  // namespace fullbase::runtime
