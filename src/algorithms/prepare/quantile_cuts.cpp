#include "algorithms/prepare/quantile_cuts.hpp"

#include <algorithm>
#include <cmath>
#include <mutex>

#include "algorithms/prepare/column_values.hpp"
#include "base/block.hpp"
#include "comm/own_rows.hpp"
#include "comm/quantiles.hpp"
#include "parallel/scan.hpp"

namespace fullbase::prepare {

std::vector<double> quantile_cuts(comm::Communicator& communicator, const data::BlockSource& source, int column,
                                  std::span<const double> probabilities) {
  const auto local = comm::own_rows(communicator, source.rows());
  const auto read = [&](const comm::ValuesConsumer& consume) {
    std::mutex one_at_a_time;
    parallel::scan(source, local, std::span(&column, 1), [&](data::Batch&& batch, int) {
      std::vector<double> values(static_cast<std::size_t>(batch.rows.size()));
      to_doubles(batch[0], 0, batch.rows.size(), values);
      std::erase_if(values, [](double x) { return std::isnan(x); });
      const std::scoped_lock lock(one_at_a_time);
      consume(values);
    });
  };
  auto cuts = comm::quantiles(communicator, read, probabilities);
  cuts.erase(std::ranges::unique(cuts).begin(), cuts.end());
  return cuts;
}

}  // namespace fullbase::prepare
