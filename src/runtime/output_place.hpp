// Where a run's output goes, and what stands beside it: the file that `output.file` names, the link to the newest, older outputs.
#pragma once

#include <optional>
#include <string>

#include "runtime/job_file.hpp"
#include "runtime/progress.hpp"

namespace fullbase::runtime {

/// `file` with the day of as_of in the job's time zone for each `{as_of}`.
std::string output_file(const std::string& file, const Environment& environment);
/// Reports what is wrong with `output` as a whole.
void check_output(const OutputOptions& output, const Environment& environment, const config::Node& root,
                  config::Diagnostics& diagnostics);

/// The number of a group; nothing if the system knows none of this name. Not collective.
std::optional<unsigned> group_number(const std::string& name);

/// What can be known before a run about what it does after it: the link may be replaced, the group given. Throws job-file errors.
/// Not collective.
void check_places(const OutputOptions& output);

/// output.mode, of options that were checked.
unsigned mode_of(const OutputOptions& output);
/// Makes the folders of `file` and of the link where they are missing: 0700, and search rights for those whom output.mode lets
/// read, with output.group as their group. Folders that are there stay as they are. Not collective. Errors: io.
void make_places(const OutputOptions& output, const std::string& file);

/// After publication of `file`: moves the link unless it points to an output of a later as_of; then removes the outputs of the
/// same `output.file` beyond the `keep` latest, oldest first, with their manifests; but never `file`, what the link points to, or
/// what another run holds. An older output counts only where its manifest says that this `output.file` made it. Not collective.
/// Errors: io, for the link; what cannot be removed is a warning.
void settle_places(const OutputOptions& output, const std::string& file, const Environment& environment, Progress& progress);

}  // namespace fullbase::runtime
