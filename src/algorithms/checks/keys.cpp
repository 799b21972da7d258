#include <algorithm>
#include <numeric>
#include <utility>

#include "algorithms/checks/findings.hpp"
#include "algorithms/checks/lowest_rows.hpp"
#include "algorithms/prepare/key_shares.hpp"
#include "base/block.hpp"
#include "comm/agreement.hpp"
#include "comm/own_rows.hpp"
#include "comm/shuffle.hpp"
#include "data/type_kinds.hpp"
#include "parallel/scan.hpp"

namespace fullbase::checks {
namespace {

/// Of a row while it is shuffled by one column of numbers, its row number and the side that it comes from.
constexpr std::int64_t bytes_a_row = 112;
constexpr std::int64_t bytes_a_column = 24;
/// A text lies in an array that doubles, is sent, received and put in order.
constexpr std::int64_t copies_of_a_text = 4;

/// The field of a key while it is shuffled: texts whichever way they are kept, so that two tables' keys meet.
data::Field key_field(data::Field field, std::size_t place) {
  field.name = "_key" + std::to_string(place);
  if (is_text(field.type)) field.type = data::Type::string;
  field.nullable = false;
  return field;
}

/// One side of the rows that are shuffled together.
struct Side {
  const data::BlockSource& source;
  std::vector<int> columns;
  std::uint8_t number;
  base::RowRange rows;  ///< this rank's
};

/// Appends row `row`, which is not missing, to a column of key_field().
void append_key(data::Column& keys, const data::Column& from, std::int64_t row) {
  const auto at = static_cast<std::size_t>(row);
  switch (from.field().type) {
    case data::Type::string:
    case data::Type::category:
      keys.strings().push_back(from.text(row));
      break;
    case data::Type::boolean:
      std::get<std::vector<std::uint8_t>>(keys.values()).push_back(from.bools()[at]);
      break;
    case data::Type::date:
      std::get<std::vector<std::int32_t>>(keys.values()).push_back(from.int32s()[at]);
      break;
    default:
      std::get<std::vector<std::int64_t>>(keys.values()).push_back(from.int64s()[at]);
  }
}

/// Bytes that this rank's rows of a side take in a single pass, by the texts of their first piece.
std::int64_t side_bytes(const Side& side) {
  if (side.rows.empty()) return 0;
  std::int64_t a_row = bytes_a_row + bytes_a_column * std::ssize(side.columns);
  const auto batch =
      side.source.read({side.rows.first, std::min(side.rows.last, side.rows.first + parallel::scan_group_rows)}, side.columns);
  for (const auto& column : batch.columns) {
    if (!is_text(column.field().type)) continue;
    std::int64_t bytes = 0;
    for (std::int64_t row = 0; row < column.rows(); ++row) bytes += std::ssize(column.text(row));
    a_row += copies_of_a_text * (8 + (bytes + column.rows() - 1) / column.rows());
  }
  return a_row * side.rows.size();
}

/// Adds a side's rows whose keys are there and are in the share.
void add_keys(const Side& side, const prepare::KeyShares& shares, std::int64_t share, data::Batch& keys) {
  const auto columns = side.columns.size();
  auto& sides = std::get<std::vector<std::uint8_t>>(keys.columns[columns].values());
  auto& numbers = std::get<std::vector<std::int64_t>>(keys.columns[columns + 1].values());
  for (std::int64_t first = side.rows.first; first < side.rows.last; first += parallel::scan_group_rows) {
    const auto batch = side.source.read({first, std::min(side.rows.last, first + parallel::scan_group_rows)}, side.columns);
    for (std::int64_t row = 0; row < batch.rows.size(); ++row) {
      if (std::any_of(batch.columns.begin(), batch.columns.end(), [&](const auto& column) { return column.is_missing(row); }))
        continue;
      if (!shares.holds(share, batch.columns, row)) continue;
      for (std::size_t c = 0; c < columns; ++c) append_key(keys.columns[c], batch.columns[c], row);
      sides.push_back(side.number);
      numbers.push_back(first + row);
    }
  }
  keys.rows.last = std::ssize(numbers);
}

data::Batch empty_keys(const Side& side) {
  data::Batch keys;
  for (std::size_t c = 0; c < side.columns.size(); ++c)
    keys.columns.emplace_back(key_field(side.source.schema()[side.columns[c]], c), 0);
  keys.columns.emplace_back(data::Field{.name = "_side", .type = data::Type::boolean}, 0);
  keys.columns.emplace_back(data::Field{.name = "_row", .type = data::Type::int64}, 0);
  return keys;
}

/// Collective. Calls look(side, row) of every row of each group of equal keys, in the order (side, row), after begin().
template <class Begin, class Look>
void for_groups(comm::Communicator& communicator, const std::vector<Side>& sides, data::Budget& budget, Begin&& begin,
                Look&& look) {
  const auto bytes = comm::collective_try(communicator, "read keys", [&] {
    return std::accumulate(sides.begin(), sides.end(), std::int64_t{0},
                           [](std::int64_t sum, const Side& side) { return sum + side_bytes(side); });
  });
  const auto shares = prepare::KeyShares::cut(communicator, bytes, budget);
  const int columns = static_cast<int>(sides.front().columns.size());
  std::vector<int> keys(static_cast<std::size_t>(columns));
  std::iota(keys.begin(), keys.end(), 0);
  auto order = keys;
  // Among equal keys the side and the row decide: the order in which ranks hold rows is another one where sides are two.
  order.insert(order.end(), {columns, columns + 1});
  for (std::int64_t share = 0; share < shares.count(); ++share) {
    auto rows = comm::collective_try(communicator, "read keys", [&] {
      auto batch = empty_keys(sides.front());
      for (const auto& side : sides) add_keys(side, shares, share, batch);
      return batch;
    });
    const auto groups = comm::shuffle(communicator, std::move(rows), {.keys = order, .whole_groups = columns});
    const auto starts = comm::group_starts(groups.batch, keys);
    const auto side = groups.batch.columns[keys.size()].bools();
    const auto number = groups.batch.columns[keys.size() + 1].int64s();
    for (std::size_t g = 0; g + 1 < starts.size(); ++g) {
      begin();
      for (auto row = starts[g]; row < starts[g + 1]; ++row)
        look(side[static_cast<std::size_t>(row)], number[static_cast<std::size_t>(row)]);
    }
  }
}

base::RowRange own_rows(comm::Communicator& communicator, const data::BlockSource& source) {
  return comm::own_rows(communicator, source.rows());
}

}  // namespace

Finding repeated_keys(comm::Communicator& communicator, const data::BlockSource& source, std::span<const int> columns,
                      data::Budget& budget) {
  LowestRows repeats;
  bool is_first = true;
  for_groups(
      communicator, {{source, {columns.begin(), columns.end()}, 0, own_rows(communicator, source)}}, budget,
      [&] { is_first = true; },
      [&](std::uint8_t, std::int64_t row) {
        if (!std::exchange(is_first, false)) repeats.add(row);
      });
  return repeats.united(communicator);
}

Finding unknown_keys(comm::Communicator& communicator, const data::BlockSource& source, int column,
                     const data::BlockSource& reference, int reference_column, data::Budget& budget) {
  LowestRows unknown;
  bool is_known = false;
  const std::vector<Side> sides = {{reference, {reference_column}, 0, own_rows(communicator, reference)},
                                   {source, {column}, 1, own_rows(communicator, source)}};
  for_groups(
      communicator, sides, budget, [&] { is_known = false; },
      [&](std::uint8_t side, std::int64_t row) {
        if (side == 0)
          is_known = true;
        else if (!is_known)
          unknown.add(row);
      });
  return unknown.united(communicator);
}

}  // namespace fullbase::checks
