#include "algorithms/recommendation/entry_times.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <span>
#include <utility>

#include "algorithms/recommendation/moving_entries.hpp"
#include "base/contract.hpp"
#include "base/error.hpp"
#include "comm/agreement.hpp"
#include "comm/own_rows.hpp"
#include "parallel/scan.hpp"

namespace fullbase::recommendation {
namespace {

struct TimedEntry {
  Entry entry;
  std::int64_t time;
};

// Found by send_to_owners() through the argument's namespace.
const Entry& entry_of(const TimedEntry& entry) noexcept {
  return entry.entry;
}

std::int64_t time_of(const data::Column& column, std::int64_t row) {
  const auto at = static_cast<std::size_t>(row);
  return column.field().type == data::Type::date ? column.int32s()[at] : column.int64s()[at];
}

/// This rank's rows of the table that are entries.
std::vector<TimedEntry> timed_entries(const data::BlockSource& source, base::RowRange rows, const InteractionColumns& columns,
                                      int time, const InteractionsRead& read) {
  std::vector<TimedEntry> entries(static_cast<std::size_t>(rows.size()));
  const std::vector<int> positions = {columns.customer, columns.item, columns.value, time};
  parallel::scan(source, rows, positions, [&](data::Batch&& batch, int) {
    const auto customers = read.customers.rows_of(batch[0]);
    const auto items = read.items.rows_of(batch[1]);
    for (std::int64_t i = 0; i < batch.rows.size(); ++i) {
      auto& into = entries[static_cast<std::size_t>(batch.rows.first - rows.first + i)];
      const auto at = static_cast<std::size_t>(i);
      into.entry = {customers[at], items[at], 0};
      if (customers[at] < 0 || items[at] < 0 || std::isnan(batch[2].number(i))) {
        into.entry.row = -1;
        continue;
      }
      if (batch[3].is_missing(i))
        throw base::input_error(
            "there is no time of this pair",
            fmt::format("{}.{}[{}]", source.name(), source.schema()[time].name, source.source_row(batch.rows.first + i)),
            "leave such rows out with `where`");
      into.time = time_of(batch[3], i);
    }
  });
  std::erase_if(entries, [](const TimedEntry& one) { return one.entry.row < 0; });
  return entries;
}

}  // namespace

EntryTimes read_times(comm::Communicator& communicator, const data::BlockSource& source, const InteractionColumns& columns,
                      int time, const InteractionsRead& read, data::Budget& budget) {
  const auto& rows = read.matrix.of_customers;
  const auto own_rows = comm::own_rows(communicator, source.rows());
  EntryTimes result;
  data::Reservation making;
  std::vector<TimedEntry> entries;
  comm::collective_try(communicator, "read times", [&] {
    making = budget.require(24 * (own_rows.size() + rows.entries()), "the times of a matrix's entries on their way");
    result.memory = budget.require(8 * rows.entries(), "the times of a matrix's entries");
    entries = timed_entries(source, own_rows, columns, time, read);
  });
  entries = send_to_owners(communicator, std::move(entries), read.matrix.customers);
  comm::collective_try(communicator, "read times", [&] {
    const auto first = read.matrix.customers.rows_of(communicator.rank()).first;
    result.times.resize(static_cast<std::size_t>(rows.entries()));
    for (const auto& [entry, when] : entries) {
      const auto row = entry.row - first;
      const auto items = rows.columns_of(row);
      const auto found = std::ranges::lower_bound(items, entry.column);
      FULLBASE_EXPECTS(found != items.end() && *found == entry.column, "times are of the matrix's entries");
      result.times[static_cast<std::size_t>(rows.starts[static_cast<std::size_t>(row)] + (found - items.begin()))] = when;
    }
  });
  return result;
}

}  // namespace fullbase::recommendation
