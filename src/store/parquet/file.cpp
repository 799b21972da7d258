#include "store/parquet/file.hpp"

#include <arrow/api.h>
#include <arrow/io/file.h>
#include <fmt/format.h>
#include <parquet/arrow/reader.h>
#include <parquet/arrow/schema.h>
#include <parquet/file_reader.h>
#include <parquet/metadata.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <set>

#include "base/int128.hpp"
#include "base/size.hpp"
#include "store/file.hpp"
#include "store/parquet/fields.hpp"
#include "store/parquet/status.hpp"
#include "store/parquet/values.hpp"

namespace fullbase::store::parquet_files {
namespace {

constexpr std::int64_t magic_bytes = 4;
constexpr std::int64_t least_bytes = 12;  ///< magic, length of the footer, magic
constexpr std::int64_t buffer_bytes = std::int64_t{256} << 10;
constexpr std::int64_t batch_bytes = std::int64_t{32} << 20;  ///< about; texts that repeat count once
constexpr std::int64_t least_batch_rows = 256;

/// The first and last bytes say what the file is, and whether all of it is there.
void check_ends(const std::string& path) {
  const File file = File::open_read(path, File::default_missing_advice);
  const std::int64_t bytes = file.size();
  std::array<char, magic_bytes> ends{};
  const auto is = [&](std::int64_t offset, std::string_view magic) {
    file.read_at(offset, std::as_writable_bytes(std::span(ends)));
    return std::string_view(ends.data(), ends.size()) == magic;
  };
  if (bytes >= magic_bytes && is(0, "PARE"))
    throw base::input_error("is an encrypted Parquet file", path, "write it without encryption");
  if (bytes < magic_bytes || !is(0, "PAR1")) throw base::input_error("is no Parquet file", path, "check the path and the format");
  if (bytes < least_bytes || !is(bytes - magic_bytes, "PAR1")) {
    throw base::input_error("is a Parquet file cut short: its end is missing (" + base::format_count(bytes) + " bytes are there)",
                            path, "copy it again, or wait until it is written");
  }
}

parquet::ReaderProperties reader_properties() {
  parquet::ReaderProperties properties(arrow::system_memory_pool());
  properties.enable_buffered_stream();
  properties.set_buffer_size(buffer_bytes);
  properties.set_page_checksum_verification(true);
  return properties;
}

/// Throws what does not fit together: rows of groups and columns, and pieces outside the file.
void check_footer(const parquet::FileMetaData& footer, std::int64_t file_bytes, const std::string& path) {
  if (footer.num_rows() < 0) throw damaged("the footer claims a negative number of rows", path);
  std::int64_t rows = 0;
  for (int group = 0; group < footer.num_row_groups(); ++group) {
    const auto part = footer.RowGroup(group);
    if (part->num_rows() < 0 || part->num_rows() > footer.num_rows() - rows)
      throw damaged(fmt::format("row group {} claims rows that the file has not", group), path);
    rows += part->num_rows();
    for (int column = 0; column < part->num_columns(); ++column) {
      const auto chunk = part->ColumnChunk(column);
      const auto what = [&] { return fmt::format("row group {}, column {}: ", group, footer.schema()->Column(column)->name()); };
      if (!chunk->file_path().empty()) throw base::input_error(what() + "lies in another file, which is not followed", path);
      const std::int64_t begin = chunk->has_dictionary_page() && chunk->dictionary_page_offset() > 0
                                     ? std::min(chunk->dictionary_page_offset(), chunk->data_page_offset())
                                     : chunk->data_page_offset();
      const std::int64_t bytes = chunk->total_compressed_size();
      if (begin < magic_bytes || bytes < 0 || begin > file_bytes || bytes > file_bytes - begin)
        throw damaged(what() + "lies outside the file", path);
      const bool repeated = footer.schema()->Column(column)->max_repetition_level() > 0;
      if (!repeated && chunk->num_values() != part->num_rows()) throw damaged(what() + "has not as many values as rows", path);
    }
  }
  if (rows != footer.num_rows()) throw damaged("the row groups have not as many rows as the file", path);
}

class ParquetFile final : public ColumnarFile {
 public:
  explicit ParquetFile(const std::string& path) : path_(path) {
    check_ends(path);
    reading(path, [&] {
      file_ = require(arrow::io::ReadableFile::Open(path, arrow::system_memory_pool()), path);
      const std::int64_t bytes = require(file_->GetSize(), path);
      auto reader = parquet::ParquetFileReader::Open(file_, reader_properties());
      footer_ = reader->metadata();
      check_footer(*footer_, bytes, path);
      for (int group = 0; group < footer_->num_row_groups(); ++group)
        starts_.push_back(starts_.back() + footer_->RowGroup(group)->num_rows());
      take_fields();
    });
  }

  const std::string& path() const noexcept override { return path_; }
  const std::vector<ColumnarField>& fields() const noexcept override { return fields_; }
  const std::string& key() const noexcept override { return key_; }
  const std::vector<std::int64_t>& group_starts() const noexcept override { return starts_; }
  std::int64_t bytes_read() const noexcept override { return bytes_read_; }

