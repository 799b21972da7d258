// Several tables of one schema, one behind the other, as one (private to this folder).
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "store/lock.hpp"
#include "store/stored_table.hpp"

namespace fullbase::store {

/// The parts of a store's table. Categories are united; codes are remapped while reading.
class JoinedTable final : public StoredTable {
 public:
  /// Every part has `schema`. `reading`, which may be null, is held as long as the table lives.
  JoinedTable(std::string name, data::Schema schema, std::vector<std::unique_ptr<data::BlockSource>> parts,
              std::shared_ptr<const SharedLock> reading);

  const std::string& name() const noexcept override { return name_; }
  const data::Schema& schema() const noexcept override { return schema_; }
  std::int64_t rows() const noexcept override { return starts_.back(); }
  data::DictionaryPointer dictionary(int column) const override {
    return united_.at(static_cast<std::size_t>(column)).dictionary;
  }
  data::Batch read(base::RowRange rows, std::span<const int> columns) const override;
  std::int64_t bytes_read() const noexcept override;
  std::int32_t string_width(int column) const override;

 private:
  /// A part's column with the united dictionary's codes.
  data::Column with_united_codes(data::Column column, int position, std::size_t part) const;

  std::string name_;
  data::Schema schema_;
  std::vector<std::unique_ptr<data::BlockSource>> parts_;
  std::vector<std::int64_t> starts_ = {0};      ///< first row of each part, and the number of rows
  std::vector<data::UnitedDictionary> united_;  ///< by column; empty where it is no category
  std::shared_ptr<const SharedLock> reading_;
};

}  // namespace fullbase::store
