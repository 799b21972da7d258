#include "jobs/drift_tables.hpp"

#include <cmath>
#include <map>
#include <memory>
#include <utility>

#include "data/dictionary.hpp"
#include "jobs/table_builder.hpp"

namespace fullbase::jobs {
namespace {

using compare::StabilityBin;
using data::Type;

constexpr double moderate = 0.1;
constexpr double shifted = 0.25;

double share(std::int64_t part, std::int64_t of) {
  return of == 0 ? data::missing_float64 : static_cast<double>(part) / static_cast<double>(of);
}

data::DictionaryPointer dictionary_of(std::initializer_list<const char*> sorted) {
  data::Strings texts;
  for (const char* const text : sorted) texts.push_back(text);
  return std::make_shared<const data::Dictionary>(std::move(texts));
}

const char* kind_name(StabilityBin::Kind kind) {
  switch (kind) {
    case StabilityBin::Kind::range:
      return "range";
    case StabilityBin::Kind::value:
      return "value";
    case StabilityBin::Kind::others:
      return "others";
    case StabilityBin::Kind::missing:
      break;
  }
  return "missing";
}

/// Columns of a schema in its order.
class Columns {
 public:
  explicit Columns(data::Schema schema) : schema_(std::move(schema)) {}
  template <class T>
  void add(T values, std::vector<std::uint8_t> missing = {}, data::DictionaryPointer dictionary = nullptr) {
    const auto& field = schema_[static_cast<int>(batch_.columns.size())];
    batch_.columns.emplace_back(field, std::move(values), std::move(missing), std::move(dictionary));
  }
  data::Batch take() {
    batch_.rows = {0, batch_.columns.front().rows()};
    return std::move(batch_);
  }

