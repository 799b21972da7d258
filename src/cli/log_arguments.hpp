// --log-format and --quiet of commands that tell how far they are.
#pragma once

#include <string>

#include "runtime/progress.hpp"

namespace CLI {
class App;
}

namespace fullbase::cli {

struct LogArguments {
  std::string log_format = "text";
  bool quiet = false;

  /// `quietness`: what --quiet does.
  void add(CLI::App& command, const char* quietness);
  runtime::LogFormat format() const;
  /// For the one process that speaks.
  runtime::ProgressSettings settings() const;
};

}  // namespace fullbase::cli
