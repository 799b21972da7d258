#include "algorithms/kernel_machines/dense_rows.hpp"

#include <algorithm>
#include <mutex>

#include "base/exact_sum.hpp"
#include "comm/agreement.hpp"
#include "parallel/for_each.hpp"
#include "parallel/scan.hpp"

namespace fullbase::kernel_machines {

std::int64_t dense_columns(const linear::Encoding& encoding) noexcept {
  return encoding.places() - 1;
}

std::vector<std::pair<std::int64_t, std::int64_t>> columns_of_features(const linear::Encoding& encoding) {
  std::vector<std::pair<std::int64_t, std::int64_t>> columns(encoding.numbers.size() + encoding.categoricals.size());
  for (std::size_t j = 0; j < encoding.numbers.size(); ++j) {
    const auto column = static_cast<std::int64_t>(j);
    columns[static_cast<std::size_t>(encoding.numbers[j])] = {column, column + 1};
  }
  // A category's place counts the constant, which is no column here.
  for (std::size_t c = 0; c < encoding.categoricals.size(); ++c)
    columns[static_cast<std::size_t>(encoding.categoricals[c])] = {encoding.first[c] - 1, encoding.first[c + 1] - 1};
  return columns;
}

std::vector<double> mean_row(const linear::Encoding& encoding) {
  std::vector<double> mean(encoding.numbers.size(), 0.0);
  mean.insert(mean.end(), encoding.shares.begin(), encoding.shares.end());
  return mean;
}

void encode_dense(const linear::Encoding& encoding, const double* values, std::int64_t stride, std::int64_t rows, double* out,
                  std::vector<double>& scratch, std::vector<std::int32_t>& index) {
  const auto numbers = static_cast<std::int64_t>(encoding.numbers.size());
  scratch.resize(static_cast<std::size_t>(encoding.dense() * base::block_rows));
  index.resize(static_cast<std::size_t>(encoding.indexes() * base::block_rows));
  encoding.encode(values, stride, rows, scratch.data(), index.data(), base::block_rows);
  std::fill_n(out, dense_columns(encoding) * base::block_rows, 0.0);
  for (std::int64_t j = 0; j < numbers; ++j) std::copy_n(scratch.data() + j * base::block_rows, rows, out + j * base::block_rows);
  for (std::int64_t c = 0; c < encoding.indexes(); ++c)
    for (std::int64_t i = 0; i < rows; ++i) {
      const auto place = index[static_cast<std::size_t>(c * base::block_rows + i)];
      if (place >= 0) out[(place - 1) * base::block_rows + i] = 1;
    }
}

void for_each_encoded_block(const data::BlockSource& source, base::RowRange rows, std::span<const learning::Feature> features,
                            const linear::Encoding& encoding, const EncodedBlockWork& work) {
  const learning::FeatureReader reader(source, features);
  struct Room {
    std::vector<double> values, columns, scratch;
    std::vector<std::int32_t> index;
  };
  std::vector<Room> rooms(static_cast<std::size_t>(parallel::thread_count()));
  parallel::scan(source, rows, reader.columns(), [&](data::Batch&& batch, int thread) {
    auto& room = rooms[static_cast<std::size_t>(thread)];
    room.values.resize(features.size() * base::block_rows);
    room.columns.resize(static_cast<std::size_t>(dense_columns(encoding) * base::block_rows));
    for (std::int64_t first = 0; first < batch.rows.size(); first += base::block_rows) {
      const std::int64_t last = std::min(first + base::block_rows, batch.rows.size());
      reader.read(batch, first, last, room.values.data(), base::block_rows);
      encode_dense(encoding, room.values.data(), base::block_rows, last - first, room.columns.data(), room.scratch, room.index);
      work(batch.rows.first + first, last - first, room.columns.data(), thread);
    }
  });
}

RowPanel read_rows(const data::BlockSource& source, base::RowRange rows, std::span<const learning::Feature> features,
                   const linear::Encoding& encoding) {
  RowPanel panel(rows.size(), dense_columns(encoding));
  for_each_encoded_block(
      source, rows, features, encoding, [&](std::int64_t first, std::int64_t /*count*/, const double* columns, int /*thread*/) {
        std::copy_n(columns, panel.columns() * base::block_rows, panel.block(base::block_of_row(first - rows.first)));
      });
  return panel;
}

double value_variance(comm::Communicator& communicator, const data::BlockSource& source,
                      std::span<const learning::Feature> features, const linear::Encoding& encoding, bool standardized) {
  const auto columns = static_cast<std::size_t>(dense_columns(encoding));
  std::vector<base::ExactSum> sums(2 * columns);
  comm::collective_try(communicator, "variance of all values", [&] {
    const base::Partition partition(source.rows(), communicator.size());
    std::mutex mutex;
    for_each_encoded_block(source, partition.rows_of(communicator.rank()), features, encoding,
                           [&](std::int64_t /*first*/, std::int64_t count, const double* values, int /*thread*/) {
                             std::vector<double> squares(static_cast<std::size_t>(count));
                             for (std::size_t j = 0; j < columns; ++j) {
                               const std::span column(values + static_cast<std::int64_t>(j) * base::block_rows,
                                                      static_cast<std::size_t>(count));
                               for (std::size_t i = 0; i < squares.size(); ++i) squares[i] = column[i] * column[i];
                               const double sum = base::ordered_sum(column);
                               const double square = base::ordered_sum(squares);
                               const std::scoped_lock lock(mutex);
                               sums[2 * j].add(sum);
                               sums[2 * j + 1].add(square);
                             }
                           });
  });
  communicator.sum(std::span(sums));
  // Numbers are encoded less their means: these come back as distances from the mean of all, so that nothing cancels.
  const auto rows = static_cast<double>(source.rows());
  const auto shift = [&](std::size_t j) { return !standardized && j < encoding.numbers.size() ? encoding.mean[j] : 0.0; };
  double mean = 0;
  for (std::size_t j = 0; j < columns; ++j) mean += (shift(j) + sums[2 * j].value() / rows) / static_cast<double>(columns);
  double variance = 0;
  for (std::size_t j = 0; j < columns; ++j) {
    const double sum = sums[2 * j].value();
    const double away = shift(j) - mean;
    variance += (sums[2 * j + 1].value() / rows + 2 * away * (sum / rows) + away * away) / static_cast<double>(columns);
  }
  return std::max(variance, 0.0);
}

}  // namespace fullbase::kernel_machines
