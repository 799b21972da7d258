// Is last night's output there?
#pragma once

#include <cstdint>
#include <string>

namespace fullbase::cli {

/// When the run that published an output was finished, as its manifest says (the file's own time changes as it is copied): UTC
/// microseconds. `path` may be a link to the latest. Throws an input error if there is no output, or a file without a manifest.
std::int64_t finished_time(const std::string& path);

/// Throws an input error if an output that was finished at `finished` is more than `most` microseconds old at `now`.
void check_age(const std::string& path, std::int64_t finished, std::int64_t most, std::int64_t now);

}  // namespace fullbase::cli
