#include "runtime/last_output.hpp"

#include <filesystem>
#include <nlohmann/json.hpp>
#include <utility>

#include "comm/agreement.hpp"
#include "runtime/file_probe.hpp"
#include "runtime/step_json.hpp"
#include "store/inspect.hpp"
#include "store/latest.hpp"

namespace fullbase::runtime {
namespace {

using nlohmann::ordered_json;

/// A manifest's text at root, empty if there is none.
std::string manifest_of(const std::string& path) {
  std::error_code ignored;
  if (path.empty() || !std::filesystem::is_regular_file(path, ignored)) return {};
  try {
    probe_file(path);
    return store::output_manifest(path).value_or("");
  } catch (const base::Error&) {
    return {};  // a damaged file holds nothing to take over
  }
}

}  // namespace

LastOutput last_output(comm::Communicator& communicator, const std::string& file, const std::optional<std::string>& latest) {
  std::vector<std::string> found = {"", ""};
  comm::collective_try(communicator, "last output", [&] {
    if (!communicator.is_root()) return;
    for (const auto& path : {file, latest ? store::link_target(*latest) : std::string()}) {
      found = {path, manifest_of(path)};
      if (!found[1].empty()) return;
    }
  });
  found = communicator.broadcast_texts(found);
  LastOutput last;
  const auto manifest = ordered_json::parse(found[1], nullptr, false);
  if (!manifest.is_object()) return last;
  try {
    for (const auto& step : manifest.at("steps")) {
      if (step.at("job") == "import") continue;
      auto record = step_of_json(step, manifest.at("digests"));
      record.reused = true;
      last.steps.emplace(step.at("step").get<std::string>(), std::move(record));
    }
    last.path = found[0];
  } catch (const nlohmann::json::exception&) {
    last = {};  // of another version
  }
  return last;
}

}  // namespace fullbase::runtime