  void read(std::int64_t group, std::span<const Request> requests, std::int64_t batch_rows,
            const std::function<void(std::vector<ColumnarValues>&&)>& take) const override {
    std::vector<int> leaves;
    for (const Request& request : requests) leaves.push_back(leaves_[static_cast<std::size_t>(request.column)]);
    const auto reader = reading(path_, [&] { return make_reader(requests, std::min(batch_rows, rows_at_once(group, leaves))); });
    const auto batches =
        reading(path_, [&] { return require(reader->GetRecordBatchReader({static_cast<int>(group)}, leaves), path_); });
    const std::int64_t first = starts_[static_cast<std::size_t>(group)];
    const std::int64_t last = starts_[static_cast<std::size_t>(group) + 1];
    std::int64_t row = first;
    while (true) {
      std::vector<ColumnarValues> values;
      const std::int64_t rows = reading(path_, [&] { return read_batch(*batches, requests, row, values); });
      if (rows == 0) break;
      if (rows > last - row) throw damaged(fmt::format("row group {} has more rows than it claims", group), path_);
      row += rows;
      take(std::move(values));
    }
    if (row != last) throw damaged(fmt::format("row group {} ends before its rows", group), path_);
  }

 private:
  std::unique_ptr<parquet::arrow::FileReader> make_reader(std::span<const Request> requests, std::int64_t batch_rows) const {
    parquet::ArrowReaderProperties properties(false);
    properties.set_batch_size(batch_rows);
    properties.set_pre_buffer(false);
    for (const Request& request : requests) {
      if (request.form == ColumnarForm::codes)
        properties.set_read_dictionary(leaves_[static_cast<std::size_t>(request.column)], true);
    }
    parquet::arrow::FileReaderBuilder builder;
    require(builder.Open(file_, reader_properties(), footer_), path_);
    builder.memory_pool(arrow::system_memory_pool())->properties(properties);
    return require(builder.Build(), path_);
  }

  /// Counts what reading these columns of a group takes; rows of it that take some 32 MiB.
  std::int64_t rows_at_once(std::int64_t group, const std::vector<int>& leaves) const {
    const auto part = footer_->RowGroup(static_cast<int>(group));
    base::int128 bytes = 1;
    for (const int leaf : leaves) {
      const auto chunk = part->ColumnChunk(leaf);
      bytes_read_ += chunk->total_compressed_size();
      bytes += std::max<std::int64_t>(0, chunk->total_uncompressed_size());
    }
    return std::max(least_batch_rows, static_cast<std::int64_t>(base::int128{batch_bytes} * part->num_rows() / bytes));
  }

  /// The next batch's columns in the order of `requests`; how many rows, 0 at the end.
  std::int64_t read_batch(arrow::RecordBatchReader& batches, std::span<const Request> requests, std::int64_t row,
                          std::vector<ColumnarValues>& values) const {
    std::shared_ptr<arrow::RecordBatch> batch;
    do {
      require(batches.ReadNext(&batch), path_);
      if (!batch) return 0;
    } while (batch->num_rows() == 0);
    for (const Request& request : requests) {
      const ColumnarField& field = fields_[static_cast<std::size_t>(request.column)];
      const auto array = batch->GetColumnByName(field.field.name);
      if (!array || array->length() != batch->num_rows()) throw damaged("a column's values are not there", path_);
      values.push_back(values_of(*array, field, request.form, path_ + "." + field.field.name, row));
      if (values.back().rows() != batch->num_rows()) throw damaged("a column's values are not there", path_);
    }
    return batch->num_rows();
  }

  /// The top-level columns. Of nested ones only the name is kept.
  void take_fields() {
    parquet::arrow::FileReaderBuilder builder;
    require(builder.Open(file_, reader_properties(), footer_), path_);
    const auto reader = require(builder.memory_pool(arrow::system_memory_pool())->Build(), path_);
    std::shared_ptr<arrow::Schema> schema;
    require(reader->GetSchema(&schema), path_);
    std::set<std::string> names;
    for (int i = 0; i < schema->num_fields(); ++i) {
      ColumnarField field = field_of(*schema->field(i));
      const auto& place = reader->manifest().schema_fields.at(static_cast<std::size_t>(i));
      if (field.refusal.empty() && place.column_index < 0) field.refusal = "is nested";
      if (field.field.name.empty() && field.refusal.empty()) field.refusal = "has no name";
      if (!names.insert(field.field.name).second)
        throw base::input_error("has two columns named '" + field.field.name + "'", path_, "write it with different names");
      leaves_.push_back(place.column_index);
      fields_.push_back(std::move(field));
    }
    key_ = key_of(*schema);
  }

  std::string path_;
  std::shared_ptr<arrow::io::RandomAccessFile> file_;
  std::shared_ptr<parquet::FileMetaData> footer_;
  std::vector<std::int64_t> starts_ = {0};
  std::vector<ColumnarField> fields_;
  std::vector<int> leaves_;  ///< of each field: the column of the file; -1 for nested ones
  std::string key_;
  mutable std::atomic<std::int64_t> bytes_read_ = 0;
};

}  // namespace

std::unique_ptr<ColumnarFile> open(const std::string& path) {
  return std::make_unique<ParquetFile>(path);
}

}  // namespace fullbase::store::parquet_files
