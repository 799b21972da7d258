#include "algorithms/prepare/unique_key.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/block.hpp"
#include "base/error.hpp"
#include "base/hash.hpp"
#include "base/size.hpp"
#include "comm/agreement.hpp"
#include "comm/shuffle.hpp"
#include "data/row_selection.hpp"
#include "parallel/scan.hpp"

namespace fullbase::prepare {
namespace {

constexpr std::int64_t none = std::numeric_limits<std::int64_t>::max();
/// Of a key and its row number while they are shuffled.
constexpr std::int64_t bytes_a_row = 96;
/// A text lies in an array that doubles, is sent, received and put in order.
constexpr std::int64_t copies_of_a_text = 4;
constexpr std::int64_t piece = parallel::scan_group_blocks * base::block_rows;
constexpr std::int64_t least_bytes = std::int64_t{1} << 20;

std::uint64_t hash_of(const data::Column& column, std::int64_t row) {
  const auto at = static_cast<std::size_t>(row);
  switch (column.field().type) {
    case data::Type::string:
    case data::Type::category: {
      const auto text = column.text(row);
      return base::xxh3(std::as_bytes(std::span(text.data(), text.size())));
    }
    case data::Type::boolean:
      return base::xxh3(std::as_bytes(std::span(&column.bools()[at], 1)));
    case data::Type::date:
      return base::xxh3(std::as_bytes(std::span(&column.int32s()[at], 1)));
    default:
      return base::xxh3(std::as_bytes(std::span(&column.int64s()[at], 1)));
  }
}

std::string shown(const data::Column& column, std::int64_t row) {
  const auto type = column.field().type;
  if (type == data::Type::string || type == data::Type::category) return fmt::format("'{}'", column.text(row));
  if (type == data::Type::int64) return fmt::format("{}", column.int64s()[static_cast<std::size_t>(row)]);
  return fmt::format("{}", column.number(row));
}

/// Bytes that a row of this rank takes in a pass, by the texts of its first piece.
std::int64_t row_bytes(const data::BlockSource& source, int column, base::RowRange rows) {
  if (source.schema()[column].type != data::Type::string || rows.empty()) return bytes_a_row;
  const auto batch = source.read({rows.first, std::min(rows.last, rows.first + piece)}, std::span(&column, 1));
  return bytes_a_row + copies_of_a_text * std::ssize(batch[0].strings().bytes()) / batch.rows.size();
}

/// The keys of this rank's rows whose hash is `pass` modulo `passes`, and their row numbers.
data::Batch keys_of_pass(const data::BlockSource& source, int column, base::RowRange rows, std::int64_t passes,
                         std::int64_t pass) {
  data::Column keys(source.schema()[column], 0, source.dictionary(column));
  std::vector<std::int64_t> numbers;
  std::vector<std::int32_t> chosen;
  for (std::int64_t first = rows.first; first < rows.last; first += piece) {
    const auto batch = source.read({first, std::min(rows.last, first + piece)}, std::span(&column, 1));
    const auto& values = batch.columns.front();
    chosen.clear();
    for (std::int64_t row = 0; row < values.rows(); ++row) {
      if (passes > 1 && hash_of(values, row) % static_cast<std::uint64_t>(passes) != static_cast<std::uint64_t>(pass)) continue;
      chosen.push_back(static_cast<std::int32_t>(row));
      numbers.push_back(first + row);
    }
    const auto taken = data::take_rows(values, chosen);
    keys.append_from(taken, 0, taken.rows());
  }
  data::Batch result;
  result.rows = {0, keys.rows()};
  result.columns.push_back(std::move(keys));
  result.columns.emplace_back(data::Field{.name = "_row", .type = data::Type::int64}, std::move(numbers));
  return result;
}

/// What repeats, on one rank or on all.
struct Repeats {
  std::int64_t rows = 0;        ///< that repeat an earlier one's key
  std::int64_t first = none;    ///< the first of them
  std::int64_t earlier = none;  ///< the row whose key it repeats
  std::string key;
};

void look_through(const data::Batch& groups, Repeats& repeats) {
  const int keys = 0;
  const auto starts = comm::group_starts(groups, std::span(&keys, 1));
  const auto& numbers = groups.columns[1].int64s();
  for (std::size_t g = 0; g + 1 < starts.size(); ++g) {
    if (starts[g + 1] - starts[g] < 2) continue;
    repeats.rows += starts[g + 1] - starts[g] - 1;
    // Rows of equal keys come in the order of the source.
    const auto second = numbers[static_cast<std::size_t>(starts[g] + 1)];
    if (second >= repeats.first) continue;
    repeats.first = second;
    repeats.earlier = numbers[static_cast<std::size_t>(starts[g])];
    repeats.key = shown(groups.columns[0], starts[g]);
  }
}

}  // namespace

void require_unique(comm::Communicator& communicator, const data::BlockSource& source, int column, data::Budget& budget) {
  const auto& field = source.schema()[column];
  if (field.type == data::Type::float32 || field.type == data::Type::float64) return;
  const auto rows = base::Partition(source.rows(), communicator.size()).rows_of(communicator.rank());
  const auto bytes =
      rows.size() * comm::collective_try(communicator, "read keys", [&] { return row_bytes(source, column, rows); });
  const auto reservation = budget.reserve_up_to(std::min(budget.available() / 2, bytes));
  const auto room = std::max(least_bytes, reservation.bytes());
  const auto passes = communicator.max_value((bytes + room - 1) / room);

  Repeats repeats;
  for (std::int64_t pass = 0; pass < passes; ++pass) {
    auto keys = comm::collective_try(communicator, "read keys", [&] { return keys_of_pass(source, column, rows, passes, pass); });
    const auto groups = comm::shuffle(communicator, std::move(keys), {.keys = {0}, .whole_groups = 1});
    look_through(groups.batch, repeats);
  }
  const auto first = communicator.min_value(repeats.first);
  const auto repeating = communicator.sum_value(repeats.rows);
  comm::collective_try(communicator, "unique key", [&] {
    if (first == none || repeats.first != first) return;
    throw base::input_error(fmt::format("{} row{} the key of an earlier one; the first is row {} with {}, the key of row {}",
                                        base::format_count(repeating), repeating == 1 ? " repeats" : "s repeat",
                                        source.source_row(first), repeats.key, source.source_row(repeats.earlier)),
                            fmt::format("{}.{}", source.name(), field.name),
                            "keep one row a key, or leave the key out by the `columns` of a select step");
  });
}

}  // namespace fullbase::prepare
