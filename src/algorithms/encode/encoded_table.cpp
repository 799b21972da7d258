#include "algorithms/encode/encoded_table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "base/error.hpp"

namespace fullbase::encode {
namespace {

/// Place of the plan for a column; -1: none.
int plan_of(const std::vector<Plan>& plans, const std::string& column) {
  const auto found = std::ranges::find(plans, column, &Plan::column);
  return found == plans.end() ? -1 : static_cast<int>(found - plans.begin());
}

std::vector<Plan> plans_of(const std::vector<Encoding>& encodings) {
  std::vector<Plan> plans;
  for (const auto& encoding : encodings) plans.push_back(encoding.plan);
  return plans;
}

}  // namespace

data::Schema encoded_schema(const data::Schema& schema, const std::vector<Plan>& plans) {
  data::Schema result;
  for (const auto& field : schema.fields) {
    const int plan = plan_of(plans, field.name);
    if (plan < 0) {
      result.fields.push_back(field);
      continue;
    }
    switch (plans[static_cast<std::size_t>(plan)].method) {
      case Method::ordinal:
        result.fields.push_back({.name = field.name, .type = data::Type::int64, .nullable = true});
        break;
      case Method::frequency:
        result.fields.push_back({.name = field.name, .type = data::Type::float64, .nullable = true});
        break;
      case Method::one_hot:
        for (const auto& value : plans[static_cast<std::size_t>(plan)].values)
          result.fields.push_back({.name = field.name + "_" + value, .type = data::Type::boolean});
        result.fields.push_back({.name = field.name + "_other", .type = data::Type::boolean});
        break;
    }
  }
  if (!schema.key.empty() && plan_of(plans, schema.key) < 0) result.key = schema.key;
  return result;
}

EncodedTable::EncodedTable(const data::BlockSource& source, const std::vector<Encoding>& encodings, const Places& places)
    : source_(source), encodings_(encodings), places_(places), schema_(encoded_schema(source.schema(), plans_of(encodings))) {
  const auto plans = plans_of(encodings);
  for (int column = 0; column < source.schema().columns(); ++column) {
    const int encoding = plan_of(plans, source.schema()[column].name);
    if (encoding < 0) {
      made_.push_back({.source = column});
      continue;
    }
    const auto& plan = plans[static_cast<std::size_t>(encoding)];
    const int parts = plan.method == Method::one_hot ? static_cast<int>(plan.values.size()) + 1 : 1;
    for (int part = 0; part < parts; ++part) made_.push_back({.encoding = encoding, .part = part});
  }
  for (const auto& encoding : encodings) {
    const int column = source.schema().at(encoding.plan.column, source.name());
    read_.push_back(column);
    known_.emplace_back(encoding.values, source.schema()[column].type, source.dictionary(column));
  }
}

data::DictionaryPointer EncodedTable::dictionary(int column) const {
  const int source = source_column(column);
  return source < 0 ? nullptr : source_.dictionary(source);
}

data::Batch EncodedTable::read(base::RowRange rows, std::span<const int> columns) const {
  std::vector<int> read;
  std::map<int, std::size_t> place_in_read;
  const auto want = [&](int column) {
    if (place_in_read.emplace(column, read.size()).second) read.push_back(column);
  };
  for (const int column : columns) {
    const auto& made = made_[static_cast<std::size_t>(column)];
    want(made.source >= 0 ? made.source : read_[static_cast<std::size_t>(made.encoding)]);
  }
  auto batch = source_.read(rows, read);
  std::map<int, std::vector<std::int32_t>> places;
  for (const int column : columns) {
    const int encoding = made_[static_cast<std::size_t>(column)].encoding;
    if (encoding < 0 || places.contains(encoding)) continue;
    const auto at = static_cast<std::size_t>(encoding);
    places[encoding] = known_[at].places_of(batch[place_in_read.at(read_[at])]);
    require_places(places[encoding], at, rows);
  }
  data::Batch result{.rows = rows, .columns = {}};
  for (const int column : columns) {
    const auto& made = made_[static_cast<std::size_t>(column)];
    result.columns.push_back(made.source >= 0 ? batch[place_in_read.at(made.source)]
                                              : encoded(schema_[column], made, places.at(made.encoding)));
  }
  return result;
}

void EncodedTable::require_places(const std::vector<std::int32_t>& places, std::size_t encoding, base::RowRange rows) const {
  const auto& name = encodings_[encoding].plan.column;
  const auto require = [&](const Otherwise& otherwise, std::int32_t place, const char* problem, const char* option) {
    if (otherwise.kind != Otherwise::Kind::error) return;
    const auto found = std::ranges::find(places, place);
    if (found == places.end()) return;
    throw base::input_error(
        problem, fmt::format("{}.{}[{}]", source_.name(), name, source_.source_row(rows.first + (found - places.begin()))),
        fmt::format("`{}: missing`, or a number, gives such values a place", option));
  };
  require(places_.missing, KnownValues::missing, "the value is missing", "missing");
  require(places_.unseen, KnownValues::unseen, "the value has no code", "unseen");
}

data::Column EncodedTable::encoded(const data::Field& field, const Made& made, const std::vector<std::int32_t>& places) const {
  const auto& encoding = encodings_[static_cast<std::size_t>(made.encoding)];
  if (encoding.plan.method == Method::one_hot) {
    const auto wanted = made.part == std::ssize(encoding.values) ? KnownValues::unseen : made.part;
    std::vector<std::uint8_t> values(places.size());
    for (std::size_t i = 0; i < places.size(); ++i) values[i] = places[i] == wanted ? 1 : 0;
    return {field, std::move(values)};
  }
  const auto code = [&](std::int32_t place) {
    if (place >= 0) return encoding.codes[static_cast<std::size_t>(place)];
    const auto& otherwise = place == KnownValues::missing ? places_.missing : places_.unseen;
    return otherwise.kind == Otherwise::Kind::number ? otherwise.number : data::missing_float64;
  };
  std::vector<double> codes(places.size());
  std::ranges::transform(places, codes.begin(), code);
  if (encoding.plan.method == Method::frequency) return {field, std::move(codes)};
  std::vector<std::int64_t> numbers(codes.size());
  std::vector<std::uint8_t> mask(codes.size());
  bool any = false;
  for (std::size_t i = 0; i < codes.size(); ++i) {
    mask[i] = codes[i] != codes[i] ? 1 : 0;
    any = any || mask[i] != 0;
    numbers[i] = mask[i] != 0 ? 0 : static_cast<std::int64_t>(codes[i]);
  }
  if (!any) mask.clear();
  return {field, std::move(numbers), std::move(mask)};
}

}  // namespace fullbase::encode
