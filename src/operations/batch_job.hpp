// A job in Slurm's hands: submitted, waited for.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace fullbase::operations {

/// Hands a script to sbatch and returns the job's number. Throws an io error with what sbatch says if it takes no job.
std::string submit_batch(const std::string& script);

/// How a job ended.
struct BatchEnd {
  std::string state;  ///< "COMPLETED", "FAILED", "TIMEOUT", ...
  int code = 0;       ///< the exit code that a script sees, see batch_end()
};

/// What `scontrol show job` says of a job; nothing while it waits, runs, or waits again. The code is the script's exit code, 128
/// and the signal that ended it, or, where Slurm ended it: 75 if it was cancelled, preempted or out of time (submitted again it
/// goes on), 74 if a machine or its memory failed.
std::optional<BatchEnd> batch_end(std::string_view shown);

/// Waits until the job has ended for good, over all its restarts: asks Slurm every second in the first two minutes, then every
/// ten. Throws an io error if Slurm no longer knows the job, or has not answered for five minutes.
BatchEnd wait_for_batch(const std::string& job);

}  // namespace fullbase::operations
