#include "comm/shuffle.hpp"

#include <algorithm>
#include <array>
#include <numeric>
#include <utility>

#include "base/block.hpp"
#include "base/contract.hpp"
#include "comm/cut_positions.hpp"
#include "comm/sort_keys.hpp"
#include "comm/taken.hpp"

namespace fullbase::comm {
namespace {

std::vector<std::int64_t> every_row(std::int64_t rows) {
  std::vector<std::int64_t> order(static_cast<std::size_t>(rows));
  std::iota(order.begin(), order.end(), std::int64_t{0});
  return order;
}

/// Which positions of the sorted order each rank gets: size() + 1 of them.
std::vector<std::int64_t> send_starts(Communicator& communicator, const data::Batch& batch, const SortKeys& keys,
                                      std::span<const std::int64_t> order, std::int64_t rows, const ShuffleOptions& options) {
  const base::Partition partition(rows, communicator.size());
  std::vector<std::int64_t> targets;
  for (int r = 1; r < communicator.size(); ++r) targets.push_back(partition.rows_of(r).first);
  const auto cut = [&](const SortKeys& by, Cut how) {
    const auto levels = static_cast<int>(communicator.max_value(std::int64_t{by.words()}));
    const auto word = [&](std::int64_t position, int level) { return by.word(order[static_cast<std::size_t>(position)], level); };
    return cut_positions(communicator, std::ssize(order), word, levels, targets, how);
  };
  std::vector<std::int64_t> starts;
  if (options.whole_groups == 0) {
    starts = cut(keys, Cut::exact);
  } else if (options.whole_groups == std::ssize(options.keys)) {
    starts = cut(keys, Cut::whole_groups);
  } else {
    const auto leading = std::span(options.keys).first(static_cast<std::size_t>(options.whole_groups));
    starts = cut(SortKeys(batch, leading), Cut::whole_groups);
  }
  starts.insert(starts.begin(), 0);
  starts.push_back(std::ssize(order));
  return starts;
}

void take_columns(data::Batch& batch, std::span<const std::int64_t> order) {
  for (auto& column : batch.columns) column = taken(column, order);
}

/// Sends every column, frees it, and merges what arrives. Key columns first: they tell how the runs of the ranks interleave.
void exchange_columns(Communicator& communicator, data::Batch& batch, std::span<const std::int64_t> order,
                      std::vector<std::int64_t> starts, const ShuffleOptions& options) {
  RowExchange exchange(communicator, order, std::move(starts), options.round_bytes);
  std::vector<bool> moved(batch.columns.size(), false);
  for (const int key : options.keys) {
    const auto c = static_cast<std::size_t>(key);
    if (moved[c]) continue;
    batch[c] = exchange.column(batch[c]);
    moved[c] = true;
  }
  const auto merged = sorted_order(SortKeys(batch, options.keys), every_row(exchange.received()));
  for (std::size_t c = 0; c < batch.columns.size(); ++c) {
    if (!moved[c]) batch[c] = exchange.column(batch[c]);
    batch[c] = taken(batch[c], merged);
  }
}

/// flags[i] = 1 where row i differs from row i - 1.
template <class Values>
void mark_changes(const Values& values, std::vector<std::uint8_t>& flags) {
  for (std::size_t i = 1; i < flags.size(); ++i)
    flags[i] = static_cast<std::uint8_t>(flags[i] | static_cast<std::uint8_t>(values(i) != values(i - 1)));
}

}  // namespace

Shuffled shuffle(Communicator& communicator, data::Batch batch, const ShuffleOptions& options) {
  FULLBASE_EXPECTS(!options.keys.empty() && 0 <= options.whole_groups && options.whole_groups <= std::ssize(options.keys),
                   "a shuffle has keys, and its groups are formed by leading ones");
  const StageScope scope(communicator.statistics(), "shuffle");
  auto order = rows_with_keys(batch, options.keys);
  const std::int64_t local_rows = batch[static_cast<std::size_t>(options.keys.front())].rows();
  std::array<std::int64_t, 2> counts = {std::ssize(order), local_rows - std::ssize(order)};
  std::vector<std::int64_t> starts;
  {
    const SortKeys keys(batch, options.keys);
    order = sorted_order(keys, std::move(order));
    communicator.sum(std::span<std::int64_t>(counts));
    if (communicator.size() > 1) starts = send_starts(communicator, batch, keys, order, counts[0], options);
  }
  if (communicator.size() > 1) {
    exchange_columns(communicator, batch, order, std::move(starts), options);
  } else {
    take_columns(batch, order);
  }
  const std::int64_t held = batch.columns.front().rows();
  const std::int64_t first = communicator.exclusive_sum(held);
  batch.rows = {first, first + held};
  return {.batch = std::move(batch), .rows = counts[0], .left_out = counts[1]};
}

std::vector<std::int64_t> group_starts(const data::Batch& rows, std::span<const int> keys) {
  FULLBASE_EXPECTS(!keys.empty(), "groups are formed by at least one key");
  const std::int64_t count = rows[static_cast<std::size_t>(keys[0])].rows();
  std::vector<std::uint8_t> flags(static_cast<std::size_t>(count), 0);
  if (count > 0) flags[0] = 1;
  for (const int key : keys) {
    const auto& column = rows[static_cast<std::size_t>(key)];
    std::visit(
        [&](const auto& values) {
          mark_changes(
              [&](std::size_t i) {
                if constexpr (std::is_same_v<std::remove_cvref_t<decltype(values)>, data::Strings>) {
                  return values[static_cast<std::int64_t>(i)];
                } else {
                  return values[i];
                }
              },
              flags);
        },
        column.values());
  }
  std::vector<std::int64_t> starts;
  for (std::int64_t i = 0; i < count; ++i) {
    if (flags[static_cast<std::size_t>(i)] != 0) starts.push_back(i);
  }
  starts.push_back(count);
  return starts;
}

}  // namespace fullbase::comm
