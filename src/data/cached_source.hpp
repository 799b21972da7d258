// Keeps the blocks of a table that fit in the budget, for passes over the same rows again and again.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "data/block_source.hpp"
#include "data/budget.hpp"

namespace fullbase::data {

/// Shows `columns` of `source` as a table of its own. A block of `local` is kept after its first read if the budget grants its
/// bytes, and read from the source each time otherwise; what is read never depends on that. Both references outlive it. Memory:
/// what it reserves, and 32 bytes a block of `local`.
class CachedSource final : public BlockSource {
 public:
  CachedSource(const BlockSource& source, std::vector<int> columns, base::BlockRange local, Budget& budget);
  ~CachedSource() override;

  const std::string& name() const noexcept override { return source_.name(); }
  const Schema& schema() const noexcept override { return schema_; }
  std::int64_t rows() const noexcept override { return source_.rows(); }
  DictionaryPointer dictionary(int column) const override {
    return source_.dictionary(columns_.at(static_cast<std::size_t>(column)));
  }
  Batch read(base::RowRange rows, std::span<const int> columns) const override;
  std::vector<std::int64_t> source_rows(base::RowRange rows) const override { return source_.source_rows(rows); }
  std::int64_t bytes_read() const noexcept override { return source_.bytes_read(); }

  std::int64_t blocks_kept() const;

 private:
  struct Block;
  /// The kept block, or null.
  std::shared_ptr<const Batch> kept(std::int64_t block) const;
  /// Keeps blocks that lie whole in `batch`, which has every column.
  void keep(const Batch& batch) const;

  const BlockSource& source_;
  std::vector<int> columns_;
  base::BlockRange local_;
  Budget& budget_;
  Schema schema_;
  mutable std::mutex mutex_;
  mutable std::vector<std::unique_ptr<Block>> blocks_;  ///< of local_; null: not kept
  mutable bool full_ = false;                           ///< the budget has refused once
};

}  // namespace fullbase::data
