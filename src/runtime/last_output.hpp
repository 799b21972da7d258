// The output that was published last, as a source of steps that need not be computed again.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "comm/communicator.hpp"
#include "runtime/manifest.hpp"

namespace fullbase::runtime {

struct LastOutput {
  std::string path;                         ///< empty: there is none
  std::map<std::string, StepRecord> steps;  ///< by id; as they were written then, marked as reused
};

/// Collective. What the manifest within `file` says; if there is no such file, that of what `latest` points to; else an empty
/// one. A file without a manifest that can be read counts as none.
LastOutput last_output(comm::Communicator& communicator, const std::string& file, const std::optional<std::string>& latest);

}  // namespace fullbase::runtime
