#include "store/hdf5_export.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <vector>

#include "base/block.hpp"
#include "parallel/stop.hpp"
#include "store/column_codec.hpp"
#include "store/file.hpp"
#include "store/guard.hpp"
#include "store/hdf5.hpp"
#include "store/table_layout.hpp"
#include "store/table_reader.hpp"

namespace fullbase::store {
namespace {

using hdf5::check;
using hdf5::Handle;
using hdf5::own_new;

/// The rows that are read and packed at a time: whole chunks.
std::int64_t rows_a_run(std::int64_t rows) {
  return std::max(64 * base::block_rows, chunk_rows(rows));
}

/// Bytes of the longest text of a string column: known for tables of ours, else looked for.
std::int32_t longest_text(const data::BlockSource& source, int column) {
  if (source.schema()[column].type != data::Type::string) return 0;
  std::int32_t longest = string_width(source, column);
  if (longest > 0) return longest;
  const std::int64_t run = rows_a_run(source.rows());
  for (std::int64_t first = 0; first < source.rows(); first += run) {
    const auto batch = source.read({first, std::min(source.rows(), first + run)}, std::span(&column, 1));
    for (std::int64_t row = 0; row < batch.rows.size(); ++row)
      longest = std::max(longest, static_cast<std::int32_t>(batch.columns[0].strings()[row].size()));
  }
  return longest;
}

class PackedTable {
 public:
  PackedTable(const data::BlockSource& source, std::span<const int> columns, const std::string& path, const std::string& name)
      : source_(source),
        columns_(columns.begin(), columns.end()),
        path_(path),
        group_(normal_path(name)),
        run_(rows_a_run(source.rows())) {
    std::vector<std::int32_t> widths;
    std::vector<data::DictionaryPointer> dictionaries;
    for (const int column : columns_) {
      schema_.fields.push_back(source.schema()[column]);
      dictionaries.push_back(source.dictionary(column));
      widths.push_back(static_cast<std::int32_t>(padded_width(longest_text(source, column))));
      run_ = std::min(run_, packed_rows(run_, widths.back()));
    }
    if (schema_.find(source.schema().key)) schema_.key = source.schema().key;
    layout_ = plan_layout(schema_, widths);
    const hdf5::Session session;
    file_ = hdf5::create_file(path, 0600);
    lay_out(file_.get(), group_, schema_, source.rows(), dictionaries, layout_, path, Storage::packed);
    for (const auto& stream : layout_.streams) {
      datasets_.push_back(
          own_new(H5Dopen2(file_.get(), (group_ + "/" + stream.dataset).c_str(), H5P_DEFAULT), H5Dclose, "open a dataset", path));
    }
  }

  void write() {
    for (std::int64_t first = 0; first < source_.rows(); first += run_) {
      parallel::stop_point();
      write_rows({first, std::min(source_.rows(), first + run_)});
    }
  }

  void close() {
    const hdf5::Session session;
    for (auto& dataset : datasets_) dataset.close(path_);
    file_.close(path_);
  }

  ~PackedTable() {
    const hdf5::Session session;
    datasets_.clear();
    file_ = {};
  }

 private:
  void write_rows(base::RowRange rows) {
    const auto batch = source_.read(rows, columns_);
    const hdf5::Session session;
    for (std::size_t i = 0; i < batch.columns.size(); ++i) {
      const auto& column = batch.columns[i];
      const auto width = layout_.streams[static_cast<std::size_t>(layout_.values_of[i])].value_bytes;
      const std::string where = fmt::format("{}.{}", source_.name(), schema_.fields[i].name);
      write_stream(layout_.values_of[i], rows, encode_values(column, width, scratch_, where));
      if (layout_.mask_of[i] >= 0) write_stream(layout_.mask_of[i], rows, encode_mask(column, scratch_));
    }
    if (layout_.row_numbers < 0) return;
    std::vector<std::int64_t> numbers(static_cast<std::size_t>(rows.size()));
    for (std::size_t i = 0; i < numbers.size(); ++i) numbers[i] = rows.first + static_cast<std::int64_t>(i);
    write_stream(layout_.row_numbers, rows, std::as_bytes(std::span(numbers)));
  }

  void write_stream(int stream, base::RowRange rows, std::span<const std::byte> bytes) {
    const hid_t dataset = datasets_[static_cast<std::size_t>(stream)].get();
    const Handle type = own_new(H5Dget_type(dataset), H5Tclose, "write values", path_);
    const Handle target = own_new(H5Dget_space(dataset), H5Sclose, "write values", path_);
    const auto start = static_cast<hsize_t>(rows.first);
    const auto count = static_cast<hsize_t>(rows.size());
    check(H5Sselect_hyperslab(target.get(), H5S_SELECT_SET, &start, nullptr, &count, nullptr), "write values", path_);
    const Handle memory = own_new(H5Screate_simple(1, &count, nullptr), H5Sclose, "write values", path_);
    check(H5Dwrite(dataset, type.get(), memory.get(), target.get(), H5P_DEFAULT, bytes.data()), "write values", path_);
  }

  const data::BlockSource& source_;
  std::vector<int> columns_;
  std::string path_;
  std::string group_;
  std::int64_t run_;  ///< rows that are written at a time
  data::Schema schema_;
  TableLayout layout_;
  Handle file_;
  std::vector<Handle> datasets_;
  std::vector<std::byte> scratch_;
};

}  // namespace

void export_hdf5(const data::BlockSource& source, std::span<const int> columns, const std::string& path,
                 const std::string& name) {
  const std::string fresh = path + ".new";
  try {
    PackedTable table(source, columns, fresh, name);
    table.write();
    table.close();
    File::open_write(fresh).sync();
    rename_durably(fresh, path);
  } catch (...) {
    ::unlink(fresh.c_str());
    throw;
  }
}

}  // namespace fullbase::store
