#include "runtime/last_output.hpp"

#include <filesystem>
#include <nlohmann/json.hpp>

#include "comm/agreement.hpp"
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
    return store::output_manifest(path).value_or("");
  } catch (const base::Error&) {
    return {};  // a damaged file holds nothing to take over
  }
}

Note to_note(const ordered_json& value) {
  if (value.is_boolean()) return value.get<bool>();
  if (value.is_number_integer()) return value.get<std::int64_t>();
  if (value.is_number()) return value.get<double>();
  return value.is_string() ? value.get<std::string>() : value.dump();
}

LastOutput::LastStep to_step(const ordered_json& json, const ordered_json& digests) {
  LastOutput::LastStep step;
  auto& record = step.record;
  record.id = json.at("step");
  record.job = json.at("job");
  record.published = json.at("published");
  record.reused = true;
  for (const auto& [name, rows] : json.at("rows").items()) record.tables.push_back({name, rows, digests.value(name, "")});
  for (const auto& [reason, rows] : json.at("left_out").items()) record.left_out.emplace_back(reason, rows.get<std::int64_t>());
  for (const auto& [key, note] : json.at("notes").items()) record.notes.emplace_back(key, to_note(note));
  for (const auto& warning : json.at("warnings")) record.warnings.push_back(warning);
  if (const auto parts = json.find("fingerprint"); parts != json.end() && parts->is_object())
    step.fingerprint = Fingerprint{parts->at("options"), parts->at("environment"), parts->at("inputs"), parts->at("program")};
  return step;
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
      if (step.at("job") != "import")
        last.steps.emplace(step.at("step").get<std::string>(), to_step(step, manifest.at("digests")));
    }
    last.path = found[0];
  } catch (const nlohmann::json::exception&) {
    last = {};  // of another version
  }
  return last;
}

}  // namespace fullbase::runtime
