// Mistakes on the command line, as our errors.
#pragma once

#include "base/error.hpp"
#include "runtime/progress.hpp"

namespace CLI {
class App;
class ParseError;
}  // namespace CLI

namespace fullbase::cli {

/// How an error is told that ends the command before its options are known: as --log-format says, wherever it stands before `--`.
runtime::LogFormat asked_format(int argc, const char* const* argv);

/// What the parser had to object to: a command or an option that there is not, with the nearest that there is; else in its words.
base::Error as_usage_error(const CLI::App& app, const CLI::ParseError& error);

}  // namespace fullbase::cli
