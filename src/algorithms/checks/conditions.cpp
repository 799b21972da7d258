#include <limits>

#include "algorithms/checks/findings.hpp"
#include "algorithms/checks/lowest_rows.hpp"
#include "base/block.hpp"
#include "comm/agreement.hpp"
#include "comm/own_rows.hpp"
#include "parallel/for_each.hpp"
#include "parallel/scan.hpp"

namespace fullbase::checks {

Finding rows_against(comm::Communicator& communicator, const data::BlockSource& source, const data::BoundExpression& condition) {
  const auto rows = comm::own_rows(communicator, source.rows());
  std::vector<LowestRows> threads(static_cast<std::size_t>(parallel::thread_count()));
  comm::collective_try(communicator, "check rows", [&] {
    // A condition without columns still needs to know how many rows there are.
    std::vector<int> columns = condition.columns();
    if (columns.empty() && source.schema().columns() > 0) columns.push_back(0);
    parallel::scan(source, rows, columns, [&](data::Batch&& batch, int thread) {
      auto& broken = threads[static_cast<std::size_t>(thread)];
      const auto held = condition.select(batch, columns);
      std::size_t next = 0;
      for (std::int64_t row = 0; row < batch.rows.size(); ++row) {
        if (next < held.size() && held[next] == row)
          ++next;
        else
          broken.add(batch.rows.first + row);
      }
    });
  });
  LowestRows all;
  for (const auto& thread : threads) all.add(thread.finding());
  return all.united(communicator);
}

std::optional<std::int64_t> newest(comm::Communicator& communicator, const data::BlockSource& source, int column,
                                   const data::BoundExpression& condition) {
  constexpr auto none = std::numeric_limits<std::int64_t>::min();  // what stands for a missing time, too
  const auto rows = comm::own_rows(communicator, source.rows());
  std::vector<std::int64_t> threads(static_cast<std::size_t>(parallel::thread_count()), none);
  comm::collective_try(communicator, "check newest", [&] {
    std::vector<int> columns = {column};
    for (const int needed : condition.columns()) {
      if (needed != column) columns.push_back(needed);
    }
    const bool is_date = source.schema()[column].type == data::Type::date;
    parallel::scan(source, rows, columns, [&](data::Batch&& batch, int thread) {
      auto& most = threads[static_cast<std::size_t>(thread)];
      for (const auto row : condition.select(batch, columns)) {
        if (batch[0].is_missing(row)) continue;
        const auto at = static_cast<std::size_t>(row);
        most = std::max(most, is_date ? std::int64_t{batch[0].int32s()[at]} : batch[0].int64s()[at]);
      }
    });
  });
  const auto most = communicator.max_value(*std::max_element(threads.begin(), threads.end()));
  return most == none ? std::optional<std::int64_t>() : most;
}

}  // namespace fullbase::checks
