#include "cli/log_arguments.hpp"

#include <CLI/CLI.hpp>

namespace fullbase::cli {

void LogArguments::add(CLI::App& command, const char* quietness) {
  command.add_option("--log-format", log_format, "text, or json: an object a line")
      ->check(CLI::IsMember({"text", "json"}))
      ->type_name("FORMAT")
      ->capture_default_str();
  command.add_flag("--quiet,-q", quiet, quietness);
}

runtime::LogFormat LogArguments::format() const {
  return log_format == "json" ? runtime::LogFormat::json : runtime::LogFormat::text;
}

runtime::ProgressSettings LogArguments::settings() const {
  runtime::ProgressSettings settings;
  settings.format = format();
  settings.quiet = quiet;
  return settings;
}

}  // namespace fullbase::cli
