#include "runtime/filtered_table.hpp"

#include <unistd.h>

#include <numeric>
#include <utility>
#include <vector>

#include "algorithms/prepare/select.hpp"
#include "store/table_reader.hpp"
#include "store/table_writer.hpp"

namespace fullbase::runtime {
namespace {

constexpr const char* group = "/rows";

/// A table under another name: messages name what the user wrote, not the scratch file.
class Renamed final : public data::BlockSource {
 public:
  Renamed(std::unique_ptr<data::BlockSource> source, std::string name) : source_(std::move(source)), name_(std::move(name)) {}
  const std::string& name() const noexcept override { return name_; }
  const data::Schema& schema() const noexcept override { return source_->schema(); }
  std::int64_t rows() const noexcept override { return source_->rows(); }
  data::DictionaryPointer dictionary(int column) const override { return source_->dictionary(column); }
  data::Batch read(base::RowRange rows, std::span<const int> columns) const override { return source_->read(rows, columns); }
  std::int64_t bytes_read() const noexcept override { return source_->bytes_read(); }

 private:
  std::unique_ptr<data::BlockSource> source_;
  std::string name_;
};

}  // namespace

FilteredTable filter_table(comm::Communicator& communicator, const data::BlockSource& source, const data::BoundExpression& where,
                           const std::string& path) {
  const comm::StageScope stage(communicator.statistics(), "where");
  FilteredTable table;
  table.path = path;
  if (communicator.is_root()) table.remover = std::shared_ptr<void>(nullptr, [path](void*) { ::unlink(path.c_str()); });
  const prepare::Selection selection(communicator, source, &where);
  table.left_out = selection.left_out();
  std::vector<int> columns(static_cast<std::size_t>(source.schema().columns()));
  std::iota(columns.begin(), columns.end(), 0);
  std::vector<data::DictionaryPointer> dictionaries;
  store::TableOptions options;
  for (const int column : columns) {
    dictionaries.push_back(source.dictionary(column));
    options.string_widths.push_back(store::string_width(source, column));
  }
  const auto writer =
      store::TableWriter::create(communicator, path, group, source.schema(), selection.rows(), dictionaries, options);
  selection.write(communicator, columns, *writer);
  writer->finish();
  table.bytes_read = source.bytes_read();
  return table;
}

std::unique_ptr<data::BlockSource> open_filtered(const FilteredTable& table, const std::string& name) {
  return std::make_unique<Renamed>(store::open_table(table.path, group), name);
}

}  // namespace fullbase::runtime
