#include "algorithms/prepare/block_ends.hpp"

#include <algorithm>
#include <numeric>
#include <span>
#include <utility>

#include "algorithms/prepare/block_assembly.hpp"
#include "base/block.hpp"
#include "comm/agreement.hpp"
#include "comm/row_exchange.hpp"
#include "comm/taken.hpp"

namespace fullbase::prepare {

void write_ends(comm::Communicator& communicator, std::vector<data::Batch> ends, const data::Batch& empty, std::int64_t rows,
                data::BlockSink& sink) {
  data::Batch all = empty;
  std::vector<std::int64_t> numbers;
  comm::collective_try(communicator, "write rows", [&] {
    std::ranges::sort(ends, {}, [](const data::Batch& end) { return end.rows.first; });
    for (const data::Batch& end : ends) {
      for (std::size_t c = 0; c < all.columns.size(); ++c) all.columns[c].append_from(end.columns[c], 0, end.rows.size());
      for (std::int64_t row = end.rows.first; row < end.rows.last; ++row) numbers.push_back(row);
    }
    ends = {};
  });
  const base::Partition partition(rows, communicator.size());
  std::vector<std::int64_t> starts = {0};
  for (int rank = 0; rank < communicator.size(); ++rank)
    starts.push_back(std::ranges::lower_bound(numbers, partition.rows_of(rank).last) - numbers.begin());
  comm::RowExchange exchange(communicator, {}, std::move(starts));
  numbers = exchange.values(std::span<const std::int64_t>(numbers));
  for (data::Column& column : all.columns) column = exchange.column(column);

  comm::collective_try(communicator, "write rows", [&] {
    std::vector<std::int64_t> order(numbers.size());
    std::iota(order.begin(), order.end(), std::int64_t{0});
    std::ranges::sort(order, {}, [&](std::int64_t i) { return numbers[static_cast<std::size_t>(i)]; });
    std::ranges::sort(numbers);
    for (data::Column& column : all.columns) column = comm::taken(column, order);
    all.rows = {0, std::ssize(numbers)};
    for (std::int64_t at = 0; at < all.rows.last;) {
      const std::int64_t first = numbers[static_cast<std::size_t>(at)];
      const std::int64_t size = base::rows_of_block(base::block_of_row(first), rows).size();
      data::Batch block = slice(all, {at, at + size});
      block.rows = {first, first + size};
      sink.write(block);
      at += size;
    }
  });
}

}  // namespace fullbase::prepare
