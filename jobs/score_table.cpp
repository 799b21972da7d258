#include "jobs/score_table.hpp"

#include <fmt/format.h>

#include <array>

#include "algorithms/learning/target.hpp"
#include "base/contract.hpp"
#include "base/error.hpp"
#include "base/size.hpp"
#include "comm/agreement.hpp"
#include "data/type_kinds.hpp"
#include "parallel/scan.hpp"

namespace fullbase::jobs {
namespace {

constexpr const char* advice = "name the table `scores` of the step that wrote the rows";

bool is_class(const data::Column& column, std::int64_t row, const std::string& text) {
  if (column.is_missing(row)) return false;
  return data::is_text(column.field().type) ? column.text(row) == text : class_text(column, row) == text;
}

/// Of keys of one type.
bool is_same(const data::Column& a, std::int64_t row, const data::Column& b, std::int64_t other) {
  if (a.is_missing(row) || b.is_missing(other)) return a.is_missing(row) == b.is_missing(other);
  if (data::is_text(a.field().type)) return a.text(row) == b.text(other);
  if (a.field().type == data::Type::int64)
    return a.int64s()[static_cast<std::size_t>(row)] == b.int64s()[static_cast<std::size_t>(other)];
  return a.number(row) == b.number(other);
}

}  // namespace

std::string class_text(const data::Column& column, std::int64_t row) {
  const auto at = static_cast<std::size_t>(row);
  switch (column.field().type) {
    case data::Type::boolean:
      return column.bools()[at] != 0 ? "true" : "false";
    case data::Type::int64:
      return std::to_string(column.int64s()[at]);
    default:
      return std::string(column.text(row));
  }
}

std::optional<int> ScoreTable::key_column(const data::Schema& rows, const data::Schema& scores) {
  for (int column = 0; column < scores.columns(); ++column) {
    const auto& field = scores[column];
    if (field.name == "class" || field.name == "score") continue;
    const auto own = rows.find(field.name);
    if (own && rows[*own].type == field.type) return column;
  }
  return std::nullopt;
}

ScoreTable::ScoreTable(comm::Communicator& communicator, const data::BlockSource& rows, const data::BlockSource& scores)
    : rows_(rows), scores_(scores) {
  const auto count = rows.rows() == 0 ? 0 : scores.rows() / rows.rows();
  if (count * rows.rows() != scores.rows() || (rows.rows() > 0 && count < 2) || count > learning::most_classes)
    throw base::input_error(fmt::format("{} rows are not one for each class of each of {} rows of {}",
                                        base::format_count(scores.rows()), base::format_count(rows.rows()), rows.name()),
                            scores.name(), advice)
        .known_to_all();
  if (count == 0) return;
  const int column = scores.schema().at("class", scores.name());
  classes_ = comm::collective_try(communicator, "classes of the scores", [&] {
    const auto first = scores.read({0, count}, std::span(&column, 1));
    std::vector<std::string> names;
    for (std::int64_t row = 0; row < count; ++row) names.push_back(class_text(first[0], row));
    return names;
  });
}

void ScoreTable::read(base::RowRange rows, std::span<const int> output_of, int outputs, std::span<double> into) const {
  const auto count = std::ssize(classes_);
  const auto& schema = scores_.schema();
  const auto key_there = key_column(rows_.schema(), schema);
  FULLBASE_EXPECTS(key_there, "rows and their scores have a key in common");
  const std::array<int, 3> wanted = {*key_there, schema.at("class", scores_.name()), schema.at("score", scores_.name())};
  const int key = rows_.schema().at(schema[*key_there].name, rows_.name());
  parallel::scan(scores_, {rows.first * count, rows.last * count}, wanted, [&](data::Batch&& batch, int) {
    const base::RowRange about{batch.rows.first / count, (batch.rows.last + count - 1) / count};
    const auto keys = rows_.read(about, std::span(&key, 1));
    for (std::int64_t i = 0; i < batch.rows.size(); ++i) {
      const auto row = (batch.rows.first + i) / count;
      const auto c = static_cast<std::size_t>((batch.rows.first + i) % count);
      if (!is_class(batch[1], i, classes_[c]) || !is_same(batch[0], i, keys[0], row - about.first))
        throw base::input_error(
            fmt::format("row {} does not speak of class '{}' of row {} of {}", scores_.source_row(batch.rows.first + i),
                        classes_[c], rows_.source_row(row), rows_.name()),
            scores_.name(), advice);
      into[static_cast<std::size_t>((row - rows.first) * outputs + output_of[c])] = batch[2].number(i);
    }
  });
}

}  // namespace fullbase::jobs
