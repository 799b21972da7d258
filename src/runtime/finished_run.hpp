// Whether there is anything to do: an output may be what the run would make.
#pragma once

#include <string>
#include <vector>

#include "comm/communicator.hpp"
#include "config/document.hpp"
#include "runtime/manifest.hpp"

namespace fullbase::runtime {

/// Collective. Whether `output` is whole, and its manifest tells of all of these steps with these fingerprints, none failed or
/// left out, of the same contents of `inputs` (RunRecord::inputs), and of the same steps, checks and output options in the job;
/// resources, paths of inputs and the rest are no difference. Reads the output once on rank 0 (SHA-256), where all else is the
/// same. An output that cannot be read is none.
bool is_finished(comm::Communicator& communicator, const std::string& output, const config::Node& job,
                 const std::vector<Fingerprint>& fingerprints, const std::vector<InputRecord>& inputs);

}  // namespace fullbase::runtime
