#include "algorithms/learning/row_subset.hpp"

#include <algorithm>
#include <bit>

#include "algorithms/prepare/kept_rows.hpp"
#include "base/contract.hpp"
#include "comm/agreement.hpp"
#include "comm/redistribute.hpp"

namespace fullbase::learning {

namespace {

constexpr std::int64_t word_bits = 64;
constexpr std::int64_t words_of_block = base::block_rows / word_bits;

}  // namespace

RowSubset::RowSubset(comm::Communicator& communicator, const data::BlockSource& source, std::span<const std::uint8_t> used)
    : source_(source) {
  const base::Partition partition(source.rows(), communicator.size());
  const auto local = partition.blocks_of(communicator.rank());
  FULLBASE_EXPECTS(std::ssize(used) == partition.rows_of(communicator.rank()).size(), "each local row is used or not");
  std::vector<std::uint64_t> mine(static_cast<std::size_t>(local.size() * words_of_block), 0);
  for (std::size_t i = 0; i < used.size(); ++i)
    if (used[i] != 0) mine[i / word_bits] |= std::uint64_t{1} << (i % word_bits);
  bits_ = communicator.all_gather_all(std::span<const std::uint64_t>(mine)).values;
  starts_.assign(1, 0);
  for (std::int64_t block = 0; block < partition.blocks(); ++block) {
    std::int64_t count = 0;
    for (std::int64_t w = 0; w < words_of_block; ++w)
      count += std::popcount(bits_[static_cast<std::size_t>(block * words_of_block + w)]);
    starts_.push_back(starts_.back() + count);
  }
}

std::vector<std::int64_t> RowSubset::positions(base::RowRange rows) const {
  std::vector<std::int64_t> positions;
  positions.reserve(static_cast<std::size_t>(rows.size()));
  auto block = std::ranges::upper_bound(starts_, rows.first) - starts_.begin() - 1;
  for (std::int64_t at = rows.empty() ? rows.last : starts_[static_cast<std::size_t>(block)]; at < rows.last; ++block)
    for (std::int64_t w = 0; w < words_of_block && at < rows.last; ++w) {
      auto word = bits_[static_cast<std::size_t>(block * words_of_block + w)];
      for (; word != 0 && at < rows.last; word &= word - 1, ++at)
        if (at >= rows.first) positions.push_back(block * base::block_rows + w * word_bits + std::countr_zero(word));
    }
  return positions;
}

data::Batch RowSubset::read(base::RowRange rows, std::span<const int> columns) const {
  const auto wanted = positions(rows);
  data::Batch batch{.rows = rows, .columns = {}};
  for (const int column : columns) batch.columns.push_back(prepare::kept_values(source_, column, {}, wanted));
  return batch;
}

std::vector<std::int64_t> RowSubset::source_rows(base::RowRange rows) const {
  return prepare::kept_row_numbers(source_, {}, positions(rows));
}

Target subset(comm::Communicator& communicator, const Target& target, std::span<const std::uint8_t> used, data::Budget& budget) {
  Target part;
  part.task = target.task;
  part.column = target.column;
  part.type = target.type;
  part.classes = target.classes;
  std::vector<std::int32_t> codes;
  std::vector<double> values;
  comm::collective_try(communicator, "labels of some rows", [&] {
    // Rows that came from another rank may be more than those that went.
    const auto row_bytes = static_cast<std::int64_t>(target.values.empty() ? sizeof(std::int32_t) : sizeof(double));
    part.reservation = budget.require(2 * row_bytes * std::ssize(used), "labels of some rows");
    for (std::size_t i = 0; i < used.size(); ++i) {
      if (used[i] == 0) continue;
      if (!target.codes.empty()) codes.push_back(target.codes[i]);
      if (!target.values.empty()) values.push_back(target.values[i]);
    }
  });
  if (target.task == Task::regression) {
    part.values = comm::redistribute(communicator, std::span<const double>(values));
    return part;
  }
  part.codes = comm::redistribute(communicator, std::span<const std::int32_t>(codes));
  part.rows_of_class.assign(target.classes.size(), 0);
  for (const auto code : part.codes) ++part.rows_of_class[static_cast<std::size_t>(code)];
  communicator.sum(std::span(part.rows_of_class));
  return part;
}

}  // namespace fullbase::learning
