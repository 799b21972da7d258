#include "algorithms/prepare/select.hpp"

#include <algorithm>
#include <numeric>
#include <utility>

#include "algorithms/prepare/block_assembly.hpp"
#include "algorithms/prepare/block_ends.hpp"
#include "comm/agreement.hpp"
#include "comm/own_rows.hpp"
#include "data/row_selection.hpp"
#include "parallel/scan.hpp"

namespace fullbase::prepare {
namespace {

std::size_t group_of(base::RowRange local, std::int64_t row) {
  return static_cast<std::size_t>(row / parallel::scan_group_rows - local.first / parallel::scan_group_rows);
}

}  // namespace

Selection::Selection(comm::Communicator& communicator, const data::BlockSource& source, const data::BoundExpression* where)
    : source_(source), where_(where), local_(comm::own_rows(communicator, source.rows())) {
  std::vector<std::int64_t> counts(local_.empty() ? 0 : group_of(local_, local_.last - 1) + 1, 0);
  comm::collective_try(communicator, "count rows", [&] {
    if (where_ == nullptr) {
      for (std::int64_t row = local_.first; row < local_.last;) {
        const std::int64_t end = std::min(local_.last, (row / parallel::scan_group_rows + 1) * parallel::scan_group_rows);
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
  total_ = communicator.sum_value(kept);
  positions_ = {communicator.exclusive_sum(kept)};
  for (const std::int64_t count : counts) positions_.push_back(positions_.back() + count);
}

void Selection::write(comm::Communicator& communicator, std::span<const int> columns, data::BlockSink& sink) const {
  // The condition's columns are read beside the wanted ones, once each.
  std::vector<int> read(columns.begin(), columns.end());
  for (const int column : where_ != nullptr ? where_->columns() : std::vector<int>()) {
    if (std::ranges::find(read, column) == read.end()) read.push_back(column);
  }
  BlockAssembly assembly(sink, total_);
  comm::collective_try(communicator, "write rows", [&] {
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
  });
  data::Batch empty{.rows = {0, 0}, .columns = {}};
  for (const int column : columns) empty.columns.emplace_back(source_.schema()[column], 0, source_.dictionary(column));
  write_ends(communicator, assembly.take_waiting(), empty, total_, sink);
}

}  // namespace fullbase::prepare
