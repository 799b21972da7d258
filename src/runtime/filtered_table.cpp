#include "runtime/filtered_table.hpp"

#include <unistd.h>

#include <numeric>
#include <utility>
#include <vector>

#include "algorithms/prepare/select.hpp"
#include "comm/agreement.hpp"
#include "runtime/string_widths.hpp"
#include "store/table_reader.hpp"
#include "store/table_writer.hpp"

namespace fullbase::runtime {
namespace {

constexpr const char* group = "/rows";

/// A table with one column more, of its rows' numbers, which filtered rows keep.
class Numbered final : public data::BlockSource {
 public:
  explicit Numbered(const data::BlockSource& source) : source_(source), schema_(source.schema()) {
    data::Field number{.name = "source row", .type = data::Type::int64};
    while (schema_.find(number.name)) number.name += '\'';
    schema_.fields.push_back(std::move(number));
  }
  const std::string& name() const noexcept override { return source_.name(); }
  const data::Schema& schema() const noexcept override { return schema_; }
  std::int64_t rows() const noexcept override { return source_.rows(); }
  data::DictionaryPointer dictionary(int column) const override {
    return column == last() ? nullptr : source_.dictionary(column);
  }
  data::Batch read(base::RowRange rows, std::span<const int> columns) const override {
    std::vector<int> own(columns.begin(), columns.end());
    std::erase(own, last());
    data::Batch batch = source_.read(rows, own);
    for (std::size_t i = 0; i < columns.size(); ++i) {
      if (columns[i] != last()) continue;
      batch.columns.insert(batch.columns.begin() + static_cast<std::ptrdiff_t>(i),
                           data::Column(schema_[last()], source_.source_rows(rows)));
    }
    return batch;
  }

 private:
  int last() const noexcept { return source_.schema().columns(); }

  const data::BlockSource& source_;
  data::Schema schema_;
};

/// The filtered rows as the user knows them: messages name what they wrote, not the scratch file, and number rows as there.
class Filtered final : public data::BlockSource {
 public:
  Filtered(std::unique_ptr<data::BlockSource> numbered, std::string name)
      : source_(std::move(numbered)), name_(std::move(name)), schema_(source_->schema()) {
    schema_.fields.pop_back();
  }
  const std::string& name() const noexcept override { return name_; }
  const data::Schema& schema() const noexcept override { return schema_; }
  std::int64_t rows() const noexcept override { return source_->rows(); }
  data::DictionaryPointer dictionary(int column) const override { return source_->dictionary(column); }
  data::Batch read(base::RowRange rows, std::span<const int> columns) const override { return source_->read(rows, columns); }
  std::vector<std::int64_t> source_rows(base::RowRange rows) const override {
    const int number = schema_.columns();
    const auto batch = source_->read(rows, std::span(&number, 1));
    const auto numbers = batch[0].int64s();
    return {numbers.begin(), numbers.end()};
  }
  std::int64_t bytes_read() const noexcept override { return source_->bytes_read(); }

 private:
  std::unique_ptr<data::BlockSource> source_;
  std::string name_;
  data::Schema schema_;
};

}  // namespace

FilteredTable filter_table(comm::Communicator& communicator, const data::BlockSource& source, const data::BoundExpression& where,
                           const std::string& path, std::optional<int> kept) {
  const comm::StageScope stage(communicator.statistics(), "where");
  FilteredTable table;
  table.path = path;
  if (communicator.is_root()) table.remover = std::shared_ptr<void>(nullptr, [path](void*) { ::unlink(path.c_str()); });
  // The condition is bound to the source's columns, which come first here too.
  const Numbered numbered(source);
  const prepare::Selection selection(communicator, numbered, &where);
  table.left_out = selection.left_out();
  std::vector<int> columns(static_cast<std::size_t>(kept.value_or(source.schema().columns())));
  std::iota(columns.begin(), columns.end(), 0);
  columns.push_back(source.schema().columns());  // the row's number
  data::Schema schema{{}, numbered.schema().key};
  for (const int column : columns) schema.fields.push_back(numbered.schema()[column]);
  std::vector<data::DictionaryPointer> dictionaries;
  store::TableOptions options;
  options.durability = store::Durability::scratch;
  comm::collective_try(communicator, "categories", [&] {
    for (const int column : columns) dictionaries.push_back(numbered.dictionary(column));
  });
  options.string_widths = string_widths(communicator, numbered, columns, source);
  const auto writer = store::TableWriter::create(communicator, path, group, schema, selection.rows(), dictionaries, options);
  selection.write(communicator, columns, *writer);
  writer->finish();
  table.bytes_read = source.bytes_read();
  return table;
}

std::unique_ptr<data::BlockSource> open_filtered(const FilteredTable& table, const std::string& name) {
  return std::make_unique<Filtered>(store::open_table(table.path, group), name);
}

}  // namespace fullbase::runtime
