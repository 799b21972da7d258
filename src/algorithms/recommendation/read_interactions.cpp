#include "algorithms/recommendation/read_interactions.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <mutex>
#include <numeric>
#include <vector>

#include "base/block.hpp"
#include "base/error.hpp"
#include "comm/agreement.hpp"
#include "comm/own_rows.hpp"
#include "comm/row_exchange.hpp"
#include "parallel/for_each.hpp"
#include "parallel/scan.hpp"

namespace fullbase::recommendation {
namespace {

/// An entry on its way: of a row of the side that it goes to.
struct Entry {
  std::int32_t row;
  std::int32_t column;
  float value;
};
struct NumberedEntry {
  Entry entry;
  std::int64_t source_row;
};

const Entry& entry_of(const Entry& entry) noexcept {
  return entry;
}
const Entry& entry_of(const NumberedEntry& entry) noexcept {
  return entry.entry;
}

/// Entries of all ranks whose rows this rank owns, in the order of ranks. Collective.
template <class AnyEntry>
std::vector<AnyEntry> send_to_owners(comm::Communicator& communicator, std::vector<AnyEntry> entries, std::int64_t rows) {
  if (communicator.size() == 1) return entries;
  const base::Partition partition(rows, communicator.size());
  std::vector<std::int64_t> starts(static_cast<std::size_t>(communicator.size()) + 1, 0);
  std::vector<std::int64_t> order;
  comm::collective_try(communicator, "send entries", [&] {
    const auto owner = [&](const AnyEntry& entry) {
      return static_cast<std::size_t>(partition.owner_of_block(base::block_of_row(entry_of(entry).row)));
    };
    for (const auto& entry : entries) ++starts[owner(entry) + 1];
    std::partial_sum(starts.begin(), starts.end(), starts.begin());
    order.resize(entries.size());
    auto next = starts;
    for (std::size_t i = 0; i < entries.size(); ++i)
      order[static_cast<std::size_t>(next[owner(entries[i])]++)] = static_cast<std::int64_t>(i);
  });
  const comm::StageScope stage(communicator.statistics(), "send entries");
  return comm::RowExchange(communicator, order, std::move(starts)).values(std::span<const AnyEntry>(entries));
}

/// Entries by row, each row's by column; entries of one pair stay side by side, in the order in which they came.
template <class AnyEntry>
std::vector<AnyEntry> in_order(const std::vector<AnyEntry>& entries, base::RowRange own, std::vector<std::int64_t>& starts) {
  starts.assign(static_cast<std::size_t>(own.size()) + 1, 0);
  for (const auto& entry : entries) ++starts[static_cast<std::size_t>(entry_of(entry).row - own.first) + 1];
  std::partial_sum(starts.begin(), starts.end(), starts.begin());
  std::vector<AnyEntry> ordered(entries.size());
  {
    std::vector<std::int64_t> next(starts.begin(), starts.end() - 1);
    for (const auto& entry : entries)
      ordered[static_cast<std::size_t>(next[static_cast<std::size_t>(entry_of(entry).row - own.first)]++)] = entry;
  }
  parallel::for_each(
      0, own.size(),
      [&](std::int64_t row, int) {
        std::stable_sort(ordered.begin() + starts[static_cast<std::size_t>(row)],
                         ordered.begin() + starts[static_cast<std::size_t>(row) + 1],
                         [](const AnyEntry& a, const AnyEntry& b) { return entry_of(a).column < entry_of(b).column; });
      },
      256);
  return ordered;
}

template <class AnyEntry>
SparseRows rows_of(const std::vector<AnyEntry>& ordered, std::vector<std::int64_t> starts) {
  SparseRows rows;
  rows.starts = std::move(starts);
  rows.columns.reserve(ordered.size());
  rows.values.reserve(ordered.size());
  for (const auto& entry : ordered) {
    rows.columns.push_back(entry_of(entry).column);
    rows.values.push_back(entry_of(entry).value);
  }
  return rows;
}

class Reading {
 public:
  Reading(comm::Communicator& communicator, const data::BlockSource& source, const InteractionColumns& columns,
          const prepare::KeySlots& customers, const prepare::KeySlots& items, data::Budget& budget)
      : communicator_(communicator), source_(source), columns_(columns), customers_(customers), items_(items), budget_(budget) {}

