#include "algorithms/prepare/select.hpp"

#include <algorithm>
#include <numeric>
#include <utility>

#include "algorithms/prepare/block_assembly.hpp"
#include "comm/agreement.hpp"
#include "comm/row_exchange.hpp"
#include "data/row_selection.hpp"
#include "parallel/scan.hpp"

namespace fullbase::prepare {
namespace {

constexpr std::int64_t group_rows = parallel::scan_group_blocks * base::block_rows;

std::size_t group_of(base::RowRange local, std::int64_t row) {
  return static_cast<std::size_t>(row / group_rows - local.first / group_rows);
}

/// Which rank has each row of the result before borders are moved.
struct Spread {
  std::vector<std::int64_t> firsts;  ///< first row by rank, and the end

  /// The rank whose rows contain the row.
  int holder(std::int64_t row) const {
    return static_cast<int>(std::upper_bound(firsts.begin(), firsts.end(), row) - firsts.begin()) - 1;
  }
};

Spread spread_of(comm::Communicator& communicator, std::int64_t rows) {
  Spread spread{{0}};
  for (const std::int64_t count : communicator.all_gather(rows)) spread.firsts.push_back(spread.firsts.back() + count);
  return spread;
}

/// The ends that wait on each rank, sent to whoever has their block's first row. Collective.
data::Batch exchange_ends(comm::Communicator& communicator, const data::Batch& ends, base::RowRange own, const Spread& spread) {
  const std::int64_t border = base::block_count(own.first) * base::block_rows;
  const std::int64_t leaving = std::clamp<std::int64_t>(border - own.first, 0, own.size());
  int owner = communicator.rank();
  if (leaving > 0) owner = spread.holder(base::block_of_row(own.first) * base::block_rows);
  std::vector<std::int64_t> starts(static_cast<std::size_t>(communicator.size()) + 1, 0);
  for (int r = 0; r < communicator.size(); ++r) {
    auto& end = starts[static_cast<std::size_t>(r) + 1];
    if (r >= owner) end = leaving;
    if (r >= communicator.rank()) end = ends.rows.size();
  }
  comm::RowExchange exchange(communicator, {}, starts);
  data::Batch received{.rows = {0, exchange.received()}, .columns = {}};
  for (const data::Column& column : ends.columns) received.columns.push_back(exchange.column(column));
  return received;
}

}  // namespace

Selection::Selection(comm::Communicator& communicator, const data::BlockSource& source, const data::BoundExpression* where)
    : source_(source), where_(where), local_(base::Partition(source.rows(), communicator.size()).rows_of(communicator.rank())) {
  std::vector<std::int64_t> counts(local_.empty() ? 0 : group_of(local_, local_.last - 1) + 1, 0);
  comm::collective_try(communicator, "count rows", [&] {
    if (where_ == nullptr) {
      for (std::int64_t row = local_.first; row < local_.last;) {
        const std::int64_t end = std::min(local_.last, (row / group_rows + 1) * group_rows);
        counts[group_of(local_, row)] = end - row;
        row = end;
      }
    } else {
      const auto& columns = where_->columns();
      parallel::scan(source_, local_, columns, [&](data::Batch&& batch, int) {
        counts[group_of(local_, batch.rows.first)] = std::ssize(where_->select(batch, columns));
      });
    }
  });
  const std::int64_t kept = std::accumulate(counts.begin(), counts.end(), std::int64_t{0});
  const Spread spread = spread_of(communicator, kept);
  total_ = spread.firsts.back();
  positions_ = {spread.firsts[static_cast<std::size_t>(communicator.rank())]};
  for (const std::int64_t count : counts) positions_.push_back(positions_.back() + count);
}

void Selection::write(comm::Communicator& communicator, std::span<const int> columns, data::BlockSink& sink) const {
  // The condition's columns are read beside the wanted ones, once each.
  std::vector<int> read(columns.begin(), columns.end());
  for (const int column : where_ != nullptr ? where_->columns() : std::vector<int>()) {
    if (std::ranges::find(read, column) == read.end()) read.push_back(column);
  }
  BlockAssembly assembly(sink, total_);
  data::Batch ends = comm::collective_try(communicator, "write rows", [&] {
    parallel::scan(source_, local_, read, [&](data::Batch&& batch, int) {
      const std::int64_t first = positions_[group_of(local_, batch.rows.first)];
      std::vector<std::int32_t> rows;
      if (where_ != nullptr) rows = where_->select(batch, read);
      batch.columns.resize(columns.size());
      if (where_ != nullptr && std::ssize(rows) < batch.rows.size()) {
        batch = data::take_rows(batch, rows, first);
      } else {
        batch.rows = {first, first + batch.rows.size()};
      }
      assembly.add(batch);
    });
    std::vector<data::Batch> waiting = assembly.take_waiting();
    data::Batch all{.rows = {0, 0}, .columns = {}};
    for (const int column : columns) all.columns.emplace_back(source_.schema()[column], 0, source_.dictionary(column));
    for (const data::Batch& batch : waiting) {
      for (std::size_t c = 0; c < all.columns.size(); ++c) {
        all.columns[c].append_from(batch.columns[c], 0, batch.columns[c].rows());
      }
      all.rows.last += batch.rows.size();
    }
    return all;
  });

  const base::RowRange own{positions_.front(), positions_.back()};
  const Spread spread = spread_of(communicator, own.size());
  data::Batch received = exchange_ends(communicator, ends, own, spread);
  comm::collective_try(communicator, "write rows", [&] {
    if (received.rows.empty()) return;
    // Only the block that this rank's last row lies in can have been cut, and it begins here.
    const std::int64_t first = base::block_of_row(own.last - 1) * base::block_rows;
    received.rows = {first, first + received.rows.size()};
    sink.write(received);
  });
}

}  // namespace fullbase::prepare
