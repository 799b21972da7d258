#include "store/parquet/writer.hpp"

#include <arrow/api.h>
#include <arrow/io/file.h>
#include <arrow/util/compression.h>
#include <fmt/format.h>
#include <parquet/arrow/writer.h>
#include <unistd.h>

#include <algorithm>
#include <memory>
#include <vector>

#include "data/type_kinds.hpp"
#include "parallel/stop.hpp"
#include "store/file.hpp"
#include "store/parquet/fields.hpp"
#include "store/parquet/status.hpp"
#include "store/parquet/values.hpp"
#include "store/table_reader.hpp"

namespace fullbase::store::parquet_files {
namespace {

constexpr std::int64_t decimal_limit = 1'000'000'000'000'000'000;  ///< 18 digits

std::shared_ptr<parquet::WriterProperties> writer_properties() {
  parquet::WriterProperties::Builder builder;
  const bool zstd = arrow::util::Codec::IsAvailable(arrow::Compression::ZSTD);
  builder.compression(zstd ? parquet::Compression::ZSTD : parquet::Compression::SNAPPY);
  builder.memory_pool(arrow::system_memory_pool());
  return builder.enable_page_checksum()->build();
}

/// What the target type cannot hold, or must not be.
void check(const data::Column& column, std::int64_t first_row, const std::string& where) {
  const data::Field& field = column.field();
  const bool is_float = data::is_float(field.type);
  for (std::int64_t row = 0; row < column.rows(); ++row) {
    if (column.is_missing(row)) {
      if (!field.nullable && !is_float)
        throw base::input_error(fmt::format("row {} is missing, and the column may not be", first_row + row), where);
    } else if (field.type == data::Type::decimal) {
      const std::int64_t units = column.int64s()[static_cast<std::size_t>(row)];
      if (units >= decimal_limit || units <= -decimal_limit)
        throw base::input_error(fmt::format("row {} has more than the 18 digits of a Parquet decimal", first_row + row), where,
                                "make it a float64 by a select step before, or leave the column out");
    }
  }
}

/// The column with only those categories that it has: a file's groups stand for themselves.
data::Column with_own_categories(const data::Column& column) {
  std::vector<std::int32_t> codes(column.int32s().begin(), column.int32s().end());
  std::vector<std::int32_t> used = codes;
  std::sort(used.begin(), used.end());
  used.erase(std::unique(used.begin(), used.end()), used.end());
  if (!used.empty() && used.front() < 0) used.erase(used.begin());
  data::Strings texts;
  for (const std::int32_t code : used) texts.push_back((*column.dictionary())[code]);
  for (std::int32_t& code : codes) {
    if (code >= 0) code = static_cast<std::int32_t>(std::lower_bound(used.begin(), used.end(), code) - used.begin());
  }
  return data::Column(column.field(), std::move(codes), {}, std::make_shared<const data::Dictionary>(std::move(texts)));
}

class Writing {
 public:
  Writing(const data::BlockSource& source, std::span<const int> columns, const std::string& path)
      : source_(source), columns_(columns.begin(), columns.end()), path_(path) {
    std::vector<data::Field> fields;
    std::string key;
    for (const int column : columns_) {
      fields.push_back(source.schema()[column]);
      if (fields.back().name == source.schema().key) key = fields.back().name;
    }
    schema_ = arrow_schema(fields, key);
    File::create(path);  // with our access rights
    auto opened = arrow::io::FileOutputStream::Open(path);
    require_written(opened.status(), path);
    out_ = *opened;
    auto properties = parquet::ArrowWriterProperties::Builder().store_schema()->build();
    auto writer =
        parquet::arrow::FileWriter::Open(*schema_, arrow::system_memory_pool(), out_, writer_properties(), std::move(properties));
    require_written(writer.status(), path);
    writer_ = std::move(writer).ValueUnsafe();
  }

  void write_groups() {
    const std::int64_t blocks = base::block_count(source_.rows());
    const std::int64_t group_blocks = 2 * blocks_at_once(source_, columns_);
    for (std::int64_t first = 0; first < blocks; first += group_blocks) {
      parallel::stop_point();
      write_group(base::rows_of_blocks({first, std::min(blocks, first + group_blocks)}, source_.rows()));
    }
  }

  void close() {
    require_written(writer_->Close(), path_);
    require_written(out_->Close(), path_);
  }

 private:
  void write_group(base::RowRange rows) {
    auto batch = source_.read(rows, columns_);
    arrow::ArrayVector arrays;
    for (data::Column& column : batch.columns) {
      check(column, rows.first, source_.name() + "." + column.field().name);
      if (column.field().type == data::Type::category) {
        const data::Column own = with_own_categories(column);
        arrays.push_back(array_of(own, texts_array(own.dictionary()->texts())));
      } else {
        arrays.push_back(array_of(column, nullptr));
      }
      column = {};
    }
    require_written(writer_->WriteTable(*arrow::Table::Make(schema_, std::move(arrays), rows.size()), rows.size()), path_);
  }

  const data::BlockSource& source_;
  std::vector<int> columns_;
  std::string path_;
  std::shared_ptr<arrow::Schema> schema_;
  std::shared_ptr<arrow::io::OutputStream> out_;
  std::unique_ptr<parquet::arrow::FileWriter> writer_;
};

}  // namespace

void write(const data::BlockSource& source, std::span<const int> columns, const std::string& path) {
  const std::string fresh = path + ".new";
  try {
    Writing writing(source, columns, fresh);
    writing.write_groups();
    writing.close();
    File::open_write(fresh).sync();
    rename_durably(fresh, path);
  } catch (const base::Error&) {
    ::unlink(fresh.c_str());
    throw;
  } catch (const std::exception& error) {
    ::unlink(fresh.c_str());
    throw base::io_error(std::string("cannot write: ") + error.what(), path);
  }
}

}  // namespace fullbase::store::parquet_files
