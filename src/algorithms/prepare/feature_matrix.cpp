#include "algorithms/prepare/feature_matrix.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <numeric>
#include <utility>

#include "algorithms/prepare/column_values.hpp"
#include "base/error.hpp"
#include "comm/agreement.hpp"
#include "comm/own_rows.hpp"
#include "parallel/scan.hpp"

namespace fullbase::prepare {
namespace {

constexpr std::int64_t round_bytes = std::int64_t{16} << 20;

std::vector<int> positions_of(std::span<const FittedColumn> columns, bool deciding_only) {
  std::vector<int> read;
  for (const FittedColumn& column : columns) {
    if (deciding_only && !drops_rows(column)) continue;
    if (std::ranges::find(read, column.position) == read.end()) read.push_back(column.position);
  }
  return read;
}

class Builder {
 public:
  Builder(comm::Communicator& communicator, const data::BlockSource& source, const TransformOptions& options,
          FeatureMatrix& result)
      : communicator_(communicator),
        source_(source),
        options_(options),
        result_(result),
        columns_(result.transforms.columns),
        read_(positions_of(columns_, false)),
        local_(comm::own_rows(communicator, source.rows())) {}

  /// Every row is kept, so that the source's blocks are the matrix's.
  void write_blocks() {
    comm::collective_try(communicator_, "make the matrix", [&] {
      parallel::scan(source_, local_, read_, [&](data::Batch&& batch, int) {
        std::vector<float> rows;
        for_blocks(batch.rows, [&](base::RowRange block) {
          rows.clear();
          append_rows(batch, block, {}, rows);
          result_.matrix->write(base::block_of_row(block.first), {rows.data(), block.size(), width()});
        });
      });
    });
  }

  /// Rows are dropped, so that the others move: in rounds of whole groups, each row to the owner of its block.
  void write_kept(data::Budget& budget) {
    count_kept();
    const auto owners = base::Partition(result_.matrix->rows(), communicator_.size());
    const std::int64_t groups =
        std::clamp<std::int64_t>(round_bytes / (parallel::scan_group_rows * width() * 4), 1, parallel::scan_group_blocks);
    const std::int64_t first_group = local_.first / parallel::scan_group_rows;
    const std::int64_t my_groups = std::ssize(starts_) - 1;
    const std::int64_t all_groups = communicator_.max_value(my_groups);
    comm::collective_try(communicator_, "make the matrix", [&] {
      const std::int64_t kept = result_.matrix->local_rows().size();
      result_.reservation = budget.require(kept * 8, "the row numbers of kept rows");
      result_.source_rows.assign(static_cast<std::size_t>(kept), 0);
    });
    for (std::int64_t done = 0; done < all_groups; done += groups) {
      const std::int64_t first = std::min(done, my_groups);
      const std::int64_t last = std::min(done + groups, my_groups);
      const base::RowRange rows = base::intersect(
          local_, {(first_group + first) * parallel::scan_group_rows, (first_group + last) * parallel::scan_group_rows});
      round(rows, {starts_[static_cast<std::size_t>(first)], starts_[static_cast<std::size_t>(last)]}, owners);
    }
  }

 private:
  std::int64_t width() const { return std::ssize(columns_); }

