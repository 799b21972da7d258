// What a run of the same job took, as its manifest tells: the best forecast of the next one.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "runtime/job_file.hpp"

namespace fullbase::operations {

struct PastStep {
  std::string job;
  std::string options = {};  ///< fingerprint of its options; empty: not known
  double seconds = 0;        ///< 0: not known, for the step was taken over from a run that was broken off, or a part of it
  std::int64_t bytes_read = 0;
  std::int64_t bytes_written = 0;
  std::int64_t bytes_sent = 0;
  std::map<std::string, std::int64_t> rows;  ///< by table: "rfm", "segments/centroids"
};

struct PastRun {
  std::string path;  ///< of the manifest
  std::string host;
  int ranks = 1;
  int threads = 1;
  double seconds = 0;                          ///< of the whole run
  std::map<std::string, PastStep> steps;       ///< imports and steps, by id
  std::map<std::string, std::int64_t> inputs;  ///< rows of the tables that it read
};

/// The run that a manifest beside an output (`<output>.run.json`) tells of. Throws an io or input error for a file that cannot be
/// read or is no manifest.
PastRun read_past_run(const std::string& path);

/// The step, or import, of that id and kind of job in the past run; null if there is no such run, or it had none.
const PastStep* past_step(const std::optional<PastRun>& run, const std::string& id, std::string_view job);

/// The run that made the job's output, or what `output.latest` points to; nothing if there is none whose manifest can be read.
std::optional<PastRun> last_run(const runtime::JobFile& job);

}  // namespace fullbase::operations
