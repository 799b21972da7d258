#include "operations/past_run.hpp"

#include <filesystem>
#include <nlohmann/json.hpp>

#include "base/error.hpp"
#include "store/file.hpp"
#include "store/latest.hpp"
#include "store/publish.hpp"
#include "store/whole_number.hpp"

namespace fullbase::operations {
namespace {

using nlohmann::ordered_json;
using store::whole_number;

PastStep step_of(const ordered_json& json) {
  PastStep step;
  step.job = json.at("job");
  if (const auto print = json.find("fingerprint"); print != json.end() && print->is_object()) step.options = print->at("options");
  step.seconds = json.at("seconds");
  step.bytes_read = whole_number(json.at("bytes_read"));
  step.bytes_written = whole_number(json.at("bytes_written"));
  step.bytes_sent = whole_number(json.at("bytes_sent"));
  for (const auto& [name, rows] : json.at("rows").items()) step.rows[name] = whole_number(rows);
  return step;
}

}  // namespace

PastRun read_past_run(const std::string& path) {
  const char* const advice = "name the file <output>.run.json that a run writes beside its output";
  const auto json = ordered_json::parse(store::read_text(path), nullptr, false);
  if (!json.is_object()) throw base::input_error("this is no run's manifest", path, advice);
  PastRun run;
  run.path = path;
  try {
    run.host = json.at("host");
    run.ranks = whole_number<int>(json.at("ranks"));
    run.threads = whole_number<int>(json.at("threads"));
    run.seconds = json.at("seconds");
    for (const auto& input : json.at("inputs")) run.inputs[input.at("name")] += whole_number(input.at("rows"));
    for (const auto& step : json.at("steps")) {
      auto& past = run.steps[step.at("step")] = step_of(step);
      // Of a step that was taken over, whole or in part, the time is another run's, in whole or in part.
      if (step.value("reused", false) || step.value("resumed", false) ||
          whole_number(step.value("gone_on_from", ordered_json(0))) > 0)
        past.seconds = 0;
    }
  } catch (const ordered_json::exception&) {
    throw base::input_error("this is no run's manifest, or one of another version", path, advice);
  }
  if (run.ranks < 1 || run.threads < 1) throw base::input_error("the manifest tells of no ranks or threads", path, advice);
  return run;
}

const PastStep* past_step(const std::optional<PastRun>& run, const std::string& id, std::string_view job) {
  if (!run) return nullptr;
  const auto found = run->steps.find(id);
  return found == run->steps.end() || found->second.job != job ? nullptr : &found->second;
}

std::optional<PastRun> last_run(const runtime::JobFile& job) {
  if (!job.options.output) return {};
  const auto& latest = job.options.output->latest;
  for (const auto& output : {job.output, latest ? store::link_target(*latest) : std::string()}) {
    const auto path = store::run_manifest_path(output);
    std::error_code ignored;
    if (output.empty() || !std::filesystem::is_regular_file(path, ignored)) continue;
    try {
      return read_past_run(path);
    } catch (const base::Error&) {
      continue;  // a plan without it is still a plan
    }
  }
  return {};
}

}  // namespace fullbase::operations
