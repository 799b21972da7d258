#include "cli/difference_report.hpp"
#include "cli/json_value.hpp"

namespace fullbase::cli {
namespace {

using Json = nlohmann::ordered_json;

Json state_json(const compare::State& state, const TableDifference& table) {
  if (state.kind != compare::State::Kind::value) return nullptr;
  if (!table.segment_names) return state.value;
  return (*table.segment_names)[static_cast<std::int32_t>(state.value)];
}

/// "in_before" and "in_after" tell a row without a value from one that is not in the table.
Json transition_json(const compare::Transition& transition, const TableDifference& table) {
  return {{"from", state_json(transition.from, table)},
          {"to", state_json(transition.to, table)},
          {"in_before", transition.from.kind != compare::State::Kind::absent},
          {"in_after", transition.to.kind != compare::State::Kind::absent},
          {"rows", transition.rows}};
}

Json records_json(const TableDifference& table, const data::Batch& records, bool values) {
  Json list = Json::array();
  for (std::int64_t row = 0; row < records.rows.size(); ++row) {
    Json record;
    auto& key = record["key"] = Json::object();
    for (std::size_t k = 0; k < table.keys.size(); ++k) key[table.keys[k]] = json_value(records.columns[k], row);
    if (values) {
      const auto keys = table.keys.size();
      const auto number = records.columns[keys + 1].int64s()[static_cast<std::size_t>(row)];
      record["column"] = table.rows.columns[static_cast<std::size_t>(number)].column;
      record["before"] = json_value(records.columns[keys + 2], row);
      record["after"] = json_value(records.columns[keys + 3], row);
    }
    list.push_back(std::move(record));
  }
  return list;
}

Json table_json(const TableDifference& table) {
  const auto& counts = table.rows.counts;
  Json json = {{"table", table.name},
               {"key", table.keys},
               {"rows_before", table.rows_before},
               {"rows_after", table.rows_after},
               {"added", counts.after_only},
               {"removed", counts.before_only},
               {"changed", table.rows.changed},
               {"unchanged", counts.matched - table.rows.changed},
               {"without_key_before", counts.before_without_key},
               {"without_key_after", counts.after_without_key}};
  auto& schema = json["schema"] = Json::array();
  for (const auto& difference : table.schema)
    schema.push_back({{"column", difference.column},
                      {"before", difference.before.empty() ? Json() : Json(difference.before)},
                      {"after", difference.after.empty() ? Json() : Json(difference.after)}});
  auto& columns = json["columns"] = Json::array();
  for (const auto& column : table.rows.columns) {
    const bool numbers = column.distances > 0;
    columns.push_back({{"column", column.column},
                       {"changed", column.rows},
                       {"mean_change", numbers ? json_number(column.mean) : Json()},
                       {"greatest_change", numbers ? json_number(column.greatest) : Json()}});
  }
  if (!table.segment.empty()) {
    json["segment"] = table.segment;
    auto& transitions = json["transitions"] = Json::array();
    for (const auto& transition : table.rows.transitions) transitions.push_back(transition_json(transition, table));
  }
  json["first_changed"] = records_json(table, table.rows.first_changed, true);
  json["first_added"] = records_json(table, table.rows.first_added, false);
  json["first_removed"] = records_json(table, table.rows.first_removed, false);
  return json;
}

}  // namespace

void print_difference_json(const DifferenceReport& report, std::ostream& out) {
  Json tables = Json::array();
  for (const auto& table : report.tables) tables.push_back(table_json(table));
  print_json({{"different", report.any()},
              {"only_before", report.only_before},
              {"only_after", report.only_after},
              {"not_compared", report.not_compared},
              {"tables", std::move(tables)}},
             out);
}

}  // namespace fullbase::cli
