// Parsers of int64, decimal, float64 and bool columns.
#include <fast_float/fast_float.h>

#include <cmath>
#include <optional>

#include "base/decimal.hpp"
#include "base/error.hpp"
#include "store/csv/column_values.hpp"
#include "store/csv/numbers.hpp"

namespace fullbase::store::csv {
namespace {

Reason reason_of(base::DecimalStatus status, bool whole) noexcept {
  switch (status) {
    case base::DecimalStatus::too_many_decimals:
      return whole ? Reason::not_whole : Reason::too_many_decimals;
    case base::DecimalStatus::overflow:
      return Reason::overflow;
    default:
      return Reason::not_a_number;
  }
}

/// Goes from text to values of T. `Kind` has: fast(text, value) for the usual case; exact(text, value), which gives a reason if
/// there is no value; none, what stands for a missing value; and masked, whether the type keeps missing values in a mask.
template <class T, class Kind>
class NumberParser final : public ColumnParser {
 public:
  NumberParser(Kind kind, bool required, const MissingTokens& missing, std::size_t position)
      : kind_(kind), required_(required), missing_(missing), texts_(position) {}

  void parse(const Records& records, Refusals& refusals) override {
    const std::size_t before = values_.size();
    T* const out = values_.extend(records.size());
    texts_.each(records, refusals, [&](std::size_t record, std::string_view text) {
      if (!missing_.contains(text) && kind_.fast(text, out[record])) [[likely]]
        return;
      slow(text, out[record], before, record, refusals);
    });
  }
  void drop(std::span<const std::uint8_t> refused) override { values_.drop(refused); }
  LocalColumn take(std::size_t rows) override { return values_.take(rows); }

 private:
  void slow(std::string_view text, T& value, std::size_t before, std::size_t record, Refusals& refusals) {
    text = without_blanks(text);
    std::optional<Reason> reason;
    if (!missing_.contains(text)) {
      reason = kind_.exact(text, value);
      if (!reason && !kind_.is_none(value)) return;
    }
    if (!reason && required_) reason = Reason::missing;
    value = Kind::none;
    if (reason) {
      refusals.add(record, *reason);
    } else if constexpr (Kind::masked) {
      values_.set_missing(before + record);
    }
  }

  Kind kind_;
  bool required_;
  MissingTokens missing_;
  FieldTexts texts_;
  FixedValues<T> values_;
};

/// int64 is a decimal without decimals: "12.0" is 12.
struct Integer {
  static constexpr bool masked = true;
  static constexpr std::int64_t none = 0;
  static bool is_none(std::int64_t) noexcept { return false; }
  bool fast(std::string_view text, std::int64_t& value) const noexcept {
    const ShortNumber number = short_number(text);
    value = number.negative ? -static_cast<std::int64_t>(number.digits) : static_cast<std::int64_t>(number.digits);
    return number.ok && number.decimals == 0;
  }
  std::optional<Reason> exact(std::string_view text, std::int64_t& value) const noexcept {
    const base::ParsedDecimal parsed = base::parse_decimal(text, 0);
    value = parsed.units;
    if (parsed) return std::nullopt;
    return reason_of(parsed.status, true);
  }
};

struct Decimal {
  static constexpr bool masked = false;
  static constexpr std::int64_t none = data::missing_int64;
  int scale;
  static bool is_none(std::int64_t) noexcept { return false; }
  bool fast(std::string_view text, std::int64_t& value) const noexcept {
    const ShortNumber number = short_number(text);
    const int zeros = scale - number.decimals;
    if (!number.ok || zeros < 0 || zeros > 10) return false;  // 8 digits and 10 zeros fit in 63 bits
    const auto units = static_cast<std::int64_t>(number.digits * powers_of_ten[zeros]);
    value = number.negative ? -units : units;
    return true;
  }
  std::optional<Reason> exact(std::string_view text, std::int64_t& value) const noexcept {
    const base::ParsedDecimal parsed = base::parse_decimal(text, scale);
    value = parsed.units;
    if (parsed) return std::nullopt;
    return reason_of(parsed.status, false);
  }
};

struct Float {
  static constexpr bool masked = false;
  static constexpr double none = data::missing_float64;
  /// "nan" is a spelling of missing.
  static bool is_none(double value) noexcept { return std::isnan(value); }
  bool fast(std::string_view text, double& value) const noexcept {
    const ShortNumber number = short_number(text);
    // Both are exact doubles, so that the division is the one rounding (Clinger's fast path). Never -0.
    const double size = static_cast<double>(number.digits) / static_cast<double>(powers_of_ten[number.decimals]);
    value = number.negative ? 0.0 - size : size;
    return number.ok;
  }
  std::optional<Reason> exact(std::string_view text, double& value) const noexcept {
    if (text.size() > 1 && text[0] == '+' && text[1] != '-') text.remove_prefix(1);
    const char* const end = text.data() + text.size();
    const auto parsed = fast_float::from_chars(text.data(), end, value);
    if (parsed.ptr != end || text.empty()) return Reason::not_a_number;
    if (parsed.ec == std::errc::result_out_of_range && value != 0) return Reason::overflow;
    if (parsed.ec != std::errc() && parsed.ec != std::errc::result_out_of_range) return Reason::not_a_number;
    // Digits whose value is infinite are too large; "inf" is a value.
    if (std::isinf(value) && text.find_first_of("iI") == std::string_view::npos) return Reason::overflow;
    value += 0.0;  // no -0
    return std::nullopt;
  }
};

struct Boolean {
  static constexpr bool masked = true;
  static constexpr std::uint8_t none = 0;
  static bool is_none(std::uint8_t) noexcept { return false; }
  bool fast(std::string_view text, std::uint8_t& value) const noexcept {
    if (text.size() != 1 || (text[0] != '0' && text[0] != '1')) return false;
    value = text[0] == '1';
    return true;
  }
  std::optional<Reason> exact(std::string_view text, std::uint8_t& value) const {
    static constexpr std::string_view yes[] = {"1", "true", "t", "yes", "y"};
    static constexpr std::string_view no[] = {"0", "false", "f", "no", "n"};
    std::string lower(text);
    for (char& c : lower) c = static_cast<char>('A' <= c && c <= 'Z' ? c - 'A' + 'a' : c);
    value = std::find(std::begin(yes), std::end(yes), lower) != std::end(yes);
    if (value || std::find(std::begin(no), std::end(no), lower) != std::end(no)) return std::nullopt;
    return Reason::not_a_boolean;
  }
};

template <class T, class Kind>
std::unique_ptr<ColumnParser> make(Kind kind, const CsvColumn& column, const MissingTokens& missing, std::size_t position) {
  return std::make_unique<NumberParser<T, Kind>>(kind, column.required, missing, position);
}

}  // namespace

std::unique_ptr<ColumnParser> make_number_parser(const CsvColumn& column, const MissingTokens& missing, std::size_t position) {
  switch (column.type) {
    case data::Type::int64:
      return make<std::int64_t>(Integer{}, column, missing, position);
    case data::Type::decimal:
      return make<std::int64_t>(Decimal{column.scale}, column, missing, position);
    case data::Type::float64:
      return make<double>(Float{}, column, missing, position);
    case data::Type::boolean:
      return make<std::uint8_t>(Boolean{}, column, missing, position);
    default:
      throw base::internal_error("no parser for a column of type " + std::string(data::type_name(column.type)));
  }
}

}  // namespace fullbase::store::csv
