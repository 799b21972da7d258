#include "comm/gather.hpp"

#include <algorithm>
#include <utility>

#include "base/contract.hpp"
#include "comm/agreement.hpp"
#include "comm/row_exchange.hpp"

namespace fullbase::comm {

void for_each_in_order(Communicator& communicator, int root, const data::Batch& local,
                       const std::function<void(data::Batch&&)>& consume, std::int64_t piece_rows) {
  FULLBASE_EXPECTS(0 <= root && root < communicator.size() && piece_rows > 0, "one of the ranks gathers pieces of rows");
  const StageScope scope(communicator.statistics(), "gather");
  const auto counts = communicator.all_gather(local.columns.empty() ? local.rows.size() : local.columns.front().rows());
  std::int64_t next_row = 0;
  for (int source = 0; source < communicator.size(); ++source) {
    const std::int64_t rows = counts[static_cast<std::size_t>(source)];
    for (std::int64_t first = 0; first < rows; first += piece_rows) {
      const std::int64_t last = std::min(rows, first + piece_rows);
      // Everything up to root's start goes nowhere, everything from it on to root.
      std::vector<std::int64_t> starts(static_cast<std::size_t>(communicator.size()) + 1, 0);
      for (std::size_t r = 0; source == communicator.rank() && r < starts.size(); ++r)
        starts[r] = static_cast<int>(r) <= root ? first : last;
      RowExchange exchange(communicator, {}, std::move(starts));
      data::Batch piece{.rows = {next_row, next_row + last - first}, .columns = {}};
      for (const auto& column : local.columns) piece.columns.push_back(exchange.column(column));
      collective_try(communicator, "consume", [&] {
        if (communicator.rank() == root) consume(std::move(piece));
      });
      next_row += last - first;
    }
  }
}

}  // namespace fullbase::comm
