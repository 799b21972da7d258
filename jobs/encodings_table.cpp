#include "jobs/encodings_table.hpp"

#include <fmt/format.h>

#include <cmath>
#include <set>
#include <string>
#include <utility>

#include "base/error.hpp"
#include "comm/agreement.hpp"
#include "data/type_kinds.hpp"

namespace fullbase::jobs {
namespace {

using data::Type;

double code_of_missing(const encode::Encoding& encoding, const encode::Places& places) {
  const bool has_place = places.missing.kind == encode::Otherwise::Kind::number;
  return has_place && encoding.plan.method != encode::Method::one_hot ? places.missing.number : data::missing_float64;
}

/// What a table says of one column.
encode::Encoding stored(const data::BlockSource& table, const data::Batch& rows, const encode::Plan& plan) {
  const auto fail = [&](std::string problem, std::string advice) {
    return base::input_error(std::move(problem), table.name(), std::move(advice)).known_to_all();
  };
  constexpr const char* fit_anew = "leave `encodings` out of `from`, so that they are found anew";
  encode::Encoding encoding{.plan = plan, .values = {}, .codes = {}, .rows = {}};
  std::set<std::string, std::less<>> met;
  bool any = false;
  for (std::int64_t i = 0; i < table.rows(); ++i) {
    if (rows[0].is_missing(i) || rows[0].text(i) != plan.column) continue;
    any = true;
    if (rows[1].text(i) != encode::method_name(plan.method))
      throw fail(
          fmt::format("column '{}' was encoded by {}, not by {}", plan.column, rows[1].text(i), encode::method_name(plan.method)),
          fmt::format("write {}: {}, or {}", plan.column, rows[1].text(i), fit_anew));
    if (rows[2].is_missing(i)) continue;
    const auto value = rows[2].text(i);
    const double code = rows[3].float64s()[static_cast<std::size_t>(i)];
    const bool right =
        plan.method == encode::Method::ordinal ? std::abs(code) <= 0x1p53 && std::floor(code) == code : std::isfinite(code);
    if (!right)
      throw fail(fmt::format("the code of '{}' in column '{}' is {}", value, plan.column, code),
                 plan.method == encode::Method::ordinal ? "it has to be a whole number" : "it has to be a number");
    if (!met.emplace(value).second)
      throw fail(fmt::format("'{}' in column '{}' has two codes", value, plan.column), "leave one of them out");
    encoding.values.emplace_back(value);
    encoding.codes.push_back(code);
  }
  if (!any) throw fail(fmt::format("there is no encoding of column '{}'", plan.column), fit_anew);
  return encoding;
}

}  // namespace

data::Schema encodings_schema() {
  data::Schema schema;
  schema.fields = {{.name = "column", .type = Type::string},
                   {.name = "encoding", .type = Type::string},
                   {.name = "value", .type = Type::string, .nullable = true},
                   {.name = "code", .type = Type::float64, .nullable = true},
                   {.name = "rows", .type = Type::int64},
                   {.name = "share", .type = Type::float64, .nullable = true}};
  return schema;
}

data::Batch encodings_table(const std::vector<encode::Encoding>& encodings, const encode::Places& places,
                            std::int64_t rows_of_table) {
  data::Strings columns, methods, values;
  std::vector<std::uint8_t> no_value;
  std::vector<double> codes, shares;
  std::vector<std::int64_t> rows;
  const auto add = [&](const encode::Encoding& encoding, std::string_view value, bool is_missing, double code,
                       std::int64_t count) {
    columns.push_back(encoding.plan.column);
    methods.push_back(encode::method_name(encoding.plan.method));
    values.push_back(value);
    no_value.push_back(is_missing ? 1 : 0);
    codes.push_back(code);
    rows.push_back(count);
    shares.push_back(rows_of_table == 0 ? data::missing_float64
                                        : static_cast<double>(count) / static_cast<double>(rows_of_table));
  };
  for (const auto& encoding : encodings) {
    for (std::size_t i = 0; i < encoding.values.size(); ++i)
      add(encoding, encoding.values[i], false, encoding.codes[i], encoding.rows[i]);
    add(encoding, {}, true, code_of_missing(encoding, places), encoding.missing);
  }
  const auto schema = encodings_schema();
  data::Batch batch{.rows = {0, std::ssize(rows)}, .columns = {}};
  batch.columns.emplace_back(schema[0], std::move(columns));
  batch.columns.emplace_back(schema[1], std::move(methods));
  batch.columns.emplace_back(schema[2], std::move(values), std::move(no_value));
  batch.columns.emplace_back(schema[3], std::move(codes));
  batch.columns.emplace_back(schema[4], std::move(rows));
  batch.columns.emplace_back(schema[5], std::move(shares));
  return batch;
}

bool has_encodings(const data::Schema& schema) {
  for (const char* const name : {"column", "encoding", "value"}) {
    const auto column = schema.find(name);
    if (!column || !data::is_text(schema[*column].type)) return false;
  }
  const auto code = schema.find("code");
  return code && schema[*code].type == Type::float64;
}

std::vector<encode::Encoding> read_encodings(comm::Communicator& communicator, const data::BlockSource& table,
                                             std::span<const encode::Plan> plans) {
  std::vector<int> columns;
  for (const char* const name : {"column", "encoding", "value", "code"}) columns.push_back(table.schema().at(name, table.name()));
  const auto rows = comm::collective_try(communicator, "encodings", [&] { return table.read({0, table.rows()}, columns); });
  std::vector<encode::Encoding> encodings;
  for (const auto& plan : plans) encodings.push_back(stored(table, rows, plan));
  return encodings;
}

}  // namespace fullbase::jobs
