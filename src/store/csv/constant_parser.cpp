// A column whose value stands in the file's path.
#include <algorithm>
#include <string>
#include <type_traits>
#include <utility>

#include "base/error.hpp"
#include "store/csv/column_parser.hpp"
#include "store/csv/scanner.hpp"

namespace fullbase::store::csv {
namespace {

/// `count` times the one value of `one`.
LocalColumn repeated(const LocalColumn& one, std::size_t count) {
  LocalColumn column;
  std::visit(
      [&](const auto& values) {
        using Values = std::decay_t<decltype(values)>;
        if constexpr (std::is_same_v<Values, data::Strings>) {
          data::Strings texts;
          texts.reserve(static_cast<std::int64_t>(count), static_cast<std::int64_t>(count * values[0].size()));
          for (std::size_t i = 0; i < count; ++i) texts.push_back(values[0]);
          column.values = std::move(texts);
        } else {
          column.values = Values(count, values.front());
        }
      },
      one.values);
  if (!one.mask.empty() && count > 0) column.mask.assign(count, one.mask.front());
  return column;
}

/// A record of the one field `text`, as the parser of a column gets it from a file.
class OneField {
 public:
  explicit OneField(const std::string& text) : text_(text), end_(static_cast<std::uint32_t>(text.size())) {
    text_.append(scan_padding, '\0');
    records_.dialect.quoting = false;
    records_.text = text_.data();
    records_.field_ends = &end_;
    records_.starts = {0};
    records_.first_fields = {0};
    records_.found = 1;
    records_.plain = false;  // any bytes
  }
  OneField(const OneField&) = delete;
  OneField& operator=(const OneField&) = delete;
  const Records& records() const noexcept { return records_; }

 private:
  std::string text_;
  std::uint32_t end_;
  Records records_;
};

class ConstantParser final : public ColumnParser {
 public:
  ConstantParser(const CsvOptions& options, CsvColumn column, const PartitionValue& given) {
    if (!given.value) column.missing = {std::string()};
    parser_ = make_column_parser(options, column, 0);
    const OneField field(given.value.value_or(""));
    Refusals refusals;
    refusals.begin(1);
    parser_->parse(field.records(), refusals);
    if (refusals.any()) {
      throw base::input_error(std::string(reason_text(refusals.list().front().reason)) + " in '" +
                                  shown_text(given.value.value_or("")) + "' of the path",
                              "column '" + column.name() + "'", "rename the folder '" + given.name + "=...', or change the type");
    }
    one_ = parser_->take(0);
  }

  void parse(const Records& records, Refusals&) override {
    count_ += records.size();
    met_ = met_ || records.size() > 0;
  }
  void drop(std::span<const std::uint8_t> refused) override {
    count_ -= static_cast<std::size_t>(std::count(refused.begin(), refused.end(), std::uint8_t{1}));
  }
  LocalColumn take(std::size_t) override { return repeated(one_, std::exchange(count_, 0)); }
  /// A file without rows has no categories.
  const CategoryIndex* categories() const noexcept override {
    const CategoryIndex* const index = parser_->categories();
    return index == nullptr || met_ ? index : &none_;
  }

 private:
  std::unique_ptr<ColumnParser> parser_;
  LocalColumn one_;
  std::size_t count_ = 0;
  bool met_ = false;
  CategoryIndex none_;
};

}  // namespace

std::unique_ptr<ColumnParser> make_constant_parser(const CsvOptions& options, const CsvColumn& column,
                                                   const PartitionValue& value) {
  return std::make_unique<ConstantParser>(options, column, value);
}

}  // namespace fullbase::store::csv
