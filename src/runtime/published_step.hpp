// A finished step in the form in which outputs show it. Between steps decimals stay exact; an output shows them as float64.
#pragma once

#include <string>
#include <vector>

#include "comm/communicator.hpp"

namespace fullbase::runtime {

/// Where the published form of `tables` ("sales", "rfm", "segments/centroids") of the step's file lies: the file itself if none
/// of them has a decimal column, else `published`, where all of them are written anew. Collective. Memory: parallel::scan's
/// batches.
std::string published_form(comm::Communicator& communicator, const std::string& step_file, const std::vector<std::string>& tables,
                           const std::string& published, unsigned mode);

}  // namespace fullbase::runtime
