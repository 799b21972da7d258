// Whether what a broken-off run has left still is what it wrote.
#pragma once

#include <string>
#include <vector>

#include "comm/communicator.hpp"

namespace fullbase::runtime {

/// Collective. Whether `path` is the work folder of an output: a folder `<output>.work` with steps in it.
bool is_work_folder(comm::Communicator& communicator, const std::string& path);

/// Collective. Every record of a finished step or of a checkpoint in the folder against its own checksum, and the file beside it,
/// byte for byte, against the seal in the record. What differs is a problem; a file without a record counts for nothing, here as
/// in a run. The same on every rank. Reads every file once.
std::vector<std::string> verify_work(comm::Communicator& communicator, const std::string& folder);

}  // namespace fullbase::runtime
