// What a job will do, told before it runs: steps, rows, memory, disk, traffic and time.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "operations/pace.hpp"
#include "operations/past_run.hpp"
#include "runtime/forecast.hpp"
#include "runtime/job_loading.hpp"
#include "runtime/resources.hpp"

namespace fullbase::operations {

/// Where a step's time comes from; each is told as it is, for they differ in what they are worth.
enum class TimeSource {
  same_step,  ///< the step's own time in a past run, in proportion to the work
  same_job,   ///< other steps of its kind in that run
  machine,    ///< amounts of work and this machine's measured pace alone
};

struct PlannedStep {
  std::string id;
  std::string job;                              ///< "import" for a table that is imported first
  std::string reads;                            ///< "transactions", "rfm where recency < 90"
  std::string writes;                           ///< "segments, segments/centroids"
  bool is_published = false;                    ///< its tables go to the output
  runtime::RowForecast rows;                    ///< of its first input, before `where`
  std::optional<runtime::Step::Memory> memory;  ///< bytes a rank; nothing where the rows of an input are not known
  runtime::Certainty memory_certainty = runtime::Certainty::unknown;  ///< as the rows that it is worked out from
  runtime::RowForecast rows_written;                                  ///< of its main table
  std::optional<std::int64_t> bytes_written;                          ///< of all its tables in the work folder
  std::optional<std::int64_t> bytes_sent;                             ///< by all ranks to each other
  std::optional<double> seconds;
  TimeSource time_source = TimeSource::machine;
};

struct PlanSettings {
  int ranks = 1;
  int nodes = 1;                         ///< machines, of ranks / nodes ranks each
  runtime::Grant grant = {};             ///< threads and memory of a rank
  std::optional<MachinePace> pace = {};  ///< nothing: no times
  std::optional<PastRun> past = {};
};

/// The whole job. Sums are over the steps whose sizes are known.
struct Plan {
  std::vector<PlannedStep> steps;      ///< imports, then steps in running order
  std::int64_t stored_bytes = 0;       ///< sizes of the store's files that steps read
  std::int64_t spilled_bytes = 0;      ///< most that a step puts by on disk: what has no room in memory, inputs less rows
  std::int64_t checkpoint_bytes = 0;   ///< most that checkpoints within a step take: two, and the one that is being made
  std::int64_t work_folder_bytes = 0;  ///< that the work folder grows to, those two included
  std::int64_t output_bytes = 0;       ///< of the published file
  std::int64_t imported_bytes = 0;     ///< that the store grows by, besides
  std::int64_t bytes_sent = 0;
  bool is_complete = true;  ///< false: of some step the sizes are not known, and the sums are without it

  std::int64_t least_memory = 0;           ///< bytes of memory_per_rank that the job cannot do without, as far as it is known
  std::int64_t best_memory = 0;            ///< with these no step streams or spills
  std::optional<double> seconds;           ///< of the whole run; nothing without a pace, or where it is not complete
  std::optional<std::int64_t> free_bytes;  ///< of the disk that the work folder lies on
  std::vector<std::string> warnings;
};

/// Bytes of a rank's process beside its budget: libraries, buffers of the message layer, stacks. What a scheduler is asked for is
/// the budget and this.
std::int64_t process_memory(int threads);

/// What a run would be granted on `nodes` machines like this one that `ranks` ranks are spread over. Errors: as grant().
runtime::Grant planned_grant(int ranks, int nodes, std::optional<int> threads, std::optional<std::int64_t> memory_per_rank);

/// The plan. Opens the store and the inputs, reads their dictionaries, of files to import up to 8 MiB, and no rows. Not
/// collective. Accuracy: rows and bytes as their certainty says; the whole time after a run of the same job on the same machine
/// mostly within a factor of one and a half, by the machine's pace alone within about three where rows are known, and as much too
/// high as the bounds where they are not. Nothing is said of steps whose work depends on what the data holds (itemsets, rules)
/// before they ran.
Plan plan_job(const runtime::LoadedJob& job, const PlanSettings& settings);

/// Throws a job-file error that names the step, the bytes and the setting where a step needs more than a rank is granted, for
/// sizes that are certain or follow the last run. Where only a bound says so, returns that as a warning; empty: all is well.
std::string check_memory(const Plan& plan, const PlanSettings& settings);

}  // namespace fullbase::operations
