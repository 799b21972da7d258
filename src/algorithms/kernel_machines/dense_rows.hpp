// Rows of a table as points of a space: numbers as linear models encode them, a column of 0 and 1 for each category.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <utility>
#include <vector>

#include "algorithms/kernel_machines/row_panel.hpp"
#include "algorithms/learning/features.hpp"
#include "algorithms/linear/encoding.hpp"
#include "comm/communicator.hpp"
#include "data/block_source.hpp"
#include "data/budget.hpp"

namespace fullbase::kernel_machines {

/// Columns of an encoded row: one a number feature, then one a category of each categorical feature.
std::int64_t dense_columns(const linear::Encoding& encoding) noexcept;

/// The columns [first, last) that each feature takes, in the features' order.
std::vector<std::pair<std::int64_t, std::int64_t>> columns_of_features(const linear::Encoding& encoding);

/// What an average training row's columns are: 0 for numbers, shares for categories.
std::vector<double> mean_row(const linear::Encoding& encoding);

/// Encodes rows of a block: feature f of row i at values[f * stride + i]; column j of row i goes to out[j * base::block_rows +
/// i], those of the block's other rows are 0. `index` is room for Encoding::indexes() * base::block_rows places.
void encode_dense(const linear::Encoding& encoding, const double* values, std::int64_t stride, std::int64_t rows, double* out,
                  std::vector<double>& scratch, std::vector<std::int32_t>& index);

/// Called with a block's first row, its rows, its columns as encode_dense() leaves them, and the thread.
using EncodedBlockWork = std::function<void(std::int64_t first, std::int64_t rows, const double* columns, int thread)>;
/// Reads and encodes `rows` of the table block by block, by this rank's threads (parallel::scan). Not collective.
void for_each_encoded_block(const data::BlockSource& source, base::RowRange rows, std::span<const learning::Feature> features,
                            const linear::Encoding& encoding, const EncodedBlockWork& work);

/// This rank's rows (base::Partition) of the table, encoded, in memory: 8 bytes a row and column, from the budget by the caller.
/// Not collective.
RowPanel read_rows(const data::BlockSource& source, base::RowRange rows, std::span<const learning::Feature> features,
                   const linear::Encoding& encoding);

/// Collective; the same on every rank. The variance of all values of the table as one population, where numbers that are not
/// standardized count as they are, not less their mean: gamma = 1 / (columns * variance) is scikit-learn's "scale". Reads the
/// features once, and sends one exact sum a column.
double value_variance(comm::Communicator& communicator, const data::BlockSource& source,
                      std::span<const learning::Feature> features, const linear::Encoding& encoding, bool standardized);

}  // namespace fullbase::kernel_machines
