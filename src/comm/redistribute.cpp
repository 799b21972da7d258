#include "comm/redistribute.hpp"

#include <algorithm>
#include <utility>

#include "base/block.hpp"
#include "base/contract.hpp"

namespace fullbase::comm {

std::vector<std::int64_t> canonical_starts(Communicator& communicator, std::int64_t local_rows) {
  const std::int64_t first = communicator.exclusive_sum(local_rows);
  const base::Partition partition(communicator.sum_value(local_rows), communicator.size());
  std::vector<std::int64_t> starts;
  for (int r = 0; r < communicator.size(); ++r)
    starts.push_back(std::clamp<std::int64_t>(partition.rows_of(r).first - first, 0, local_rows));
  starts.push_back(local_rows);
  return starts;
}

data::Batch redistribute(Communicator& communicator, data::Batch batch) {
  const StageScope scope(communicator.statistics(), "redistribute");
  const std::int64_t local_rows = batch.columns.empty() ? batch.rows.size() : batch.columns.front().rows();
  auto starts = canonical_starts(communicator, local_rows);
  const auto rank = static_cast<std::size_t>(communicator.rank());
  const bool moves = starts[rank + 1] - starts[rank] != local_rows;
  if (communicator.max_value(std::int64_t{moves}) != 0) {
    RowExchange exchange(communicator, {}, std::move(starts));
    for (auto& column : batch.columns) column = exchange.column(column);
    batch.rows = {0, exchange.received()};
  } else {
    batch.rows = {0, local_rows};
  }
  const std::int64_t first = communicator.exclusive_sum(batch.rows.last);
  batch.rows = {first, first + batch.rows.last};
  return batch;
}

}  // namespace fullbase::comm
