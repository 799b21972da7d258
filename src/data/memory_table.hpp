// A table held in memory, and a sink that makes one: small results, tests.
#pragma once

#include <mutex>
#include <string>
#include <vector>

#include "data/block_sink.hpp"
#include "data/block_source.hpp"

namespace fullbase::data {

/// Every rank that makes one holds the whole table. Memory: Batch::bytes().
class MemoryTable final : public BlockSource {
 public:
  /// A table without rows.
  MemoryTable(std::string name, Schema schema, std::vector<DictionaryPointer> dictionaries = {});
  /// One batch that starts at row 0; its columns' fields are the schema.
  MemoryTable(std::string name, Batch whole, std::string key = {});
  /// Batches that follow each other from row 0 on, of equal fields and the same dictionaries.
  MemoryTable(std::string name, std::vector<Batch> batches, std::string key = {});

  const std::string& name() const noexcept override { return name_; }
  const Schema& schema() const noexcept override { return schema_; }
  std::int64_t rows() const noexcept override { return whole_.rows.last; }
  DictionaryPointer dictionary(int column) const override;
  Batch read(base::RowRange rows, std::span<const int> columns) const override;

  /// All rows, in place.
  const Batch& whole() const noexcept { return whole_; }

 private:
  std::string name_;
  Schema schema_;
  Batch whole_;
};

/// Keeps what is written, from any thread. With threads as ranks, all may write into one.
class MemorySink final : public BlockSink {
 public:
  void write(const Batch& batch) override;

  /// What was written, in row order; its rows must follow each other from row 0 on.
  MemoryTable table(std::string name, std::string key = {}) const;
  std::int64_t rows_written() const;

 private:
  mutable std::mutex mutex_;
  std::vector<Batch> batches_;
};

}  // namespace fullbase::data