  /// Transformed rows of one block, row by row; of those that `kept` (a byte a row of the batch; empty: all) says.
  void append_rows(const data::Batch& batch, base::RowRange block, const std::vector<std::uint8_t>& kept,
                   std::vector<float>& rows) {
    const auto n = static_cast<std::size_t>(block.size());
    const auto offset = static_cast<std::size_t>(block.first - batch.rows.first);
    std::vector<std::size_t> chosen;
    for (std::size_t i = 0; i < n; ++i) {
      if (kept.empty() || kept[offset + i] != 0) chosen.push_back(i);
    }
    const std::size_t before = rows.size();
    const std::size_t stride = columns_.size();
    rows.resize(before + chosen.size() * stride);
    std::vector<double> values(n);
    for (std::size_t c = 0; c < stride; ++c) {
      const auto place = static_cast<std::size_t>(std::ranges::find(read_, columns_[c].position) - read_.begin());
      to_doubles(batch.columns[place], block.first - batch.rows.first, block.last - batch.rows.first, values);
      for (std::size_t i = 0; i < n; ++i) {
        const bool out = !kept.empty() && kept[offset + i] == 0;
        if (out || (options_.infinite_is_missing && std::isinf(values[i]))) values[i] = data::missing_float64;
      }
      apply_transforms(columns_[c], columns_[c].transforms.size(), values, block.first, source_);
      for (std::size_t i = 0; i < chosen.size(); ++i) {
        const double value = values[chosen[i]];
        const float rounded = static_cast<float>(value) + 0.0F;  // a tiny negative value becomes -0
        if (!std::isfinite(rounded)) {
          refuse(c, block.first + static_cast<std::int64_t>(chosen[i]));
        }
        rows[before + i * stride + c] = rounded;
      }
    }
  }

  [[noreturn]] void refuse(std::size_t c, std::int64_t row) const {
    throw base::input_error("the value does not fit float32 after its transforms",
                            fmt::format("{}.{}[{}]", source_.name(), columns_[c].column, source_.source_row(row)),
                            "standardize the column, or use asinh or clip");
  }

  /// How many rows each of this rank's groups keeps, and so where each group's rows begin in the matrix.
  void count_kept() {
    const std::vector<int> deciding = positions_of(columns_, true);
    const std::int64_t first_group = local_.first / parallel::scan_group_rows;
    std::vector<std::int64_t> counts(
        local_.empty() ? 0 : static_cast<std::size_t>((local_.last - 1) / parallel::scan_group_rows - first_group + 1), 0);
    comm::collective_try(communicator_, "count rows", [&] {
      parallel::scan(source_, local_, deciding, [&](data::Batch&& batch, int) {
        const auto kept = kept_rows(columns_, batch, deciding, options_.infinite_is_missing);
        counts[static_cast<std::size_t>(batch.rows.first / parallel::scan_group_rows - first_group)] =
            std::ranges::count(kept, std::uint8_t{1});
      });
    });
    starts_ = {communicator_.exclusive_sum(std::accumulate(counts.begin(), counts.end(), std::int64_t{0}))};
    for (const std::int64_t count : counts) starts_.push_back(starts_.back() + count);
  }

  /// Source rows `rows` become matrix rows `made`.
  void round(base::RowRange rows, base::RowRange made, const base::Partition& owners) {
    std::vector<float> values(static_cast<std::size_t>(made.size() * width()));
    std::vector<std::int64_t> numbers(static_cast<std::size_t>(made.size()));
    comm::collective_try(communicator_, "make the matrix", [&] {
      parallel::scan(source_, rows, read_, [&](data::Batch&& batch, int) {
        const auto kept = kept_rows(columns_, batch, read_, options_.infinite_is_missing);
        std::int64_t at = starts_[static_cast<std::size_t>(batch.rows.first / parallel::scan_group_rows -
                                                           local_.first / parallel::scan_group_rows)] -
                          made.first;
        std::vector<float> part;
        for_blocks(batch.rows, [&](base::RowRange block) { append_rows(batch, block, kept, part); });
        std::ranges::copy(part, values.begin() + at * width());
        for (std::size_t i = 0; i < kept.size(); ++i) {
          if (kept[i] != 0) numbers[static_cast<std::size_t>(at++)] = batch.rows.first + static_cast<std::int64_t>(i);
        }
      });
    });

    std::vector<std::span<const float>> send_values;
    std::vector<std::span<const std::int64_t>> send_numbers;
    for (int r = 0; r < communicator_.size(); ++r) {
      const auto part = base::intersect(made, owners.rows_of(r));
      const auto first = static_cast<std::size_t>(part.empty() ? 0 : part.first - made.first);
      const auto count = static_cast<std::size_t>(part.empty() ? 0 : part.size());
      const auto stride = columns_.size();
      send_values.push_back(std::span<const float>(values).subspan(first * stride, count * stride));
      send_numbers.push_back(std::span<const std::int64_t>(numbers).subspan(first, count));
    }
    const auto firsts = communicator_.all_gather(made.first);
    const auto got_values = communicator_.all_to_all(send_values);
    const auto got_numbers = communicator_.all_to_all(send_numbers);
    comm::collective_try(communicator_, "make the matrix", [&] {
      const base::RowRange mine = owners.rows_of(communicator_.rank());
      for (int r = 0; r < communicator_.size(); ++r) {
        const auto part = got_numbers.from(r);
        const std::int64_t first = std::max(firsts[static_cast<std::size_t>(r)], mine.first);
        if (part.empty()) continue;
        std::ranges::copy(part, result_.source_rows.begin() + (first - mine.first));
        put({first, first + std::ssize(part)}, got_values.from(r));
      }
    });
  }

