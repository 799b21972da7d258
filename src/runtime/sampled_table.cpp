#include "runtime/sampled_table.hpp"

#include <algorithm>
#include <span>
#include <utility>
#include <vector>

#include "base/error.hpp"
#include "base/hash.hpp"
#include "comm/agreement.hpp"
#include "data/show_value.hpp"
#include "data/type_kinds.hpp"

namespace fullbase::runtime {
namespace {

/// A table with one column more, which says whether the row is in the sample.
class Marked final : public data::BlockSource {
 public:
  Marked(const data::BlockSource& source, const KeySample& sample)
      : source_(source), sample_(sample), key_(source.schema().at(sample.by(), source.name())), schema_(source.schema()) {
    const auto type = schema_[key_].type;
    if (is_float(type))
      throw base::input_error("holds floats, by which nothing can be sampled", source.name() + "." + sample.by());
    data::Field mark{.name = "in sample", .type = data::Type::boolean};
    while (schema_.find(mark.name)) mark.name += '\'';
    schema_.fields.push_back(std::move(mark));
    if (type != data::Type::category) return;
    const auto& categories = *source.dictionary(key_);
    for (std::int32_t code = 0; code < categories.size(); ++code) codes_.push_back(sample.holds(categories[code]) ? 1 : 0);
  }

  const std::string& name() const noexcept override { return source_.name(); }
  const data::Schema& schema() const noexcept override { return schema_; }
  std::int64_t rows() const noexcept override { return source_.rows(); }
  data::DictionaryPointer dictionary(int column) const override {
    return column == last() ? nullptr : source_.dictionary(column);
  }
  std::vector<std::int64_t> source_rows(base::RowRange rows) const override { return source_.source_rows(rows); }
  std::int64_t bytes_read() const noexcept override { return source_.bytes_read(); }

  data::Batch read(base::RowRange rows, std::span<const int> columns) const override {
    // The key is read for the mark alone where the reader does not ask for it.
    std::vector<int> own;
    for (const int column : columns) {
      if (column != last()) own.push_back(column);
    }
    const bool is_marked = own.size() < columns.size();
    const auto place = static_cast<std::size_t>(std::find(own.begin(), own.end(), key_) - own.begin());
    const bool is_extra = is_marked && place == own.size();
    if (is_extra) own.push_back(key_);
    auto batch = source_.read(rows, own);
    if (!is_marked) return batch;
    data::Column marks(schema_[last()], marks_of(batch.columns[place]));
    if (is_extra) batch.columns.pop_back();
    for (std::size_t i = 0; i < columns.size(); ++i) {
      if (columns[i] == last()) batch.columns.insert(batch.columns.begin() + static_cast<std::ptrdiff_t>(i), marks);
    }
    return batch;
  }

 private:
  int last() const noexcept { return source_.schema().columns(); }

  std::vector<std::uint8_t> marks_of(const data::Column& keys) const {
    std::vector<std::uint8_t> marks(static_cast<std::size_t>(keys.rows()));
    for (std::int64_t row = 0; row < keys.rows(); ++row) {
      auto& mark = marks[static_cast<std::size_t>(row)];
      if (keys.is_missing(row))
        mark = 0;
      else if (!codes_.empty())
        mark = codes_[static_cast<std::size_t>(keys.int32s()[static_cast<std::size_t>(row)])];
      else
        mark = sample_.holds(data::show_value(keys, row, {})) ? 1 : 0;
    }
    return marks;
  }

  const data::BlockSource& source_;
  const KeySample& sample_;
  int key_;
  data::Schema schema_;
  std::vector<std::uint8_t> codes_;  ///< of a category column: whether the code is in the sample
};

}  // namespace

KeySample::KeySample(std::string by, double share, std::int64_t seed)
    : by_(std::move(by)), share_(share), generator_(random::make_key(seed, "", "sample")) {}

bool KeySample::holds(std::string_view key) const noexcept {
  const auto hash = base::xxh3(std::as_bytes(std::span(key.data(), key.size())));
  return generator_.uniform(static_cast<std::int64_t>(hash)) < share_;
}

FilteredTable sample_table(comm::Communicator& communicator, const data::BlockSource& source, const KeySample& sample,
                           const std::string& path) {
  // The categories of the key may be read here.
  const auto marked = comm::collective_try(communicator, "sample", [&] { return std::make_unique<Marked>(source, sample); });
  const auto& mark = marked->schema()[source.schema().columns()].name;
  const auto where = data::BoundExpression::bind_condition(data::Expression::parse("`" + mark + "`"), marked->schema());
  return filter_table(communicator, *marked, where, path, source.schema().columns());
}

}  // namespace fullbase::runtime
