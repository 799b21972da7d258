// A columnar file as a table (private to this folder).
#pragma once

#include <cstdint>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "base/time.hpp"
#include "data/block_source.hpp"
#include "store/columnar_format.hpp"

namespace fullbase::store {

/// The columns that can be read, with the types that the file gives them; the others are passed over. Columns of groups are
/// unpacked as a whole and kept for the reads that follow. Memory: 256 MiB of them, and a group's column a thread beyond; a
/// category column's dictionary, for which the column is read once when it is first asked for.
class ColumnarTable final : public data::BlockSource {
 public:
  /// `zone`: where timestamps without a zone are local.
  ColumnarTable(std::unique_ptr<ColumnarFile> file, const std::string& zone);
  ~ColumnarTable() override;

  const std::string& name() const noexcept override { return file_->path(); }
  const data::Schema& schema() const noexcept override { return schema_; }
  std::int64_t rows() const noexcept override { return file_->rows(); }
  data::DictionaryPointer dictionary(int column) const override;
  data::Batch read(base::RowRange rows, std::span<const int> columns) const override;
  std::int64_t bytes_read() const noexcept override { return file_->bytes_read(); }

 private:
  struct Unpacked;
  using Place = std::pair<std::int64_t, int>;  ///< group, column

  std::shared_ptr<Unpacked> at(Place place) const;
  void unpack(Unpacked& unpacked, Place place) const;
  void let_go_of_old() const;
  /// Appends what a batch of the file gives, its first row `first_row` of the table.
  void append(data::Column& column, int position, ColumnarValues&& values, std::int64_t first_row) const;
  std::string where(int column) const { return file_->path() + "." + schema_[column].name; }

  std::unique_ptr<ColumnarFile> file_;
  base::TimeZone zone_;
  data::Schema schema_;
  std::vector<int> positions_;  ///< in the file's fields, by column
  struct Categories;
  std::vector<std::unique_ptr<Categories>> categories_;  ///< by column; null where it is none
  mutable std::mutex mutex_;
  mutable std::list<Place> used_;  ///< the one used last in front
  struct Kept {
    std::shared_ptr<Unpacked> unpacked;
    std::list<Place>::iterator used;
  };
  mutable std::map<Place, Kept> unpacked_;
  mutable std::int64_t kept_bytes_ = 0;
};

}  // namespace fullbase::store
