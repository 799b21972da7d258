// One row of each key: the first or the last.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/block.hpp"
#include "comm/communicator.hpp"
#include "data/block_source.hpp"
#include "data/budget.hpp"
#include "data/expression.hpp"

namespace fullbase::tables {

/// Which of the rows of one key stays.
enum class Keep : std::uint8_t { first, last };

struct DedupeOptions {
  std::vector<int> by;  ///< positions of the key columns; not float32 or float64
  Keep keep = Keep::first;
  std::optional<int> order = {};  ///< position of the column that orders the rows of a key; then, or without it, their numbers do
};

/// A table and, as its last column, a mark of the row of each key that stays: the one of the least (`first`) or greatest (`last`)
/// value of the order, of equal ones that of the lowest (`first`) or highest (`last`) number. A row whose order is missing stays
/// only where no row of its key has one. Rows that miss a part of the key have no mark. Only this rank's rows, by
/// base::Partition, can be read.
class DedupedSource final : public data::BlockSource {
 public:
  /// Collective. The source must outlive this. `where`, bound to its schema, says which rows take part; null: all. Rows are
  /// shuffled by key in passes (see prepare::KeyPasses): the key, the order and the row number of each are sent at most once, and
  /// 8 bytes back for each key. Memory: that of a pass, 1 byte a row of this rank, and 24 bytes a key of a pass.
  DedupedSource(comm::Communicator& communicator, const data::BlockSource& source, const DedupeOptions& options,
                const data::BoundExpression* where, data::Budget& budget);

  const std::string& name() const noexcept override { return source_.name(); }
  const data::Schema& schema() const noexcept override { return schema_; }
  std::int64_t rows() const noexcept override { return source_.rows(); }
  data::DictionaryPointer dictionary(int column) const override;
  data::Batch read(base::RowRange rows, std::span<const int> columns) const override;
  std::vector<std::int64_t> source_rows(base::RowRange rows) const override { return source_.source_rows(rows); }
  std::int64_t bytes_read() const noexcept override { return source_.bytes_read(); }

  /// Which rows stay, bound to schema().
  const data::BoundExpression& condition() const noexcept { return condition_; }

  /// Rows of all ranks that do not take part, that have no key, and that others of their key were kept for.
  std::int64_t filtered() const noexcept { return filtered_; }
  std::int64_t missing_keys() const noexcept { return missing_keys_; }
  std::int64_t repeated() const noexcept { return repeated_; }
  std::int64_t passes() const noexcept { return passes_; }

 private:
  void mark(comm::Communicator& communicator, std::vector<std::int64_t> kept);

  const data::BlockSource& source_;
  data::Schema schema_;
  data::BoundExpression condition_;
  base::RowRange local_;
  data::Reservation memory_;
  std::vector<std::uint8_t> marks_;  ///< of this rank's rows
  std::int64_t filtered_ = 0;
  std::int64_t missing_keys_ = 0;
  std::int64_t repeated_ = 0;
  std::int64_t passes_ = 1;
};

}  // namespace fullbase::tables
