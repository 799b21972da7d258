#include "algorithms/describe/column_profile.hpp"

#include <mutex>
#include <utility>
#include <vector>

#include "base/block.hpp"
#include "comm/own_rows.hpp"
#include "comm/quantiles.hpp"
#include "data/type_kinds.hpp"
#include "parallel/scan.hpp"

namespace fullbase::describe {
namespace {

double floating(const data::Column& column, std::size_t row) {
  return column.field().type == data::Type::float64 ? column.float64s()[row] : static_cast<double>(column.float32s()[row]);
}
std::int64_t whole(const data::Column& column, std::size_t row) {
  return column.field().type == data::Type::date ? column.int32s()[row] : column.int64s()[row];
}

/// Passes the values of this rank's rows to `consume`, a group of blocks at a time.
template <class T, class Consume>
void read_values(const data::BlockSource& source, int column, base::RowRange rows, const Consume& consume) {
  std::mutex mutex;
  parallel::scan(source, rows, std::span(&column, 1), [&](data::Batch&& batch, int) {
    std::vector<T> values;
    for (std::int64_t row = 0; row < batch.rows.size(); ++row) {
      if (batch[0].is_missing(row)) continue;
      if constexpr (std::is_same_v<T, double>) {
        values.push_back(floating(batch[0], static_cast<std::size_t>(row)));
      } else {
        values.push_back(whole(batch[0], static_cast<std::size_t>(row)));
      }
    }
    const std::scoped_lock lock(mutex);
    consume(values);
  });
}

/// Collective.
data::Column quantiles(comm::Communicator& communicator, const data::BlockSource& source, int column,
                       std::span<const double> probabilities) {
  const auto& field = source.schema()[column];
  const auto rows = comm::own_rows(communicator, source.rows());
  if (is_float(field.type)) {
    const auto found = comm::quantiles(
        communicator, [&](const comm::ValuesConsumer& consume) { read_values<double>(source, column, rows, consume); },
        probabilities);
    if (field.type == data::Type::float64) return {field, found};
    return {field, std::vector<float>(found.begin(), found.end())};
  }
  const auto found = comm::quantiles(
      communicator, [&](const comm::IntegersConsumer& consume) { read_values<std::int64_t>(source, column, rows, consume); },
      probabilities);
  if (field.type == data::Type::date) return {field, std::vector<std::int32_t>(found.begin(), found.end())};
  return {field, found};
}

}  // namespace

ColumnProfile column_profile(comm::Communicator& communicator, const data::BlockSource& source, int column,
                             std::span<const double> probabilities, std::int64_t most, data::Budget& budget) {
  ColumnProfile profile;
  profile.field = source.schema()[column];
  profile.counts = count_values(communicator, source, column, most, budget);
  const auto type = profile.field.type;
  if (is_number(type) || is_time(type)) profile.quantiles = quantiles(communicator, source, column, probabilities);
  if (is_number(type)) profile.moments = moments(communicator, source, column);
  if (is_text(type)) profile.lengths = text_lengths(communicator, source, column);
  return profile;
}

}  // namespace fullbase::describe
