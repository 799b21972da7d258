#include "store/csv/columnar_column.hpp"

#include <fmt/format.h>

#include <cstring>
#include <limits>
#include <optional>
#include <utility>

#include "base/decimal.hpp"
#include "base/error.hpp"
#include "base/time.hpp"
#include "base/utf8.hpp"
#include "data/type_kinds.hpp"

namespace fullbase::store::csv {
namespace {

using data::Type;

std::optional<Reason> refusal(std::string_view text) noexcept {
  if (std::memchr(text.data(), '\0', text.size()) != nullptr) return Reason::nul_byte;
  if (!base::is_utf8(text)) return Reason::not_utf8;
  return std::nullopt;
}

/// Values whose type is the one that is asked for, or float64 of float32 and int64.
class SameType final : public ColumnarColumn {
 public:
  SameType(const CsvColumn& column, const ColumnarField& field, const std::string& zone)
      : type_(column.type), required_(column.required), zone_(field.local ? base::TimeZone(zone) : base::TimeZone()) {}

  ColumnarForm form() const noexcept override { return ColumnarForm::values; }

  LocalColumn take(const ColumnarValues& values, Refusals& refusals) override {
    const std::int64_t rows = values.rows();
    LocalColumn column{as_asked(values.values), {}};
    for (std::int64_t row = 0; row < rows; ++row) {
      if (!values.is_missing(row)) continue;
      if (required_) refusals.add(static_cast<std::size_t>(row), Reason::missing);
      set_missing(column, static_cast<std::size_t>(row), static_cast<std::size_t>(rows));
    }
    if (zone_.is_utc()) return column;
    auto& times = std::get<std::vector<std::int64_t>>(column.values);
    for (std::int64_t row = 0; row < rows; ++row) {
      if (values.is_missing(row)) continue;
      const auto utc = zone_.to_utc(times[static_cast<std::size_t>(row)]);
      if (!utc) refusals.add(static_cast<std::size_t>(row), Reason::skipped_time);
      times[static_cast<std::size_t>(row)] = utc.value_or(data::missing_int64);
    }
    return column;
  }

 private:
  data::Column::Values as_asked(const data::Column::Values& values) const {
    if (type_ != Type::float64) return values;
    std::vector<double> numbers;
    if (const auto* floats = std::get_if<std::vector<float>>(&values)) {
      numbers.assign(floats->begin(), floats->end());
    } else if (const auto* whole = std::get_if<std::vector<std::int64_t>>(&values)) {
      for (const std::int64_t value : *whole) numbers.push_back(static_cast<double>(value));
    } else {
      return values;
    }
    return numbers;
  }

  void set_missing(LocalColumn& column, std::size_t row, std::size_t rows) const {
    if (data::has_mask(type_)) {
      column.mask.resize(rows);
      column.mask[row] = 1;
      if (type_ == Type::int64) std::get<std::vector<std::int64_t>>(column.values)[row] = 0;
      if (type_ == Type::boolean) std::get<std::vector<std::uint8_t>>(column.values)[row] = 0;
    } else if (type_ == Type::float64) {
      std::get<std::vector<double>>(column.values)[row] = data::missing_float64;
    } else if (type_ == Type::date) {
      std::get<std::vector<std::int32_t>>(column.values)[row] = data::missing_date;
    } else {
      std::get<std::vector<std::int64_t>>(column.values)[row] = data::missing_int64;
    }
  }

  Type type_;
  bool required_;
  base::TimeZone zone_;
};

/// Texts as a string column.
class Texts final : public ColumnarColumn {
 public:
  Texts(const CsvColumn& column, const MissingTokens& missing, std::shared_ptr<const base::PseudonymKey> pseudonyms)
      : required_(column.required), missing_(missing), pseudonyms_(std::move(pseudonyms)) {}

  ColumnarForm form() const noexcept override { return ColumnarForm::values; }

  LocalColumn take(const ColumnarValues& values, Refusals& refusals) override {
    const std::int64_t rows = values.rows();
    data::Strings texts;
    texts.reserve(rows, 0);
    std::vector<std::uint8_t> mask;
    for (std::int64_t row = 0; row < rows; ++row) {
      const std::string_view text = values.is_missing(row) ? std::string_view() : values.text(row);
      if (values.is_missing(row) || missing_.contains(text)) {
        if (required_) refusals.add(static_cast<std::size_t>(row), Reason::missing);
        mask.resize(static_cast<std::size_t>(rows));
        mask[static_cast<std::size_t>(row)] = 1;
        texts.push_back("");
        continue;
      }
      if (const auto reason = refusal(text)) refusals.add(static_cast<std::size_t>(row), *reason);
      texts.push_back(pseudonyms_ ? pseudonyms_->pseudonym(text) : text);
    }
    return {std::move(texts), std::move(mask)};
  }

 private:
  bool required_;
  MissingTokens missing_;
  std::shared_ptr<const base::PseudonymKey> pseudonyms_;
};

/// Texts as a category column: each text of the file's dictionary is looked up once.
class Codes final : public ColumnarColumn {
 public:
  Codes(const CsvColumn& column, const MissingTokens& missing) : required_(column.required), missing_(missing) {}

  ColumnarForm form() const noexcept override { return ColumnarForm::codes; }

