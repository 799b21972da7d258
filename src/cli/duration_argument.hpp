// Durations on the command line.
#pragma once

#include <string>

namespace fullbase::cli {

/// What is wrong with a duration, in the words of the command line; empty: nothing.
std::string duration_problem(const std::string& text);

}  // namespace fullbase::cli
