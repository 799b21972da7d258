// A finished step in the form in which outputs show it. Between steps decimals stay exact; an output shows them as float64.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "comm/communicator.hpp"
#include "runtime/job_check.hpp"

namespace fullbase::runtime {

/// Whether another step or a check reads a table of the step: then its decimals have to stay exact.
bool is_read(const CheckedJob& job, std::size_t step);

/// Whether an output shows the step's tables exactly as they are: none of them has a decimal column.
bool is_shown_exactly(const CheckedStep& step);

/// How the step's file holds its tables, which its fingerprint does not tell: "shown" as an output shows them; "exact"; "hidden",
/// which is exact and without digests.
const char* form_of_step(const CheckedJob& job, std::size_t step);

/// Where the published form of `tables` ("sales", "rfm", "segments/centroids") of the step's file lies: the file itself if none
/// of them has a decimal column, else `published`, where all of them are written anew. Collective. Memory: parallel::scan's
/// batches.
std::string published_form(comm::Communicator& communicator, const std::string& step_file, const std::vector<std::string>& tables,
                           const std::string& published, unsigned mode);

}  // namespace fullbase::runtime