  LocalColumn take(const ColumnarValues& values, Refusals& refusals) override {
    const auto& given = std::get<std::vector<std::int32_t>>(values.values);
    std::vector<Known> known(static_cast<std::size_t>(values.texts.size()));
    std::vector<std::int32_t> codes(given.size(), data::missing_code);
    for (std::size_t row = 0; row < given.size(); ++row) {
      if (given[row] < 0) {
        if (required_) refusals.add(row, Reason::missing);
        continue;
      }
      Known& one = known[static_cast<std::size_t>(given[row])];
      if (!one.met) one = meet(values.texts[given[row]]);
      if (one.reason) refusals.add(row, *one.reason);
      codes[row] = one.code;
    }
    return {std::move(codes), {}};
  }
  const CategoryIndex* categories() const noexcept override { return &index_; }

 private:
  struct Known {
    bool met = false;
    std::int32_t code = data::missing_code;
    std::optional<Reason> reason = {};
  };

  Known meet(std::string_view text) {
    if (missing_.contains(text)) return {true, data::missing_code, required_ ? std::optional(Reason::missing) : std::nullopt};
    if (const auto reason = refusal(text)) return {true, data::missing_code, reason};
    padded_.assign(text);
    padded_.append(8, '\0');  // key() reads on
    const std::string_view padded(padded_.data(), text.size());
    const CategoryIndex::Key key = CategoryIndex::key(padded);
    const std::int32_t found = index_.find(key, padded);
    return {true, found == CategoryIndex::unknown ? index_.insert(key, padded) : found};
  }

  bool required_;
  MissingTokens missing_;
  CategoryIndex index_;
  std::string padded_;
};

/// All else, through the parser that a CSV file's column has.
class ByText final : public ColumnarColumn {
 public:
  ByText(const CsvOptions& options, CsvColumn column, const ColumnarField& field) : field_(field) {
    if (!is_text(field.field.type)) column.format.clear();  // its times are written here, in ISO 8601
    // What stands for null, which no number, time or truth value can be.
    if (!column.missing) column.missing = options.missing;
    column.missing->push_back("");
    parser_ = make_column_parser(options, column, 0);
    records_.dialect.quoting = false;
    records_.plain = false;  // any bytes
  }

  ColumnarForm form() const noexcept override { return field_.as_text ? ColumnarForm::texts : ColumnarForm::values; }

  LocalColumn take(const ColumnarValues& values, Refusals& refusals) override {
    const std::int64_t rows = values.rows();
    text_.clear();
    ends_.clear();
    records_.starts.clear();
    records_.first_fields.clear();
    for (std::int64_t row = 0; row < rows; ++row) {
      records_.starts.push_back(static_cast<std::uint32_t>(text_.size()));
      records_.first_fields.push_back(static_cast<std::uint32_t>(row));
      text_ += text_of(field_, values, row);
      if (text_.size() > std::numeric_limits<std::uint32_t>::max() / 2)
        throw base::input_error("its texts are too long to be anything else", "column '" + field_.field.name + "'",
                                "import it as a string");
      ends_.push_back(static_cast<std::uint32_t>(text_.size()));
      text_ += '\n';
    }
    text_.append(scan_padding, '\0');
    records_.text = text_.data();
    records_.field_ends = ends_.data();
    records_.found = rows;
    parser_->parse(records_, refusals);
    return parser_->take(static_cast<std::size_t>(rows));
  }
  const CategoryIndex* categories() const noexcept override { return parser_->categories(); }

 private:
  ColumnarField field_;
  std::unique_ptr<ColumnParser> parser_;
  std::string text_;
  std::vector<std::uint32_t> ends_;
  Records records_;
};

bool taken_as_it_is(const CsvColumn& column, const ColumnarField& field) {
  const Type from = field.field.type;
  if (field.as_text) return false;
  if (column.type == Type::float64 && (from == Type::float32 || from == Type::int64)) return true;
  return column.type == from && (from != Type::decimal || column.scale == field.field.scale);
}

}  // namespace

std::string text_of(const ColumnarField& field, const ColumnarValues& values, std::int64_t row) {
  if (values.is_missing(row)) return {};
  if (is_text(field.field.type) || std::holds_alternative<data::Strings>(values.values)) return std::string(values.text(row));
  const auto at = static_cast<std::size_t>(row);
  switch (field.field.type) {
    case Type::int64:
      return std::to_string(std::get<std::vector<std::int64_t>>(values.values)[at]);
    case Type::float64:
      return fmt::format("{}", std::get<std::vector<double>>(values.values)[at]);
    case Type::float32:
      return fmt::format("{}", std::get<std::vector<float>>(values.values)[at]);
    case Type::boolean:
      return std::get<std::vector<std::uint8_t>>(values.values)[at] != 0 ? "true" : "false";
    case Type::decimal:
      return base::format_decimal(std::get<std::vector<std::int64_t>>(values.values)[at], field.field.scale);
    case Type::timestamp: {
      std::string text = base::format_timestamp(std::get<std::vector<std::int64_t>>(values.values)[at]);
      if (field.local) text.pop_back();  // the Z
      return text;
    }
    case Type::date:
      return base::format_date(std::get<std::vector<std::int32_t>>(values.values)[at]);
    default:
      throw base::internal_error("a column of no known type");
  }
}

std::unique_ptr<ColumnarColumn> make_columnar_column(const CsvOptions& options, const CsvColumn& column,
                                                     const ColumnarField& field) {
  const MissingTokens missing(column.missing ? *column.missing : options.missing);
  if (is_text(field.field.type)) {
    if (column.type == Type::category) return std::make_unique<Codes>(column, missing);
    if (column.type == Type::string)
      return std::make_unique<Texts>(column, missing, column.pseudonym ? options.pseudonyms : nullptr);
  } else if (taken_as_it_is(column, field)) {
    return std::make_unique<SameType>(column, field, column.timezone.empty() ? options.timezone : column.timezone);
  }
  return std::make_unique<ByText>(options, column, field);
}

}  // namespace fullbase::store::csv
