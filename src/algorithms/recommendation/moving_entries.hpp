// Entries of a matrix on their way from where they were read to the ranks that have their rows.
#pragma once

#include <algorithm>
#include <cstdint>
#include <numeric>
#include <span>
#include <utility>
#include <vector>

#include "algorithms/recommendation/row_shares.hpp"
#include "algorithms/recommendation/sparse_rows.hpp"
#include "base/block.hpp"
#include "comm/agreement.hpp"
#include "comm/communicator.hpp"
#include "comm/row_exchange.hpp"
#include "parallel/for_each.hpp"

namespace fullbase::recommendation {

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

inline const Entry& entry_of(const Entry& entry) noexcept {
  return entry;
}
inline const Entry& entry_of(const NumberedEntry& entry) noexcept {
  return entry.entry;
}

/// Entries of all ranks whose rows this rank has, in the order of ranks. Collective. Sends each entry that leaves the rank once.
/// Memory: 8 bytes an entry, and what comm::RowExchange packs.
template <class AnyEntry>
std::vector<AnyEntry> send_to_owners(comm::Communicator& communicator, std::vector<AnyEntry> entries, const RowShares& shares) {
  if (communicator.size() == 1) return entries;
  std::vector<std::int64_t> starts(static_cast<std::size_t>(communicator.size()) + 1, 0);
  std::vector<std::int64_t> order;
  comm::collective_try(communicator, "send entries", [&] {
    const auto owner = [&](const AnyEntry& entry) { return static_cast<std::size_t>(shares.owner_of_row(entry_of(entry).row)); };
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

/// Entries by row, each row's by column; entries of one pair stay side by side, in the order in which they came. Row r, counted
/// from the first of `own`, has [starts[r], starts[r + 1]). Not collective. Memory: the entries once more, 16 bytes a row.
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

/// A pair's entries are one by now.
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

}  // namespace fullbase::recommendation
