#include "runtime/finished_run.hpp"

#include <algorithm>
#include <cstddef>
#include <nlohmann/json.hpp>

#include "comm/agreement.hpp"
#include "config/echo.hpp"
#include "runtime/step_json.hpp"
#include "store/file.hpp"
#include "store/publish.hpp"

namespace fullbase::runtime {
namespace {

using nlohmann::ordered_json;

/// A table that a check alone reads is in no step's fingerprint.
bool has_inputs(const ordered_json& manifest, const std::vector<InputRecord>& inputs) {
  const auto& then = manifest.at("inputs");
  if (then.size() != inputs.size()) return false;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    const auto& input = then.at(i);
    if (input.at("name") != inputs[i].name || input.at("sha256") != inputs[i].sha256 || input.at("rows") != inputs[i].rows)
      return false;
    const auto& imported = input.at("imported");
    if ((imported.is_null() ? std::string() : imported.get<std::string>()) != inputs[i].imported) return false;
  }
  return true;
}

bool tells_of(const ordered_json& manifest, const config::Node& job, const std::vector<Fingerprint>& fingerprints,
              const std::vector<InputRecord>& inputs) {
  if (manifest.at("format") != "fullbase run 1" || !manifest.at("partial").is_null() || !manifest.at("failed_steps").empty())
    return false;
  if (!has_inputs(manifest, inputs)) return false;
  const auto now = ordered_json::parse(config::to_document(job));
  for (const char* const part : {"steps", "checks", "output"}) {
    if (manifest.at("job").value(part, ordered_json()) != now.value(part, ordered_json())) return false;
  }
  std::vector<std::string> then;
  for (const auto& step : manifest.at("steps")) {
    if (step.at("fingerprint").is_object()) then.push_back(fingerprint_of_json(step.at("fingerprint")).whole());
  }
  std::vector<std::string> wanted;
  for (const auto& fingerprint : fingerprints) wanted.push_back(fingerprint.whole());
  std::ranges::sort(then);
  std::ranges::sort(wanted);
  return then == wanted;
}

}  // namespace

bool is_finished(comm::Communicator& communicator, const std::string& output, const config::Node& job,
                 const std::vector<Fingerprint>& fingerprints, const std::vector<InputRecord>& inputs) {
  const bool finished = comm::collective_try(communicator, "output", [&] {
    if (!communicator.is_root()) return false;
    try {
      return tells_of(ordered_json::parse(store::read_text(store::run_manifest_path(output))), job, fingerprints, inputs) &&
             store::is_as_published(output);
    } catch (const nlohmann::json::exception&) {
      return false;  // of another version, or damaged
    } catch (const base::Error& error) {
      if (error.kind() == base::ErrorKind::stopped) throw;
      return false;
    }
  });
  return communicator.broadcast_value(finished);
}

}  // namespace fullbase::runtime
