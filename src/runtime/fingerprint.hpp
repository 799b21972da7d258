// Fingerprints of steps: whether a result from before still holds is told without computing it again.
#pragma once

#include <string>
#include <vector>

#include "comm/communicator.hpp"
#include "runtime/job_tables.hpp"
#include "runtime/manifest.hpp"
#include "runtime/previous.hpp"

namespace fullbase::runtime {

/// Of a step's id and of those of its options that its result depends on.
std::string options_fingerprint(const StepEntry& step);

/// Collective. One a step, as JobFile::steps. Steps that a cycle of the graph keeps out have none. JobTables::record_inputs() was
/// called. `previous`: the output of the night before, of which the fingerprints of steps that read it tell. Reads the executable
/// on rank 0, and nothing of the tables.
std::vector<Fingerprint> fingerprints(comm::Communicator& communicator, const CheckedJob& job, const JobTables& tables,
                                      const PreviousOutput* previous);

/// "its options are not what they were": the first part that differs.
std::string difference(const Fingerprint& before, const Fingerprint& now);

}  // namespace fullbase::runtime
