// --infer of `fullbase import`.
#pragma once

#include <functional>

#include "cli/commands.hpp"

namespace fullbase::cli {

/// Adds --infer, --delimiter and --layout to a command that takes a job file otherwise, and then calls `otherwise`.
void add_inference(CLI::App& command, Selection& selection, std::function<void()> otherwise);

}  // namespace fullbase::cli
