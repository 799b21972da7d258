// Some rows of a table as a table: what a fold trains on.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "algorithms/learning/target.hpp"
#include "comm/communicator.hpp"
#include "data/block_source.hpp"
#include "data/budget.hpp"

namespace fullbase::learning {

/// The rows of `source` that are used, in their order, numbered from 0. Keeps the source by reference. Memory: a bit a row of the
/// whole table on every rank; of read() the result, and one column's piece of prepare::kept_values().
class RowSubset final : public data::BlockSource {
 public:
  /// Collective. used[i] is 1 for the local rows (base::Partition) that belong to it. Sends a bit a row.
  RowSubset(comm::Communicator& communicator, const data::BlockSource& source, std::span<const std::uint8_t> used);

  const std::string& name() const noexcept override { return source_.name(); }
  const data::Schema& schema() const noexcept override { return source_.schema(); }
  std::int64_t rows() const noexcept override { return starts_.back(); }
  data::DictionaryPointer dictionary(int column) const override { return source_.dictionary(column); }
  data::Batch read(base::RowRange rows, std::span<const int> columns) const override;
  std::vector<std::int64_t> source_rows(base::RowRange rows) const override;

 private:
  /// Rows of the source that rows of this table are.
  std::vector<std::int64_t> positions(base::RowRange rows) const;

  const data::BlockSource& source_;
  std::vector<std::uint64_t> bits_;   ///< of each block, words_of_block words
  std::vector<std::int64_t> starts_;  ///< used rows before each block; blocks + 1
};

/// Collective. The labels of the used rows, as a RowSubset of them owns its rows. Classes stay those of `target`.
Target subset(comm::Communicator& communicator, const Target& target, std::span<const std::uint8_t> used, data::Budget& budget);

}  // namespace fullbase::learning