 private:
  data::Schema schema_;
  data::Batch batch_;
};

}  // namespace

std::string_view level_of(double index) {
  if (std::isnan(index)) return {};
  return index < moderate ? "stable" : index < shifted ? "moderate" : "shifted";
}

data::Schema drift_schema(bool by) {
  data::Schema schema;
  schema.fields.push_back({.name = "column", .type = Type::string});
  if (by) schema.fields.push_back({.name = "within", .type = Type::string, .nullable = true});
  schema.fields.push_back({.name = "psi", .type = Type::float64, .nullable = true});
  schema.fields.push_back({.name = "level", .type = Type::category, .nullable = true});
  schema.fields.push_back({.name = "rows_before", .type = Type::int64});
  schema.fields.push_back({.name = "rows_after", .type = Type::int64});
  for (const char* const name : {"missing_before", "missing_after", "mean_before", "mean_after"})
    schema.fields.push_back({.name = name, .type = Type::float64, .nullable = true});
  return schema;
}

data::Batch drift_table(const std::vector<compare::ColumnStability>& columns, const compare::GroupLabels* groups, bool by) {
  const auto levels = dictionary_of({"moderate", "shifted", "stable"});
  data::Strings names;
  OptionalTexts within;
  std::vector<double> index, missing_before, missing_after, mean_before, mean_after;
  std::vector<std::int32_t> level;
  std::vector<std::int64_t> rows_before, rows_after;
  for (const auto& column : columns) {
    for (const auto& measures : column.measures) {
      names.push_back(column.column);
      const bool all = measures.group < 0;
      within.push_back(all ? std::string() : groups->text(measures.group), all);
      index.push_back(measures.index);
      level.push_back(levels->find(level_of(measures.index)).value_or(data::missing_code));
      rows_before.push_back(measures.rows_before);
      rows_after.push_back(measures.rows_after);
      missing_before.push_back(share(measures.missing_before, measures.rows_before));
      missing_after.push_back(share(measures.missing_after, measures.rows_after));
      mean_before.push_back(measures.mean_before);
      mean_after.push_back(measures.mean_after);
    }
  }
  Columns table(drift_schema(by));
  table.add(std::move(names));
  if (by) table.add(std::move(within.texts), std::move(within.missing));
  table.add(std::move(index));
  table.add(std::move(level), {}, levels);
  table.add(std::move(rows_before));
  table.add(std::move(rows_after));
  for (auto* const values : {&missing_before, &missing_after, &mean_before, &mean_after}) table.add(std::move(*values));
  return table.take();
}

data::Schema bins_schema() {
  data::Schema schema;
  schema.fields = {{.name = "column", .type = Type::string},
                   {.name = "bin", .type = Type::int64},
                   {.name = "kind", .type = Type::category},
                   {.name = "lower", .type = Type::float64, .nullable = true},
                   {.name = "upper", .type = Type::float64, .nullable = true},
                   {.name = "value", .type = Type::string, .nullable = true},
                   {.name = "rows_before", .type = Type::int64},
                   {.name = "rows_after", .type = Type::int64},
                   {.name = "share_before", .type = Type::float64, .nullable = true},
                   {.name = "share_after", .type = Type::float64, .nullable = true}};
  return schema;
}

data::Batch bins_table(const std::vector<compare::ColumnStability>& columns) {
  const auto kinds = dictionary_of({"missing", "others", "range", "value"});
  data::Strings names;
  OptionalTexts values;
  std::vector<std::int64_t> number, rows_before, rows_after;
  std::vector<std::int32_t> kind;
  std::vector<double> lower, upper, share_before, share_after;
  for (const auto& column : columns) {
    for (std::size_t b = 0; b < column.bins.size(); ++b) {
      const auto& bin = column.bins[b];
      const bool is_range = bin.kind == StabilityBin::Kind::range;
      names.push_back(column.column);
      number.push_back(static_cast<std::int64_t>(b));
      kind.push_back(*kinds->find(kind_name(bin.kind)));
      lower.push_back(is_range ? bin.lower : data::missing_float64);
      upper.push_back(is_range ? bin.upper : data::missing_float64);
      values.push_back(bin.value, bin.kind != StabilityBin::Kind::value);
      rows_before.push_back(bin.before);
      rows_after.push_back(bin.after);
      share_before.push_back(share(bin.before, column.measures.front().rows_before));
      share_after.push_back(share(bin.after, column.measures.front().rows_after));
    }
  }
  Columns table(bins_schema());
  table.add(std::move(names));
  table.add(std::move(number));
  table.add(std::move(kind), {}, kinds);
  table.add(std::move(lower));
  table.add(std::move(upper));
  table.add(std::move(values.texts), std::move(values.missing));
  table.add(std::move(rows_before));
  table.add(std::move(rows_after));
  table.add(std::move(share_before));
  table.add(std::move(share_after));
  return table.take();
}

data::Schema transitions_schema() {
  data::Schema schema;
  schema.fields = {{.name = "from", .type = Type::string},
                   {.name = "to", .type = Type::string},
                   {.name = "customers", .type = Type::int64},
                   {.name = "share", .type = Type::float64}};
  return schema;
}

data::Batch transitions_table(const compare::TransitionTable& table, data::Type segment) {
  using Kind = compare::State::Kind;
  std::map<compare::State, std::int64_t> totals;
  for (const auto& one : table.transitions) totals[one.from] += one.rows;
  const auto text = [&](const compare::State& state, const char* absent) -> std::string {
    if (state.kind == Kind::absent) return absent;
    if (state.kind == Kind::missing) return "missing";
    if (table.dictionary) return std::string((*table.dictionary)[static_cast<std::int32_t>(state.value)]);
    if (segment == Type::boolean) return state.value != 0 ? "true" : "false";
    return std::to_string(state.value);
  };
  data::Strings from, to;
  std::vector<std::int64_t> customers;
  std::vector<double> shares;
  for (const auto& one : table.transitions) {
    from.push_back(text(one.from, "new"));
    to.push_back(text(one.to, "gone"));
    customers.push_back(one.rows);
    shares.push_back(share(one.rows, totals[one.from]));
  }
  Columns columns(transitions_schema());
  columns.add(std::move(from));
  columns.add(std::move(to));
  columns.add(std::move(customers));
  columns.add(std::move(shares));
  return columns.take();
}

}  // namespace fullbase::jobs
