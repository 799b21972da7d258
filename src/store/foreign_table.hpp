// Reads tables that other programs wrote, through HDF5 (private to this folder).
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <unordered_set>
#include <vector>

#include "data/block_source.hpp"
#include "store/hdf5.hpp"

namespace fullbase::store {

/// A column in a file of another program.
struct ForeignColumn {
  data::Field field;
  hdf5::Handle values;                   ///< the dataset; codes of a categorical
  hdf5::Handle mask;                     ///< of a nullable array
  int matrix_column = -1;                ///< column of a 2-D dataset, whose handle is ForeignTable's
  data::DictionaryPointer dictionary;    ///< of a categorical
  std::vector<std::int32_t> remap = {};  ///< the file's code -> ours
};

class ForeignTable final : public data::BlockSource {
 public:
  /// Keeps `file` open. `object` is the group or dataset at `path`:`table`. Call with a hdf5::Session.
  ForeignTable(hdf5::Handle file, hid_t object, const std::string& path, const std::string& table);
  ~ForeignTable() override;

  const std::string& name() const noexcept override { return name_; }
  const data::Schema& schema() const noexcept override { return schema_; }
  std::int64_t rows() const noexcept override { return rows_; }
  data::DictionaryPointer dictionary(int column) const override {
    return columns_.at(static_cast<std::size_t>(column)).dictionary;
  }
  data::Batch read(base::RowRange rows, std::span<const int> columns) const override;
  std::int64_t bytes_read() const noexcept override { return bytes_read_; }

 private:
  void open_matrix(hid_t dataset);
  void open_columns(hid_t group, const std::vector<std::string>& names);
  void add(ForeignColumn column);
  /// The rows of a 1-D dataset, which all columns must have.
  void count_rows(hid_t dataset, const std::string& column);
  ForeignColumn open_column(hid_t group, const std::string& name);
  ForeignColumn open_categorical(hid_t group, ForeignColumn column, const std::string& where);
  data::Column read_column(const ForeignColumn& column, base::RowRange rows) const;
  std::vector<data::Column> read_matrix(base::RowRange rows, std::span<const int> columns) const;

  std::string name_;
  std::int64_t file_bytes_ = 0;
  hdf5::Handle file_;
  hdf5::Handle matrix_;  ///< where the table is one 2-D dataset
  data::Schema schema_;
  std::int64_t rows_ = -1;
  std::unordered_set<std::string> names_;
  std::vector<ForeignColumn> columns_;
  mutable std::atomic<std::int64_t> bytes_read_ = 0;
};

}  // namespace fullbase::store
