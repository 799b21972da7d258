// Reads a table that table_writer wrote (private to this folder).
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "store/file.hpp"
#include "store/stored_table.hpp"
#include "store/table_layout.hpp"

namespace fullbase::store {

/// HDF5 is used while opening only; then the file is an array of bytes in which each column lies in one piece.
class NativeTable final : public StoredTable {
 public:
  /// `group` is the open group at `path`:`table`.
  NativeTable(hid_t group, const std::string& path, const std::string& table);

  const std::string& name() const noexcept override { return name_; }
  const data::Schema& schema() const noexcept override { return schema_; }
  std::int64_t rows() const noexcept override { return rows_; }
  data::DictionaryPointer dictionary(int column) const override { return dictionaries_.at(static_cast<std::size_t>(column)); }
  data::Batch read(base::RowRange rows, std::span<const int> columns) const override;
  std::int64_t bytes_read() const noexcept override { return bytes_read_; }

  std::int32_t string_width(int column) const override;
  /// store::table_checksum().
  std::string checksum() const;

 private:
  void read_schema(hid_t group);
  /// Reads whole blocks of a stream to `target` and compares each with its checksum.
  void read_stream(int stream, base::BlockRange blocks, std::span<std::byte> target, int column) const;
  /// Appends the texts of `rows`, in bounded buffers however wide the column is.
  void read_texts(int stream, base::RowRange rows, data::Strings& texts, int column) const;
  /// A block that does not fit in such a buffer.
  void read_wide_block(int stream, std::int64_t block, base::RowRange rows, data::Strings& texts, int column) const;
  [[noreturn]] void refuse_block(std::int64_t block, int column) const;
  data::Column read_column(int column, base::RowRange rows) const;

  std::string name_;
  data::Schema schema_;
  std::int64_t rows_ = 0;
  std::vector<data::DictionaryPointer> dictionaries_;
  TableLayout layout_;
  File file_;
  mutable std::atomic<std::int64_t> bytes_read_ = 0;
};

}  // namespace fullbase::store
