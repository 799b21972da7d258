#include "cli/profile_report.hpp"

#include <fmt/format.h>

#include <cmath>
#include <string>

#include "base/size.hpp"
#include "base/utf8.hpp"
#include "cli/json_value.hpp"
#include "cli/text_table.hpp"
#include "data/show_value.hpp"

namespace fullbase::cli {
namespace {

using Json = nlohmann::ordered_json;

/// Significant digits of floats, and characters of texts, that people are shown.
constexpr int shown_digits = 7;
constexpr std::size_t shown_bytes = 60;

double share(std::int64_t part, std::int64_t whole) {
  return whole == 0 ? 0.0 : static_cast<double>(part) / static_cast<double>(whole);
}

std::string percent(std::int64_t part, std::int64_t whole) {
  return fmt::format("{:.1f} %", 100 * share(part, whole));
}

std::string shown(const data::Column& column, std::int64_t row) {
  if (row >= column.rows()) return "-";
  return shortened(data::show_value(column, row, "-", shown_digits), shown_bytes);
}

std::string shown(double number) {
  return std::isnan(number) ? "-" : fmt::format("{:.{}g}", number, shown_digits);
}

void print_columns(const TableProfile& profile, std::ostream& out) {
  TextTable table;
  table.add_column("column");
  table.add_column("type");
  for (const char* const title : {"missing", "", "distinct"}) table.add_column(title, TextTable::Align::right);
  table.add_column("least");
  table.add_column("greatest");
  for (const auto& column : profile.columns) {
    const auto missing = profile.rows - column.counts.present;
    table.add_row({column.field.name, data::type_text(column.field), base::format_count(missing),
                   missing == 0 ? "" : percent(missing, profile.rows), base::format_count(column.counts.distinct),
                   shown(column.counts.extremes, 0), shown(column.counts.extremes, 1)});
  }
  table.print(out);
}

void print_numbers(const TableProfile& profile, std::ostream& out) {
  TextTable table;
  table.add_column("numbers and times");
  for (const char* const title : {"mean", "deviation"}) table.add_column(title, TextTable::Align::right);
  for (const auto p : profile.probabilities) table.add_column(fmt::format("{:g} %", 100 * p), TextTable::Align::right);
  bool any = false;
  for (const auto& column : profile.columns) {
    if (column.quantiles.rows() == 0) continue;
    any = true;
    const auto& moments = column.moments;
    std::vector<std::string> texts = {column.field.name, moments ? shown(moments->mean) : "-",
                                      moments ? shown(moments->deviation) : "-"};
    for (std::int64_t i = 0; i < column.quantiles.rows(); ++i) texts.push_back(shown(column.quantiles, i));
    table.add_row(std::move(texts));
  }
  if (!any) return;
  out << '\n';
  table.print(out);
  for (const auto& column : profile.columns) {
    if (column.moments && column.moments->infinite > 0)
      out << fmt::format("({}: {} infinite values are left out of mean and deviation)\n", base::printable_line(column.field.name),
                         base::format_count(column.moments->infinite));
  }
}

void print_lengths(const TableProfile& profile, std::ostream& out) {
  TextTable table;
  table.add_column("lengths of texts");
  for (const char* const title : {"shortest", "mean", "longest"}) table.add_column(title, TextTable::Align::right);
  bool any = false;
  for (const auto& column : profile.columns) {
    if (!column.lengths || column.lengths->texts == 0) continue;
    any = true;
    const auto& lengths = *column.lengths;
    table.add_row({column.field.name, std::to_string(lengths.shortest),
                   fmt::format("{:.1f}", static_cast<double>(lengths.characters) / static_cast<double>(lengths.texts)),
                   std::to_string(lengths.longest)});
  }
  if (!any) return;
  out << '\n';
  table.print(out);
}

void print_frequent(const TableProfile& profile, std::ostream& out) {
  TextTable table;
  table.add_column("most frequent");
  table.add_column("value");
  table.add_column("rows", TextTable::Align::right);
  table.add_column("share", TextTable::Align::right);
  bool any = false;
  for (const auto& column : profile.columns) {
    const auto& counts = column.counts;
    for (std::size_t i = 0; i < counts.frequent_rows.size(); ++i) {
      any = true;
      table.add_row({i == 0 ? column.field.name : "", shown(counts.frequent, static_cast<std::int64_t>(i)),
                     base::format_count(counts.frequent_rows[i]), percent(counts.frequent_rows[i], profile.rows)});
    }
  }
  if (!any) return;
  out << '\n';
  table.print(out);
}

Json json_of(const describe::ColumnProfile& column, const TableProfile& profile) {
  const auto& counts = column.counts;
  Json json = {{"column", column.field.name},
               {"type", data::type_text(column.field)},
               {"unit", column.field.unit},
               {"missing", profile.rows - counts.present},
               {"distinct", counts.distinct}};
  const bool any = counts.extremes.rows() > 0;
  json["least"] = any ? json_value(counts.extremes, 0) : Json();
  json["greatest"] = any ? json_value(counts.extremes, 1) : Json();
  if (column.moments) {
    json["mean"] = json_number(column.moments->mean);
    json["deviation"] = json_number(column.moments->deviation);
    json["infinite"] = column.moments->infinite;
  }
  if (column.quantiles.rows() > 0) {
    auto& quantiles = json["quantiles"] = Json::array();
    for (std::size_t i = 0; i < profile.probabilities.size(); ++i)
      quantiles.push_back(
          {{"probability", profile.probabilities[i]}, {"value", json_value(column.quantiles, static_cast<std::int64_t>(i))}});
  }
  if (column.lengths) {
    const auto& lengths = *column.lengths;
    json["lengths"] = {{"shortest", lengths.shortest},
                       {"mean", json_number(static_cast<double>(lengths.characters) / static_cast<double>(lengths.texts))},
                       {"longest", lengths.longest}};
  }
  auto& frequent = json["frequent"] = Json::array();
  for (std::size_t i = 0; i < counts.frequent_rows.size(); ++i)
    frequent.push_back({{"value", json_value(counts.frequent, static_cast<std::int64_t>(i))},
                        {"rows", counts.frequent_rows[i]},
                        {"share", share(counts.frequent_rows[i], profile.rows)}});
  return json;
}

}  // namespace

void print_profile_text(const TableProfile& profile, std::ostream& out) {
  out << fmt::format("{}: {} rows\n\n", base::printable_line(profile.name), base::format_count(profile.rows));
  print_columns(profile, out);
  print_numbers(profile, out);
  print_lengths(profile, out);
  print_frequent(profile, out);
}

void print_profile_json(const TableProfile& profile, std::ostream& out) {
  Json columns = Json::array();
  for (const auto& column : profile.columns) columns.push_back(json_of(column, profile));
  print_json({{"table", profile.name}, {"rows", profile.rows}, {"columns", std::move(columns)}}, out);
}

}  // namespace fullbase::cli
