#include "cli/changes_since.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "algorithms/compare/changed_rows.hpp"
#include "base/error.hpp"
#include "base/size.hpp"
#include "data/budget.hpp"

namespace fullbase::cli {
namespace {

std::vector<compare::CommonColumn> compared_columns(const data::BlockSource& earlier, const data::BlockSource& later,
                                                    const std::vector<compare::CommonColumn>& keys,
                                                    const std::vector<int>& columns) {
  std::vector<compare::CommonColumn> compared;
  for (const int column : columns) {
    const auto& field = later.schema()[column];
    if (std::ranges::any_of(keys, [&](const auto& key) { return key.after == column; })) continue;
    const auto before = earlier.schema().find(field.name);
    auto common = before ? compare::common_column(earlier, *before, later, column) : std::nullopt;
    if (!common) {
      throw base::input_error(fmt::format("'{}' is {} here and {} in {}", field.name, data::type_text(field),
                                          before ? data::type_text(earlier.schema()[*before]) : "not there", earlier.name()),
                              later.name(), "export the whole table once, or leave the column out with --columns");
    }
    compared.push_back(std::move(*common));
  }
  return compared;
}

void require_keys(const data::BlockSource& later, const std::vector<compare::CommonColumn>& keys,
                  const std::vector<int>& columns) {
  for (const auto& key : keys) {
    if (std::ranges::find(columns, key.after) == columns.end())
      throw base::usage_error(fmt::format("the key '{}' is not among the columns", key.field.name), "--columns: " + later.name(),
                              "changes are of no use without their keys");
  }
}

std::string counts_of(const compare::ChangedRows& changed) {
  const auto added = std::ranges::count(changed.changes, compare::Change::added);
  auto text =
      fmt::format("{} added, {} changed, {} removed", base::format_count(added),
                  base::format_count(std::ssize(changed.changes) - added), base::format_count(std::ssize(changed.removed)));
  if (changed.without_key > 0)
    text += fmt::format("; {} rows without a key are left out", base::format_count(changed.without_key));
  return text;
}

}  // namespace

ChangesSince changes_since(comm::Communicator& communicator, std::unique_ptr<data::BlockSource> earlier,
                           std::unique_ptr<data::BlockSource> later, const std::vector<std::string>& keys,
                           const std::vector<int>& columns, std::int64_t memory) {
  compare::ComparedTables tables{*earlier, *later, compare::key_columns(*earlier, *later, keys), {}, std::nullopt};
  require_keys(*later, tables.keys, columns);
  tables.columns = compared_columns(*earlier, *later, tables.keys, columns);
  data::Budget budget(memory);
  auto changed = compare::changed_rows(communicator, tables, budget);
  auto counts = counts_of(changed);
  auto table = std::make_unique<compare::ChangedTable>(tables, columns, std::move(changed));
  return {std::move(earlier), std::move(later), std::move(table), std::move(counts)};
}

}  // namespace fullbase::cli
