#include "algorithms/clustering/column_statistics.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

#include "base/error.hpp"
#include "base/size.hpp"
#include "comm/agreement.hpp"
#include "parallel/for_each.hpp"
#include "parallel/matrix_loop.hpp"

namespace fullbase::clustering {

namespace {

/// One thread's share of a pass.
struct Share {
  explicit Share(std::size_t columns)
      : sums(3 * columns),
        block(3 * columns),
        least(columns, std::numeric_limits<float>::infinity()),
        greatest(columns, -std::numeric_limits<float>::infinity()) {}

  std::vector<base::ExactSum> sums;  ///< sum, magnitude, square of each column
  std::vector<double> block;         ///< the same of one block
  std::vector<float> least;
  std::vector<float> greatest;
  std::int64_t refused = 0;
  std::int64_t first_refused = std::numeric_limits<std::int64_t>::max();  ///< row * columns + column
};

bool is_refused(float value) {
  return !(std::abs(value) <= greatest_magnitude_allowed);
}

void note_refused(const data::MatrixBlocks& matrix, std::int64_t block, base::matrix_view<const float> values, std::int64_t rows,
                  Share& share) {
  for (std::int64_t i = 0; i < rows; ++i)
    for (std::int64_t j = 0; j < values.columns(); ++j)
      if (is_refused(values(i, j))) {
        ++share.refused;
        share.first_refused = std::min(share.first_refused, (block * base::block_rows + i) * matrix.columns() + j);
      }
}

struct Totals {
  std::vector<double> sum, magnitude, square;
  std::vector<float> least, greatest;
  std::int64_t refused = 0;
  std::int64_t first_refused = 0;
};

Totals pass(comm::Communicator& communicator, const data::MatrixBlocks& matrix, const std::vector<float>& centre) {
  const auto columns = static_cast<std::size_t>(matrix.columns());
  std::vector<Share> shares(static_cast<std::size_t>(parallel::thread_count()), Share(columns));
  const auto& kernels = kernel::active();

  comm::collective_try(communicator, "column statistics", [&] {
    parallel::for_each_block(matrix, [&](std::int64_t block, base::matrix_view<const float> values, int thread) {
      auto& share = shares[static_cast<std::size_t>(thread)];
      const auto rows = base::rows_of_block(block, matrix.rows()).size();
      std::fill(share.block.begin(), share.block.end(), 0.0);
      auto* sums = share.block.data();
      kernels.column_sums({values.data(), values.stride(), rows}, centre.data(), matrix.columns(),
                          {sums, sums + columns, sums + 2 * columns, share.least.data(), share.greatest.data()});
      const auto too_great = [&](double magnitude) { return !(magnitude <= static_cast<double>(greatest_magnitude_allowed)); };
      if (std::any_of(sums + columns, sums + 2 * columns, too_great)) note_refused(matrix, block, values, rows, share);
      if (share.refused == 0)
        for (std::size_t s = 0; s < 3 * columns; ++s) share.sums[s].add(sums[s]);
    });
  });

  auto& all = shares.front();
  for (std::size_t t = 1; t < shares.size(); ++t) {
    for (std::size_t s = 0; s < 3 * columns; ++s) all.sums[s].add(shares[t].sums[s]);
    for (std::size_t j = 0; j < columns; ++j) {
      all.least[j] = std::min(all.least[j], shares[t].least[j]);
      all.greatest[j] = std::max(all.greatest[j], shares[t].greatest[j]);
    }
    all.refused += shares[t].refused;
    all.first_refused = std::min(all.first_refused, shares[t].first_refused);
  }

  Totals totals;
  totals.refused = communicator.sum_value(all.refused);
  totals.first_refused = communicator.min_value(all.first_refused);
  if (totals.refused > 0) return totals;
  communicator.sum(std::span(all.sums));
  communicator.min(std::span(all.least));
  communicator.max(std::span(all.greatest));

  std::vector<double> values;
  for (const auto& sum : all.sums) values.push_back(sum.value());
  const auto part = [&](std::size_t p) {
    const auto first = values.begin() + static_cast<std::ptrdiff_t>(p * columns);
    return std::vector<double>(first, first + static_cast<std::ptrdiff_t>(columns));
  };
  totals.sum = part(0);
  totals.magnitude = part(1);
  totals.square = part(2);
  totals.least = all.least;
  totals.greatest = all.greatest;
  return totals;
}

[[noreturn]] void refuse(const Totals& totals, const data::MatrixBlocks& matrix, const std::vector<std::string>& names) {
  const auto column = static_cast<std::size_t>(totals.first_refused % matrix.columns());
  throw base::input_error(fmt::format("{} value{} missing, infinite or above 1e16 in magnitude, the first in row {}",
                                      base::format_count(totals.refused), totals.refused == 1 ? " is" : "s are",
                                      totals.first_refused / matrix.columns()),
                          column < names.size() ? names[column] : fmt::format("column {}", column),
                          "impute, clip or leave out such rows before clustering")
      .known_to_all();
}

}  // namespace

double ColumnStatistics::mean_variance() const noexcept {
  double sum = 0;
  for (const double value : variance) sum += value;
  return variance.empty() ? 0 : sum / static_cast<double>(variance.size());
}

base::matrix_view<const float> ColumnStatistics::centred(base::matrix_view<const float> values,
                                                         std::vector<float>& buffer) const {
  if (!is_centred) return values;
  buffer.resize(static_cast<std::size_t>(values.rows() * values.stride()));
  kernel::active().subtract({values.data(), values.stride(), values.rows()}, centre.data(), values.columns(), buffer.data(),
                            values.stride());
  return {buffer.data(), values.rows(), values.columns(), values.stride()};
}

ColumnStatistics column_statistics(comm::Communicator& communicator, const data::MatrixBlocks& matrix,
                                   const std::vector<std::string>& column_names) {
  comm::StageScope stage(communicator.statistics(), "statistics");
  const auto columns = static_cast<std::size_t>(matrix.columns());
  const auto n = static_cast<double>(std::max<std::int64_t>(1, matrix.rows()));
  ColumnStatistics statistics;
  statistics.centre.assign(columns, 0.0F);
  auto totals = pass(communicator, matrix, statistics.centre);
  if (totals.refused > 0) refuse(totals, matrix, column_names);

  for (std::size_t j = 0; j < columns; ++j) {
    const double mean = totals.sum[j] / n;
    const double square = totals.square[j] / n;
    // mean^2 > variance = square - mean^2, without the difference, which could cancel to noise.
    if (2 * mean * mean > square && mean != 0) {
      statistics.centre[j] = static_cast<float>(mean);
      statistics.is_centred = true;
    }
  }
  if (statistics.is_centred) totals = pass(communicator, matrix, statistics.centre);

  for (std::size_t j = 0; j < columns; ++j) {
    const double mean = totals.sum[j] / n;
    statistics.mean.push_back(mean);
    statistics.magnitude.push_back(totals.magnitude[j] / n);
    statistics.variance.push_back(std::max(0.0, totals.square[j] / n - mean * mean));
    const float greatest = std::max({totals.greatest[j], -totals.least[j], 0.0F});
    statistics.greatest_magnitude.push_back(greatest);
    statistics.scales.push_back(
        base::FixedScale::choose(matrix.rows(), static_cast<double>(greatest), statistics.magnitude.back()));
    statistics.sum_of_squares += totals.square[j];
  }
  return statistics;
}

}  // namespace fullbase::clustering
