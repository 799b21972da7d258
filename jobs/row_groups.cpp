#include "jobs/row_groups.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <span>
#include <utility>

#include "algorithms/compare/group_labels.hpp"
#include "base/contract.hpp"
#include "base/error.hpp"
#include "base/size.hpp"
#include "comm/agreement.hpp"
#include "comm/own_rows.hpp"
#include "parallel/scan.hpp"

namespace fullbase::jobs {
namespace {

using compare::GroupLabels;

/// The values of the rows of one group, `of_row` a row.
template <class T>
std::vector<T> taken(const std::vector<T>& values, const std::vector<std::size_t>& rows, std::size_t of_row) {
  std::vector<T> result;
  if (values.empty()) return result;
  result.reserve(rows.size() * of_row);
  for (const auto row : rows) {
    const auto first = values.begin() + static_cast<std::ptrdiff_t>(row * of_row);
    result.insert(result.end(), first, first + static_cast<std::ptrdiff_t>(of_row));
  }
  return result;
}

}  // namespace

RowGroups read_groups(comm::Communicator& communicator, const data::BlockSource& source, std::string_view column,
                      const EvaluatedRows& rows, data::Budget& budget) {
  const int position = source.schema().at(column, source.name());
  const auto local = comm::own_rows(communicator, source.rows());
  FULLBASE_EXPECTS(std::ssize(rows.kept) == local.size(), "an evaluation says which of its rows it keeps");
  const auto labels = GroupLabels::build(communicator, {&source, position}, {&source, position}, budget);
  RowGroups groups;
  groups.reservation = comm::collective_try(communicator, "groups", [&] {
    auto reserved = budget.require(4 * local.size(), "the groups of this rank's rows");
    groups.codes.resize(rows.kept.size());
    if (labels) {
      parallel::scan(source, local, std::span(&position, 1), [&](data::Batch&& batch, int) {
        std::ranges::copy(labels->codes(GroupLabels::NightOf::before, batch[0]),
                          groups.codes.begin() + static_cast<std::ptrdiff_t>(batch.rows.first - local.first));
      });
    }
    return reserved;
  });
  std::vector<std::int64_t> counts(labels ? static_cast<std::size_t>(labels->size()) + 1 : 0);
  std::size_t kept = 0;
  for (std::size_t i = 0; i < rows.kept.size() && labels; ++i) {
    if (rows.kept[i] == 0) continue;
    ++counts[static_cast<std::size_t>(groups.codes[i])];
    groups.codes[kept++] = groups.codes[i];
  }
  groups.codes.resize(kept);
  communicator.sum(std::span(counts));
  const auto met = std::ranges::count_if(counts, [](std::int64_t count) { return count > 0; });
  if (!labels || met > RowGroups::most)
    throw base::input_error(
        fmt::format("the column has {} different values",
                    labels ? base::format_count(met) : "more than " + base::format_count(GroupLabels::most)),
        fmt::format("{}.{}", source.name(), column),
        fmt::format("up to {} groups are measured: derive fewer in a select step", base::format_count(RowGroups::most)))
        .known_to_all();
  std::vector<std::int32_t> group_of(counts.size(), -1);
  for (std::size_t code = 0; code < counts.size(); ++code) {
    if (counts[code] == 0) continue;
    group_of[code] = static_cast<std::int32_t>(groups.names.size());
    groups.names.push_back(labels->text(static_cast<std::int32_t>(code)));
    groups.rows.push_back(counts[code]);
  }
  for (auto& code : groups.codes) code = group_of[static_cast<std::size_t>(code)];
  return groups;
}

EvaluatedRows rows_of_group(comm::Communicator& communicator, const EvaluatedRows& rows, const RowGroups& groups,
                            std::size_t group, data::Budget& budget) {
  EvaluatedRows result;
  result.classes = rows.classes;
  result.outputs = rows.outputs;
  result.rows = groups.rows[group];
  result.reservation = comm::collective_try(communicator, "rows of a group", [&] {
    const auto count = std::ranges::count(groups.codes, static_cast<std::int32_t>(group));
    auto reserved = budget.require(count * (24 + 8 * rows.outputs), "the rows of one group");
    std::vector<std::size_t> own;
    for (std::size_t i = 0; i < groups.codes.size(); ++i) {
      if (groups.codes[i] == static_cast<std::int32_t>(group)) own.push_back(i);
    }
    result.labels = taken(rows.labels, own, 1);
    result.predicted = taken(rows.predicted, own, 1);
    result.label_values = taken(rows.label_values, own, 1);
    result.predicted_values = taken(rows.predicted_values, own, 1);
    result.scores = taken(rows.scores, own, static_cast<std::size_t>(rows.outputs));
    return reserved;
  });
  return result;
}

}  // namespace fullbase::jobs
