// The batch script by which Slurm runs a job file: text from settings, and nothing else.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace fullbase::operations {

/// What a batch job asks of Slurm, and what it runs.
struct BatchSettings {
  std::string program = "fullbase";         ///< path of the executable, on every node
  std::string job_file = {};                ///< of `fullbase run`
  std::vector<std::string> arguments = {};  ///< more of `fullbase run`
  std::string name = "fullbase";            ///< in squeue
  std::string log = "%x-%j.log";            ///< Slurm's pattern: %x the name, %j the job's number
  int nodes = 1;
  int ranks_per_node = 1;
  std::optional<int> threads = {};                   ///< of a rank; nothing: whole machines, whose CPUs their ranks share
  std::optional<std::int64_t> memory_per_node = {};  ///< bytes; nothing: what the partition gives
  std::optional<std::int64_t> time_limit = {};       ///< seconds; nothing: the partition's limit
  std::int64_t notice = 300;                         ///< seconds before the limit at which ranks are told to stop
  std::int64_t stop_patience = 120;  ///< seconds, of the job (runtime::ResourceOptions); less where notice is short
  int restarts = 10;                 ///< so often at most it is queued again after it was told to stop
  int retries = 2;                   ///< so often at most after a machine, a disk, a network or MPI failed; restarts count
  std::optional<std::string> partition = {};
  std::optional<std::string> account = {};
  std::optional<std::string> dependency = {};  ///< "afterok:1234"
  std::vector<std::string> directives = {};    ///< others, such as "--qos=night"
};

/// A word of a shell command that the shell takes as it is: in single quotes where it has to be.
std::string shell_word(std::string_view text);

/// The script for sbatch: directives with a comment each, then srun, then what becomes of its exit code: 75, 70, 74 and ends by a
/// signal go back into the queue. No value is read by the shell as anything but a word, or by sbatch as anything but one value.
/// Throws a usage error for settings that contradict each other, and for control characters in what goes into a directive.
std::string batch_script(const BatchSettings& settings);

}  // namespace fullbase::operations
