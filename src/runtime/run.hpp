// A run's life: import, steps in order, publish; the manifest as its record.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "base/error.hpp"
#include "comm/communicator.hpp"
#include "runtime/job_loading.hpp"
#include "runtime/manifest.hpp"
#include "runtime/part.hpp"
#include "runtime/progress.hpp"

namespace fullbase::runtime {

struct RunSettings {
  PartSettings part = {};
  bool import_again = false;               ///< also files that have not changed
  bool fresh = false;                      ///< nothing is taken from a run before, finished or broken off
  bool again = false;                      ///< also where the output is there, made by the same job of the same input
  std::optional<int> key_descriptor = {};  ///< of the pseudonyms' key, open on rank 0; nothing: privacy.key_file
  /// Called with what this rank failed with, before the work folder is removed; returns what the job failed with
  /// (Watchdog::settle). Null: the error stands.
  std::function<base::Error(const base::Error&)> settle = {};
};

/// Collective. Makes sure that the output can be written, imports what is new, runs every step, publishes the output, moves
/// `output.latest` and removes what is beyond `output.keep`. Sets the threads of this process. Throws what went wrong; then
/// nothing is published (unless the link could not be moved), the previous output stays as it was, and of the work folder what
/// the next run can go on from: steps that were finished and kept (FinishedSteps), which it takes over where they still hold.
/// Errors that come from agreements are the same on every rank, others have to be settled. A requested stop (parallel/stop.hpp)
/// on any rank is the error of all, unless everything has been published by then. Returns the record on rank 0; on others its
/// figures are their own.
///
/// Where the output is there already and is_finished(), nothing is computed: it is said, the link is put right, and what a run
/// before has left is removed.
///
/// A part of the steps that leaves some out is published as `<output>.only.h5`, a sample as `<output>.sample.h5` (see
/// part_file()): neither replaces a complete output, moves the link or counts as one that is kept; checks that a sample breaks
/// are warnings.
RunRecord run_job(comm::Communicator& communicator, LoadedJob& job, const JobKinds& kinds, const RunSettings& settings,
                  Progress& progress);

/// Collective. The import section alone; what `fullbase import` does.
RunRecord run_import(comm::Communicator& communicator, LoadedJob& job, const JobKinds& kinds, const RunSettings& settings,
                     Progress& progress);

}  // namespace fullbase::runtime
