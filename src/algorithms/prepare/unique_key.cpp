#include "algorithms/prepare/unique_key.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

#include "algorithms/prepare/key_passes.hpp"
#include "base/error.hpp"
#include "base/size.hpp"
#include "comm/agreement.hpp"
#include "comm/shuffle.hpp"

namespace fullbase::prepare {
namespace {

constexpr std::int64_t none = std::numeric_limits<std::int64_t>::max();

std::string shown(const data::Column& column, std::int64_t row) {
  const auto type = column.field().type;
  if (type == data::Type::string || type == data::Type::category) return fmt::format("'{}'", column.text(row));
  if (type == data::Type::int64) return fmt::format("{}", column.int64s()[static_cast<std::size_t>(row)]);
  return fmt::format("{}", column.number(row));
}

std::string shown(std::span<const data::Column> keys, std::int64_t row) {
  if (keys.size() == 1) return shown(keys.front(), row);
  std::vector<std::string> parts;
  for (const auto& key : keys) parts.push_back(shown(key, row));
  return fmt::format("({})", fmt::join(parts, ", "));
}

/// What repeats, on one rank or on all.
struct Repeats {
  std::int64_t rows = 0;        ///< that repeat an earlier one's key
  std::int64_t first = none;    ///< the first of them
  std::int64_t earlier = none;  ///< the row whose key it repeats
  std::string key;
};

void look_through(const data::Batch& groups, std::span<const int> keys, Repeats& repeats) {
  const auto starts = comm::group_starts(groups, keys);
  const auto& numbers = groups.columns.back().int64s();
  for (std::size_t g = 0; g + 1 < starts.size(); ++g) {
    if (starts[g + 1] - starts[g] < 2) continue;
    repeats.rows += starts[g + 1] - starts[g] - 1;
    // Rows of equal keys come in the order of the source.
    const auto second = numbers[static_cast<std::size_t>(starts[g] + 1)];
    if (second >= repeats.first) continue;
    repeats.first = second;
    repeats.earlier = numbers[static_cast<std::size_t>(starts[g])];
    repeats.key = shown(std::span(groups.columns.data(), keys.size()), starts[g]);
  }
}

std::string place(const data::BlockSource& source, std::span<const int> columns) {
  std::vector<std::string> names;
  for (const int column : columns) names.push_back(source.schema()[column].name);
  return names.size() == 1 ? fmt::format("{}.{}", source.name(), names.front())
                           : fmt::format("{}.({})", source.name(), fmt::join(names, ", "));
}

}  // namespace

std::string row_number(std::int64_t source_row) {
  return fmt::format("row {}", source_row);
}

void require_unique(comm::Communicator& communicator, const data::BlockSource& source, std::span<const int> columns,
                    data::Budget& budget, std::string_view advice, const RowName& name) {
  const auto is_float = [&](int column) {
    const auto type = source.schema()[column].type;
    return type == data::Type::float32 || type == data::Type::float64;
  };
  if (std::ranges::any_of(columns, is_float)) return;
  KeyPasses passes(communicator, source, {.keys = {columns.begin(), columns.end()}}, budget);
  std::vector<int> keys(columns.size());
  std::iota(keys.begin(), keys.end(), 0);
  Repeats repeats;
  for (std::int64_t pass = 0; pass < passes.passes(); ++pass) {
    auto rows = comm::collective_try(communicator, "read keys", [&] { return passes.read(pass); });
    const auto groups =
        comm::shuffle(communicator, std::move(rows), {.keys = keys, .whole_groups = static_cast<int>(keys.size())});
    look_through(groups.batch, keys, repeats);
  }
  const auto first = communicator.min_value(repeats.first);
  const auto repeating = communicator.sum_value(repeats.rows);
  comm::collective_try(communicator, "unique key", [&] {
    if (first == none || repeats.first != first) return;
    throw base::input_error(fmt::format("{} row{} the key of an earlier one; the first is {} with {}, the key of {}",
                                        base::format_count(repeating), repeating == 1 ? " repeats" : "s repeat",
                                        name(source.source_row(first)), repeats.key, name(source.source_row(repeats.earlier))),
                            place(source, columns), std::string(advice));
  });
}

void require_unique(comm::Communicator& communicator, const data::BlockSource& source, int column, data::Budget& budget) {
  require_unique(communicator, source, std::span(&column, 1), budget,
                 "keep one row a key, or leave the key out by the `columns` of a select step");
}

}  // namespace fullbase::prepare
