#include "cli/freshness.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "base/error.hpp"
#include "base/time.hpp"
#include "runtime/file_probe.hpp"
#include "store/file.hpp"
#include "store/inspect.hpp"
#include "store/latest.hpp"

namespace fullbase::cli {

std::int64_t finished_time(const std::string& path) {
  if (!store::is_present(path))
    throw base::input_error("there is no such output", path, "look at the log of the run that should have published it");
  const std::string advice = "give the HDF5 file that a run published";
  std::error_code ignored;
  if (!std::filesystem::is_regular_file(path, ignored)) throw base::input_error("this is no output", path, advice);
  const auto output = store::followed(path);
  runtime::probe_file(output);
  const auto text = store::output_manifest(output);
  const auto manifest = nlohmann::json::parse(text.value_or(""), nullptr, false);
  if (manifest.is_object() && manifest.contains("finished") && manifest["finished"].is_string()) {
    const auto time = base::TimeFormat().parse(manifest["finished"].get<std::string>(), base::TimeZone());
    if (time) return time.value;
  }
  throw base::input_error("the file does not say when it was finished", path, advice);
}

void check_age(const std::string& path, std::int64_t finished, std::int64_t most, std::int64_t now) {
  if (now - finished <= most) return;
  const auto text = [](std::int64_t microseconds) { return base::format_duration(static_cast<double>(microseconds) / 1e6); };
  throw base::input_error(fmt::format("the output is {} old, finished {}; it should be at most {} old", text(now - finished),
                                      base::format_timestamp(finished / 1'000'000 * 1'000'000), text(most)),
                          path, "look at the log of the run that should have published a new one");
}

}  // namespace fullbase::cli
