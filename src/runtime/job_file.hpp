// A job file as options: what stands in it, described, parsed and checked as far as one can without looking at data.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "config/description.hpp"
#include "config/document.hpp"
#include "runtime/checks_options.hpp"
#include "runtime/import_options.hpp"
#include "runtime/job_kind.hpp"

namespace fullbase::runtime {

struct OutputOptions {
  std::string file;  ///< may have {as_of}: see JobFile::output
  std::string mode = "0600";
  std::optional<std::string> latest = {};
  std::optional<std::int64_t> keep = {};
  std::optional<std::string> group = {};
};

/// A table in an HDF5 or Parquet file that others made.
struct InputOptions {
  std::string file;
  std::string table = "/";
};

/// The output of the night before.
struct PreviousOptions {
  config::Located<std::string> file;
  bool required = false;
};

/// What `--sample` goes by.
struct SampleOptions {
  std::string by;
};

/// What every published aggregate has to keep: see with_suppression().
struct SuppressionDefault {
  std::string count;
  std::int64_t below = 10;
};

/// What protects customers.
struct PrivacyOptions {
  std::optional<std::string> key_file = {};  ///< of pseudonyms
  std::optional<SuppressionDefault> suppress = {};
};

struct ResourceOptions {
  std::optional<int> threads = {};
  std::optional<std::int64_t> memory_per_rank = {};  ///< bytes
  std::int64_t silence_limit = 45'000'000;           ///< microseconds; within 60 s the job has ended
  double checkpoint_share = 0.02;                    ///< as KeepingTime
  std::int64_t stop_patience = 120'000'000;          ///< microseconds
};

/// What `from` and `where` say: one text, or one by slot.
using BySlot = std::vector<std::pair<std::string, config::Located<std::string>>>;  ///< slot "": the only one

/// The keys that every step has.
struct StepOptions {
  std::string job;
  BySlot from = {};
  BySlot where = {};
  bool publish = true;
  std::optional<config::Located<std::string>> as_of = {};  ///< nothing: the job's
  bool required = true;                                    ///< false: its failure leaves it out, and no more
  std::optional<std::string> like = {};                    ///< written out before a step is parsed, so never set in one
};
const config::Description<StepOptions>& step_description();

/// A whole job file but for what is inside the steps.
struct JobOptions {
  int version = 1;
  std::optional<config::Located<std::string>> as_of = {};
  config::Located<std::string> timezone = {"UTC", {}};
  std::int64_t seed = 0;
  std::optional<std::string> store = {};
  std::optional<OutputOptions> output = {};
  std::optional<PreviousOptions> previous = {};
  std::vector<std::pair<config::Located<std::string>, ImportTable>> import = {};
  std::vector<std::pair<config::Located<std::string>, InputOptions>> inputs = {};
  PrivacyOptions privacy = {};
  std::vector<std::string> roots = {};  ///< none: everywhere
  ResourceOptions resources = {};
  std::optional<SampleOptions> sample = {};
  std::vector<std::pair<config::Located<std::string>, config::Node>> steps = {};
  TableChecks checks = {};
};
/// `kinds` must outlive the description.
config::Description<JobOptions> job_description(const JobKinds& kinds);

/// A step of a job file, parsed by its kind.
struct StepEntry {
  std::string id;
  const JobKind* kind = nullptr;
  StepOptions common;
  std::vector<InputSlot> inputs;  ///< its slots: those of the kind, or as its `from` names them
  Environment environment = {};   ///< the job's, with the step's own as_of
  config::Position position;
  config::Node node;      ///< the step's mapping, `like` written out
  config::Node resolved;  ///< the same with defaults filled in
  std::unique_ptr<Step> step;
};

struct JobFile {
  JobOptions options;
  Environment environment;
  std::vector<StepEntry> steps;  ///< as they stand in the file
  config::Node root;
  std::string output;  ///< the file that is published, {as_of} replaced; empty without `output`

  /// The job as it is run: every option, defaults filled in. `resources` is left out: no result depends on it.
  config::Node resolved(const JobKinds& kinds) const;
};

/// Parses the tree of a job file. Mistakes go to `diagnostics`; after one the result is only good for finding more.
JobFile parse_job(const config::Node& root, const JobKinds& kinds, config::Diagnostics& diagnostics);

}  // namespace fullbase::runtime
