// The record of a run: what was asked, read, made and spent. A JSON object in the output and beside it; docs/format.md lists its
// members.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "comm/communicator.hpp"
#include "config/node.hpp"
#include "runtime/resources.hpp"
#include "runtime/step.hpp"

namespace fullbase::runtime {

/// A table that a step wrote.
struct TableRecord {
  std::string name;  ///< "rfm", "segments/centroids"
  std::int64_t rows = 0;
  std::string digest = {};
};

/// What a step's result is a function of, as digests. Each is a SHA-256 in hexadecimal.
struct Fingerprint {
  std::string options;      ///< the step's id, job and options as they are run
  std::string environment;  ///< as_of, time zone, seed, the time-zone database, the sample
  std::string inputs;       ///< content of tables of the store and inputs; the whole of the steps that it reads
  std::string program;      ///< the executable
  /// Of the four, a line each.
  std::string whole() const;

  friend bool operator==(const Fingerprint&, const Fingerprint&) = default;
};

/// What one step did. Sums and maxima over ranks where the name says so.
struct StepRecord {
  std::string id;
  std::string job;
  bool published = true;
  double seconds = 0;
  std::int64_t bytes_read = 0;      ///< sum
  std::int64_t bytes_written = 0;   ///< sum
  std::int64_t peak_memory = 0;     ///< of the process up to the step's end, maximum
  std::int64_t budget_peak = 0;     ///< reserved bytes, maximum
  comm::Statistics::Table traffic;  ///< sum
  std::vector<TableRecord> tables;
  std::vector<std::pair<std::string, std::int64_t>> left_out;
  std::vector<std::pair<std::string, Note>> notes;
  std::vector<std::string> warnings;
  std::optional<Fingerprint> fingerprint = {};  ///< of a step of the job file; imports have none
  bool reused = false;                          ///< taken over from the last output, whose figures were its own
  bool resumed = false;                         ///< taken over from a run that was broken off
  std::int64_t checkpoints = 0;                 ///< made while it ran
  double checkpoint_seconds = 0;                ///< that these took, and finding out whether they would be worth it
  std::int64_t gone_on_from = 0;                ///< the checkpoint that it went on from; 0: from its beginning
};

/// A file or table that the run read.
struct InputRecord {
  std::string name;
  std::string path;
  std::string sha256;
  std::int64_t bytes = 0;
  std::int64_t rows = 0;
  std::string imported = {};  ///< SHA-256 of what an import made of it; empty for what is read as it is
};

/// A step that is not in the output, though the job file asks for it.
struct FailedStep {
  std::string step;
  std::string reason;    ///< the error, or why it was not run
  bool skipped = false;  ///< it was not run, because what it reads failed
};

/// What came of a check.
struct CheckRecord {
  std::string table;
  std::string name;
  std::string rule;
  std::string severity;
  bool passed = false;
  std::optional<Note> observed = {};    ///< rows, a number, the newest time: what the rule is about
  std::int64_t rows = 0;                ///< that break it
  std::vector<std::string> first = {};  ///< the first of them: "row 17 (customer C4)"
  std::string problem = {};             ///< what a message says; empty where it passed
  std::string skipped = {};             ///< why it was not looked at; then it neither passed nor failed
};

/// What a run of a part of the job, or of the data, left out.
struct PartRecord {
  struct SampledTable {
    std::string name;
    std::int64_t rows = 0;
    std::int64_t kept = 0;
  };
  std::vector<std::string> only = {};  ///< steps of --only
  std::string by = {};                 ///< column of --sample
  double share = 0;
  std::vector<SampledTable> sampled = {};
};

struct RunRecord {
  config::Node job;  ///< resolved
  std::string job_file;
  std::int64_t started = 0;  ///< UTC microseconds
  std::int64_t finished = 0;
  int ranks = 1;
  Grant grant;  ///< rank 0's
  std::vector<InputRecord> inputs;
  std::vector<StepRecord> steps;
  std::vector<std::string> imported = {};  ///< tables of the store that the import changed; stands in no manifest
  std::optional<PartRecord> part = {};     ///< nothing: all of the job, of all the data
  std::vector<FailedStep> failed_steps;
  std::vector<CheckRecord> checks;
  std::vector<std::string> warnings;
};

/// The manifest's text. Not collective.
std::string manifest_text(const RunRecord& record);

/// Collective: traffic and a step's figures of all ranks brought together on rank 0; others keep their own. Sends this rank's
/// counts, some 50 bytes a stage and collective.
void gather_figures(comm::Communicator& communicator, StepRecord& record);

/// What happened between two looks at a rank's statistics.
comm::Statistics::Table difference(const comm::Statistics::Table& after, const comm::Statistics::Table& before);

}  // namespace fullbase::runtime
