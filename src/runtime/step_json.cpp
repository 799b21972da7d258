#include "runtime/step_json.hpp"

#include <limits>
#include <variant>

#include "store/whole_number.hpp"

namespace fullbase::runtime {
namespace {

using nlohmann::ordered_json;

ordered_json table_rows(const StepRecord& step) {
  ordered_json tables = ordered_json::object();
  for (const auto& table : step.tables) tables[table.name] = table.rows;
  return tables;
}

ordered_json traffic_json(const comm::Statistics::Table& traffic) {
  ordered_json list = ordered_json::array();
  for (const auto& [key, counts] : traffic)
    list.push_back({{"stage", key.first}, {"collective", key.second}, {"calls", counts.calls}, {"bytes", counts.bytes}});
  return list;
}

Note to_note(const ordered_json& value) {
  if (value.is_boolean()) return value.get<bool>();
  if (value.is_number_integer()) return value.get<std::int64_t>();
  if (value.is_number()) return value.get<double>();
  if (value.is_null()) return std::numeric_limits<double>::quiet_NaN();  // JSON has no other word for it
  return value.is_string() ? value.get<std::string>() : value.dump();
}

}  // namespace

std::int64_t bytes_sent(const comm::Statistics::Table& traffic) {
  std::int64_t bytes = 0;
  for (const auto& [key, counts] : traffic) bytes += counts.bytes;
  return bytes;
}

ordered_json fingerprint_json(const Fingerprint& fingerprint) {
  return {{"whole", fingerprint.whole()},
          {"options", fingerprint.options},
          {"environment", fingerprint.environment},
          {"inputs", fingerprint.inputs},
          {"program", fingerprint.program}};
}

Fingerprint fingerprint_of_json(const ordered_json& json) {
  return {json.at("options"), json.at("environment"), json.at("inputs"), json.at("program")};
}

ordered_json note_json(const Note& note) {
  return std::visit([](const auto& value) { return ordered_json(value); }, note);
}

ordered_json step_json(const StepRecord& step) {
  ordered_json left_out = ordered_json::object();
  for (const auto& [reason, rows] : step.left_out) left_out[reason] = rows;
  ordered_json notes = ordered_json::object();
  for (const auto& [key, note] : step.notes) notes[key] = note_json(note);
  return {{"step", step.id},
          {"job", step.job},
          {"published", step.published},
          {"seconds", step.seconds},
          {"rows", table_rows(step)},
          {"left_out", left_out},
          {"notes", notes},
          {"warnings", step.warnings},
          {"bytes_read", step.bytes_read},
          {"bytes_written", step.bytes_written},
          {"bytes_sent", bytes_sent(step.traffic)},
          {"peak_memory_bytes", step.peak_memory},
          {"budget_peak_bytes", step.budget_peak},
          {"traffic", traffic_json(step.traffic)},
          {"reused", step.reused},
          {"resumed", step.resumed},
          {"checkpoints", step.checkpoints},
          {"checkpoint_seconds", step.checkpoint_seconds},
          {"gone_on_from", step.gone_on_from},
          {"fingerprint", step.fingerprint ? fingerprint_json(*step.fingerprint) : ordered_json()}};
}

ordered_json digests_json(const StepRecord& step) {
  ordered_json digests = ordered_json::object();
  for (const auto& table : step.tables) {
    if (!table.digest.empty()) digests[table.name] = table.digest;
  }
  return digests;
}

StepRecord step_of_json(const ordered_json& json, const ordered_json& digests) {
  StepRecord record;
  record.id = json.at("step");
  record.job = json.at("job");
  record.published = json.at("published");
  for (const auto& [name, rows] : json.at("rows").items())
    record.tables.push_back({name, store::whole_number(rows), digests.value(name, "")});
  for (const auto& [reason, rows] : json.at("left_out").items()) record.left_out.emplace_back(reason, store::whole_number(rows));
  for (const auto& [key, note] : json.at("notes").items()) record.notes.emplace_back(key, to_note(note));
  for (const auto& warning : json.at("warnings")) record.warnings.push_back(warning);
  if (const auto parts = json.find("fingerprint"); parts != json.end() && parts->is_object())
    record.fingerprint = fingerprint_of_json(*parts);
  return record;
}

}  // namespace fullbase::runtime