  /// Matrix rows that arrived; a block is written once all of it has.
  void put(base::RowRange rows, std::span<const float> values) {
    for_blocks(rows, [&](base::RowRange part) {
      const std::int64_t block = base::block_of_row(part.first);
      const base::RowRange whole = base::rows_of_block(block, result_.matrix->rows());
      auto& waiting = waiting_[block];
      waiting.values.resize(static_cast<std::size_t>(whole.size() * width()));
      const auto from = values.subspan(static_cast<std::size_t>((part.first - rows.first) * width()),
                                       static_cast<std::size_t>(part.size() * width()));
      std::ranges::copy(from, waiting.values.begin() + (part.first - whole.first) * width());
      waiting.rows += part.size();
      if (waiting.rows < whole.size()) return;
      result_.matrix->write(block, {waiting.values.data(), whole.size(), width()});
      waiting_.erase(block);
    });
  }

  struct Waiting {
    std::vector<float> values;
    std::int64_t rows = 0;
  };

  comm::Communicator& communicator_;
  const data::BlockSource& source_;
  const TransformOptions& options_;
  FeatureMatrix& result_;
  const std::vector<FittedColumn>& columns_;
  std::vector<int> read_;
  base::RowRange local_;
  std::vector<std::int64_t> starts_;  ///< matrix rows at which this rank's groups begin, and the end
  std::map<std::int64_t, Waiting> waiting_;
};

}  // namespace

FeatureMatrix build_matrix(comm::Communicator& communicator, const data::BlockSource& source, std::span<const ColumnPlan> plans,
                           const TransformOptions& options, data::Budget& budget, data::Spill& spill, const BytesBeside& beside,
                           const std::vector<FittedColumn>* fitted) {
  FeatureMatrix result;
  result.transforms = fit_transforms(communicator, source, plans, options, budget, fitted);
  const std::int64_t rows = source.rows() - result.transforms.dropped;
  data::Reservation buffers;
  comm::collective_try(communicator, "make the matrix", [&] {
    if (plans.empty()) throw base::job_file_error("no column is chosen", {}, "list at least one under columns");
    // Row numbers and what the algorithm needs come before the matrix takes what is left. Until the algorithm runs, its share is
    // the room for the round's buffers.
    const bool dropped = result.transforms.dropped > 0;
    const auto local = base::Partition(rows, communicator.size()).blocks_of(communicator.rank());
    const auto local_rows = base::rows_of_blocks(local, rows).size();
    data::Reservation row_numbers;
    data::Reservation for_algorithm;
    if (dropped) row_numbers = budget.require(local_rows * 8, "the row numbers of kept rows");
    if (beside) for_algorithm = budget.require(beside(rows, local_rows), "what is computed beside the matrix");
    if (dropped && !beside) buffers = budget.reserve_up_to(std::min(2 * round_bytes, budget.available() / 4));
    result.matrix = std::make_unique<data::MatrixBlocks>(rows, static_cast<int>(plans.size()), local, budget, spill);
  });
  Builder builder(communicator, source, options, result);
  if (result.transforms.dropped > 0) {
    builder.write_kept(budget);
  } else {
    builder.write_blocks();
  }
  return result;
}

}  // namespace fullbase::prepare