  InteractionsRead run() {
    InteractionsRead result;
    auto& matrix = result.matrix;
    matrix.customers = customers_.size();
    matrix.items = items_.size();
    const auto own_rows = comm::own_rows(communicator_, source_.rows());
    data::Reservation making;
    std::vector<NumberedEntry> read;
    comm::collective_try(communicator_, "read interactions", [&] {
      making = budget_.require(56 * own_rows.size(), "the entries of a matrix of customers and items");
      read = entries_of(own_rows);
    });
    result.missing = communicator_.sum_value(missing_);
    auto mine = send_to_owners(communicator_, std::move(read), matrix.customers);
    std::vector<Entry> turned;
    comm::collective_try(communicator_, "sort interactions", [&] {
      const auto own = comm::own_rows(communicator_, matrix.customers);
      std::vector<std::int64_t> starts;
      const auto ordered = in_order(mine, own, starts);
      mine = {};
      refuse_repeated(ordered);
      turned.reserve(ordered.size());
      for (const auto& [entry, number] : ordered) turned.push_back({entry.column, entry.row, entry.value});
      matrix.of_customers = rows_of(ordered, std::move(starts));
    });
    auto of_items = send_to_owners(communicator_, std::move(turned), matrix.items);
    comm::collective_try(communicator_, "sort interactions", [&] {
      const auto own = comm::own_rows(communicator_, matrix.items);
      std::vector<std::int64_t> starts;
      const auto ordered = in_order(of_items, own, starts);
      of_items = {};
      matrix.of_items = rows_of(ordered, std::move(starts));
      making = {};
      const auto bytes = [](const SparseRows& rows) { return 8 * rows.entries() + 8 * rows.rows(); };
      result.memory = budget_.require(bytes(matrix.of_customers) + bytes(matrix.of_items), "a matrix of customers and items");
    });
    return result;
  }

 private:
  std::vector<NumberedEntry> entries_of(base::RowRange rows) {
    std::vector<NumberedEntry> entries(static_cast<std::size_t>(rows.size()));
    const std::vector<int> columns = {columns_.customer, columns_.item, columns_.value};
    std::mutex mutex;
    parallel::scan(source_, rows, columns, [&](data::Batch&& batch, int) {
      std::vector<std::int32_t> customer_buffer;
      std::vector<std::int32_t> item_buffer;
      const auto customers = customers_.slots_of(batch[0], customer_buffer);
      const auto items = items_.slots_of(batch[1], item_buffer);
      std::int64_t missing = 0;
      for (std::int64_t i = 0; i < batch.rows.size(); ++i) {
        auto& into = entries[static_cast<std::size_t>(batch.rows.first - rows.first + i)];
        const auto at = static_cast<std::size_t>(i);
        const double value = batch[2].number(i);
        into.entry = {customers[at], items[at], static_cast<float>(value)};
        into.source_row = batch.rows.first + i;
        if (customers[at] < 0 || items[at] < 0 || std::isnan(value)) {
          into.entry.row = -1;
          ++missing;
        } else if (!std::isfinite(into.entry.value)) {
          throw base::input_error(fmt::format("{} is beyond what a value of a matrix can be", value),
                                  fmt::format("{}, row {}", source_.name(), source_.source_row(into.source_row)),
                                  "leave such rows out with `where`");
        }
      }
      const std::scoped_lock lock(mutex);
      missing_ += missing;
    });
    std::erase_if(entries, [](const NumberedEntry& one) { return one.entry.row < 0; });
    return entries;
  }

  void refuse_repeated(const std::vector<NumberedEntry>& ordered) const {
    std::int64_t first = std::numeric_limits<std::int64_t>::max();
    std::int64_t earlier = 0;
    for (std::size_t i = 1; i < ordered.size(); ++i) {
      const auto& [entry, number] = ordered[i];
      const auto& [before, number_before] = ordered[i - 1];
      if (entry.row != before.row || entry.column != before.column || number >= first) continue;
      first = number;
      earlier = number_before;
    }
    if (first == std::numeric_limits<std::int64_t>::max()) return;
    throw base::input_error(fmt::format("the customer and the item of row {} stood in row {} already", source_.source_row(first),
                                        source_.source_row(earlier)),
                            source_.name(), "make pairs unique first (job: interactions)");
  }

  comm::Communicator& communicator_;
  const data::BlockSource& source_;
  const InteractionColumns& columns_;
  const prepare::KeySlots& customers_;
  const prepare::KeySlots& items_;
  data::Budget& budget_;
  std::int64_t missing_ = 0;
};

}  // namespace

InteractionsRead read_interactions(comm::Communicator& communicator, const data::BlockSource& source,
                                   const InteractionColumns& columns, const prepare::KeySlots& customers,
                                   const prepare::KeySlots& items, data::Budget& budget) {
  return Reading(communicator, source, columns, customers, items, budget).run();
}

}  // namespace fullbase::recommendation
