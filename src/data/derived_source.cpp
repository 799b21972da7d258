#include "data/derived_source.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace fullbase::data {
namespace {

Schema extended(const Schema& schema, const std::vector<Derivation>& derivations, const ExpressionEnvironment& environment,
                std::vector<BoundExpression>& bound) {
  Schema result = schema;
  for (const Derivation& derivation : derivations) {
    if (result.find(derivation.name)) {
      throw base::job_file_error(fmt::format("there is a column '{}' already", derivation.name), {},
                                 "give the derived column another name");
    }
    bound.push_back(BoundExpression::bind(derivation.expression, result, environment));
    Field field = bound.back().field();
    field.name = derivation.name;
    result.fields.push_back(std::move(field));
  }
  return result;
}

Column renamed(Column column, const Field& field) {
  return {field, std::move(column.values()), std::move(column.mask()), column.dictionary()};
}

}  // namespace

Schema derived_schema(const Schema& schema, const std::vector<Derivation>& derivations,
                      const ExpressionEnvironment& environment) {
  std::vector<BoundExpression> bound;
  return extended(schema, derivations, environment, bound);
}

DerivedSource::DerivedSource(const BlockSource& source, const std::vector<Derivation>& derivations,
                             const ExpressionEnvironment& environment, const BoundExpression* where)
    : source_(source), where_(where), schema_(extended(source.schema(), derivations, environment, derived_)) {}

DictionaryPointer DerivedSource::dictionary(int column) const {
  const int own = source_.schema().columns();
  if (column < own) return source_.dictionary(column);
  const auto plain = derived_.at(static_cast<std::size_t>(column - own)).plain_column();
  return plain ? dictionary(*plain) : nullptr;
}

Batch DerivedSource::read(base::RowRange rows, std::span<const int> columns) const {
  const int own = source_.schema().columns();
  // Derived columns need earlier ones only, so one sweep from the last to the first finds everything that is needed.
  std::vector<bool> needed(static_cast<std::size_t>(schema_.columns()));
  for (const int column : columns) needed.at(static_cast<std::size_t>(column)) = true;
  for (int column = schema_.columns() - 1; column >= own; --column) {
    if (!needed[static_cast<std::size_t>(column)]) continue;
    for (const int operand : derived_[static_cast<std::size_t>(column - own)].columns()) {
      needed[static_cast<std::size_t>(operand)] = true;
    }
  }
  const bool any_derived = std::find(needed.begin() + own, needed.end(), true) != needed.end();
  if (any_derived && where_ != nullptr) {
    for (const int operand : where_->columns()) needed[static_cast<std::size_t>(operand)] = true;
  }
  std::vector<int> present;
  for (int column = 0; column < own; ++column) {
    if (needed[static_cast<std::size_t>(column)]) present.push_back(column);
  }
  Batch batch = source_.read(rows, present);
  std::vector<std::uint8_t> taking_part;
  if (any_derived && where_ != nullptr) {
    taking_part.resize(static_cast<std::size_t>(rows.size()));
    for (const auto row : where_->select(batch, present)) taking_part[static_cast<std::size_t>(row)] = 1;
  }
  for (int column = own; column < schema_.columns(); ++column) {
    if (!needed[static_cast<std::size_t>(column)]) continue;
    const auto& expression = derived_[static_cast<std::size_t>(column - own)];
    batch.columns.push_back(renamed(expression.evaluate(batch, present, taking_part), schema_[column]));
    present.push_back(column);
  }

  Batch result{.rows = rows, .columns = {}};
  result.columns.reserve(columns.size());
  for (std::size_t i = 0; i < columns.size(); ++i) {
    Column& from = batch.columns.at(static_cast<std::size_t>(std::ranges::find(present, columns[i]) - present.begin()));
    const bool again = std::ranges::find(columns.subspan(i + 1), columns[i]) != columns.end();
    result.columns.push_back(again ? from : std::move(from));
  }
  return result;
}

}  // namespace fullbase::data
