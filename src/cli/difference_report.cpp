#include "cli/difference_report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "algorithms/compare/change_records.hpp"
#include "base/size.hpp"
#include "base/utf8.hpp"
#include "cli/text_table.hpp"
#include "data/show_value.hpp"

namespace fullbase::cli {
namespace {

constexpr auto right = TextTable::Align::right;
constexpr std::size_t shown_bytes = 60;
/// A transition table with more columns than this is shown as a list.
constexpr std::size_t most_columns = 12;

std::string state_text(const compare::State& state, const TableDifference& table, const char* absent) {
  if (state.kind == compare::State::Kind::absent) return absent;
  if (state.kind == compare::State::Kind::missing) return "(missing)";
  if (!table.segment_names) return std::to_string(state.value);
  return shortened(std::string((*table.segment_names)[static_cast<std::int32_t>(state.value)]), shown_bytes);
}

void print_schema(const TableDifference& table, std::ostream& out) {
  for (const auto& difference : table.schema) {
    const auto column = base::printable_line(difference.column);
    if (difference.after.empty()) {
      out << fmt::format("  column {} ({}) is only in the earlier table\n", column, difference.before);
    } else if (difference.before.empty()) {
      out << fmt::format("  column {} ({}) is only in the later table\n", column, difference.after);
    } else {
      out << fmt::format("  column {} was {} and is {}\n", column, difference.before, difference.after);
    }
  }
}

void print_counts(const TableDifference& table, std::ostream& out) {
  const auto& counts = table.rows.counts;
  out << fmt::format("  {} added, {} removed, {} changed, {} unchanged\n", base::format_count(counts.after_only),
                     base::format_count(counts.before_only), base::format_count(table.rows.changed),
                     base::format_count(counts.matched - table.rows.changed));
  if (counts.before_without_key + counts.after_without_key > 0)
    out << fmt::format("  {} rows before and {} after have no key and are not compared\n",
                       base::format_count(counts.before_without_key), base::format_count(counts.after_without_key));
}

void print_columns(const TableDifference& table, std::ostream& out) {
  TextTable text;
  text.add_column("  column");
  for (const char* const title : {"changed rows", "share", "mean change", "greatest"}) text.add_column(title, right);
  bool any = false;
  for (const auto& column : table.rows.columns) {
    if (column.rows == 0) continue;
    any = true;
    const auto share = 100.0 * static_cast<double>(column.rows) / static_cast<double>(table.rows.counts.matched);
    const bool numbers = column.distances > 0;
    text.add_row({"  " + column.column, base::format_count(column.rows), fmt::format("{:.1f} %", share),
                  numbers ? fmt::format("{:.7g}", column.mean) : "-", numbers ? fmt::format("{:.7g}", column.greatest) : "-"});
  }
  if (!any) return;
  out << '\n';
  text.print(out);
}

void print_transitions(const TableDifference& table, std::ostream& out) {
  if (table.rows.transitions.empty()) return;
  std::map<compare::State, std::map<compare::State, std::int64_t>> cells;
  std::set<compare::State> to;
  for (const auto& transition : table.rows.transitions) {
    cells[transition.from][transition.to] = transition.rows;
    to.insert(transition.to);
  }
  TextTable text;
  if (to.size() > most_columns) {
    for (const auto& title : {"  " + table.segment + " before", std::string("after")}) text.add_column(title);
    text.add_column("rows", right);
    for (const auto& transition : table.rows.transitions)
      text.add_row({"  " + state_text(transition.from, table, "(new)"), state_text(transition.to, table, "(gone)"),
                    base::format_count(transition.rows)});
  } else {
    text.add_column("  " + table.segment + ": before, after");
    for (const auto& state : to) text.add_column(state_text(state, table, "(gone)"), right);
    for (const auto& [from, counts] : cells) {
      std::vector<std::string> row = {"  " + state_text(from, table, "(new)")};
      for (const auto& state : to) row.push_back(counts.contains(state) ? base::format_count(counts.at(state)) : "0");
      text.add_row(std::move(row));
    }
  }
  out << '\n';
  text.print(out);
}

std::string shown(const data::Column& column, std::int64_t row) {
  return shortened(data::show_value(column, row, "-"), shown_bytes);
}

void print_records(const TableDifference& table, const data::Batch& records, const char* what, std::int64_t all,
                   std::int64_t limit, std::ostream& out) {
  if (records.rows.empty()) return;
  const auto keys = table.keys.size();
  const bool values = records.columns[keys].int32s()[0] == static_cast<std::int32_t>(compare::Change::changed);
  TextTable text;
  for (std::size_t k = 0; k < keys; ++k) text.add_column((k == 0 ? "  " : "") + table.keys[k]);
  if (values) {
    for (const char* const title : {"column", "before", "after"}) text.add_column(title);
  }
  for (std::int64_t row = 0; row < records.rows.size(); ++row) {
    std::vector<std::string> texts;
    for (std::size_t k = 0; k < keys; ++k) texts.push_back((k == 0 ? "  " : "") + shown(records.columns[k], row));
    if (values) {
      const auto number = records.columns[keys + 1].int64s()[static_cast<std::size_t>(row)];
      texts.push_back(table.rows.columns[static_cast<std::size_t>(number)].column);
      texts.push_back(shown(records.columns[keys + 2], row));
      texts.push_back(shown(records.columns[keys + 3], row));
    }
    text.add_row(std::move(texts));
  }
  out << fmt::format("\n  {}{}\n", what, all > limit ? fmt::format(", the first {} of {}", limit, base::format_count(all)) : "");
  text.print(out);
}

void print_table(const TableDifference& table, std::int64_t limit, std::ostream& out) {
  out << fmt::format("{}: {} rows before, {} after, by {}\n", base::printable_line(table.name),
                     base::format_count(table.rows_before), base::format_count(table.rows_after),
                     base::printable_line(fmt::format("{}", fmt::join(table.keys, ","))));
  print_schema(table, out);
  print_counts(table, out);
  print_columns(table, out);
  print_transitions(table, out);
  print_records(table, table.rows.first_changed, "changed", table.rows.changed, limit, out);
  print_records(table, table.rows.first_added, "added", table.rows.counts.after_only, limit, out);
  print_records(table, table.rows.first_removed, "removed", table.rows.counts.before_only, limit, out);
}

}  // namespace

bool DifferenceReport::any() const noexcept {
  return !only_before.empty() || !only_after.empty() ||
         std::ranges::any_of(tables, [](const auto& table) { return table.any(); });
}

void print_difference_text(const DifferenceReport& report, std::ostream& out) {
  for (const auto& name : report.only_before) out << base::printable_line(name) << ": only in the earlier place\n";
  for (const auto& name : report.only_after) out << base::printable_line(name) << ": only in the later place\n";
  for (const auto& table : report.not_compared) out << "not compared: " << base::printable_line(table) << '\n';
  bool apart = !report.only_before.empty() || !report.only_after.empty() || !report.not_compared.empty();
  for (const auto& table : report.tables) {
    if (apart) out << '\n';
    apart = true;
    print_table(table, report.limit, out);
  }
}

}  // namespace fullbase::cli
