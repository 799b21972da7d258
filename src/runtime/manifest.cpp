#include "runtime/manifest.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>

#include "base/cpu.hpp"
#include "base/time.hpp"
#include "config/echo.hpp"
#include "runtime/process.hpp"
#include "runtime/step_json.hpp"
#include "store/digest.hpp"

namespace fullbase::runtime {
namespace {

using nlohmann::json;
using nlohmann::ordered_json;

ordered_json part_json(const PartRecord& part) {
  ordered_json result = ordered_json::object();
  if (!part.only.empty()) result["only"] = part.only;
  if (part.by.empty()) return result;
  ordered_json tables = ordered_json::object();
  for (const auto& table : part.sampled) tables[table.name] = {{"rows", table.rows}, {"kept", table.kept}};
  result["sample"] = {{"by", part.by}, {"share", part.share}, {"tables", tables}};
  return result;
}

ordered_json check_json(const CheckRecord& check) {
  ordered_json result = {{"table", check.table}, {"name", check.name}, {"rule", check.rule}, {"severity", check.severity}};
  if (!check.skipped.empty()) {
    result["passed"] = nullptr;
    result["skipped"] = check.skipped;
    return result;
  }
  result["passed"] = check.passed;
  result["observed"] = check.observed ? note_json(*check.observed) : ordered_json();
  result["rows"] = check.rows;
  result["first"] = check.first;
  return result;
}

/// One line a (stage, collective): enough for rank 0 to add up.
std::string pack(const comm::Statistics::Table& traffic) {
  json list = json::array();
  for (const auto& [key, counts] : traffic) list.push_back({key.first, key.second, counts.calls, counts.bytes});
  return list.dump();
}

void add_packed(comm::Statistics::Table& traffic, std::string_view packed) {
  for (const auto& one : json::parse(packed)) {
    auto& counts = traffic[{one[0].get<std::string>(), one[1].get<std::string>()}];
    counts.calls += one[2].get<std::int64_t>();
    counts.bytes += one[3].get<std::int64_t>();
  }
}

}  // namespace

comm::Statistics::Table difference(const comm::Statistics::Table& after, const comm::Statistics::Table& before) {
  comm::Statistics::Table result;
  for (const auto& [key, counts] : after) {
    const auto earlier = before.find(key);
    const auto base = earlier == before.end() ? comm::Traffic{} : earlier->second;
    if (counts.calls != base.calls) result[key] = {counts.calls - base.calls, counts.bytes - base.bytes};
  }
  return result;
}

void gather_figures(comm::Communicator& communicator, StepRecord& record) {
  comm::StageScope stage(communicator.statistics(), "manifest");
  std::int64_t sums[2] = {record.bytes_read, record.bytes_written};
  communicator.sum(std::span<std::int64_t>(sums));
  record.bytes_read = sums[0];
  record.bytes_written = sums[1];
  std::int64_t most[2] = {record.peak_memory, record.budget_peak};
  communicator.max(std::span<std::int64_t>(most));
  record.peak_memory = most[0];
  record.budget_peak = most[1];
  const auto mine = pack(record.traffic);
  const auto all = communicator.gather(std::span<const char>(mine));
  if (!communicator.is_root()) return;
  record.traffic.clear();
  for (int rank = 0; rank < communicator.size(); ++rank) {
    const auto text = all.from(rank);
    add_packed(record.traffic, {text.data(), text.size()});
  }
}

std::string manifest_text(const RunRecord& record) {
  ordered_json digests = ordered_json::object();
  ordered_json steps = ordered_json::array();
  std::vector<std::pair<std::string, std::string>> published;
  std::int64_t peak = 0, read = 0, sent = 0;
  for (const auto& step : record.steps) {
    steps.push_back(step_json(step));
    peak = std::max(peak, step.peak_memory);
    read += step.bytes_read;
    sent += bytes_sent(step.traffic);
    if (!step.published) continue;
    for (const auto& table : step.tables) published.emplace_back(table.name, table.digest);
  }
  std::sort(published.begin(), published.end());
  for (const auto& [name, digest] : published) digests[name] = digest;
  ordered_json failed = ordered_json::array();
  for (const auto& step : record.failed_steps)
    failed.push_back({{"step", step.step}, {"skipped", step.skipped}, {"reason", step.reason}});
  ordered_json checks = ordered_json::array();
  for (const auto& check : record.checks) checks.push_back(check_json(check));
  ordered_json inputs = ordered_json::array();
  for (const auto& input : record.inputs)
    inputs.push_back({{"name", input.name},
                      {"path", input.path},
                      {"sha256", input.sha256},
                      {"bytes", input.bytes},
                      {"rows", input.rows},
                      {"imported", input.imported.empty() ? ordered_json() : ordered_json(input.imported)}});
  const double seconds = static_cast<double>(record.finished - record.started) / 1e6;
  const ordered_json manifest = {{"format", "fullbase run 1"},
                                 {"version", version()},
                                 {"build", build()},
                                 {"executable_sha256", executable_sha256()},
                                 {"instruction_set", base::isa_name(base::active_isa())},
                                 {"host", host_name()},
                                 {"started", base::format_timestamp(record.started)},
                                 {"finished", base::format_timestamp(record.finished)},
                                 {"seconds", seconds},
                                 {"ranks", record.ranks},
                                 {"threads", record.grant.threads},
                                 {"threads_from", record.grant.threads_from},
                                 {"memory_per_rank_bytes", record.grant.memory},
                                 {"memory_from", record.grant.memory_from},
                                 {"peak_memory_bytes", peak},
                                 {"bytes_read", read},
                                 {"bytes_sent", sent},
                                 {"job_file", record.job_file},
                                 {"job", ordered_json::parse(config::to_document(record.job))},
                                 {"partial", record.part ? part_json(*record.part) : ordered_json()},
                                 {"inputs", inputs},
                                 {"warnings", record.warnings},
                                 {"steps", steps},
                                 {"failed_steps", failed},
                                 {"checks", checks},
                                 {"digests", digests},
                                 {"digest", store::combined_digest(published)}};
  // Paths and warnings may hold bytes that are not UTF-8; the manifest is always readable.
  return manifest.dump(2, ' ', false, ordered_json::error_handler_t::replace) + "\n";
}

}  // namespace fullbase::runtime
