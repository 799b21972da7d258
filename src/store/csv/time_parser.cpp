// Parsers of timestamp and date columns.
#include <cstring>
#include <optional>

#include "base/time.hpp"
#include "store/csv/column_values.hpp"
#include "store/csv/numbers.hpp"

namespace fullbase::store::csv {
namespace {

Reason reason_of(base::TimeStatus status) noexcept {
  switch (status) {
    case base::TimeStatus::out_of_range:
      return Reason::no_such_time;
    case base::TimeStatus::nonexistent:
      return Reason::skipped_time;
    default:
      return Reason::not_a_time;
  }
}

/// Days of "2011-12-10". Neighbouring rows often have the same date, so the last one is kept.
class IsoDays {
 public:
  /// At least 16 bytes are readable. False where the text needs the slower, exact parser.
  bool parse(const char* text, std::int64_t& days) noexcept {
    const std::uint64_t head = load_eight(text);  // "2011-12-"
    const std::uint64_t tail = low_bytes(load_eight(text + 8), 2);
    if (head != head_ || tail != tail_) {
      if ((head & 0xff0000ff00000000ULL) != 0x2d00002d00000000ULL) return false;
      // Year, month and day without the signs between them.
      const std::uint64_t digits = (head & 0xffffffffULL) | ((head >> 8) & 0x0000ffff00000000ULL) | tail << 48;
      if (!all_digits(digits)) return false;
      const std::uint64_t number = eight_digits(digits);
      const auto year = static_cast<std::int64_t>(number / 10'000);
      const int month = static_cast<int>(number / 100 % 100);
      const int day = static_cast<int>(number % 100);
      if (!base::is_civil_date(year, month, day)) return false;
      head_ = head;
      tail_ = tail;
      days_ = base::days_from_civil(year, month, day);
    }
    days = days_;
    return true;
  }

 private:
  std::uint64_t head_ = 0;
  std::uint64_t tail_ = ~std::uint64_t{0};  // no two bytes: nothing is kept yet
  std::int64_t days_ = 0;
};

/// Microseconds of "08:26:00" within a day; at least 8 bytes are readable.
bool iso_time_of_day(const char* text, std::int64_t& microseconds) noexcept {
  const std::uint64_t word = load_eight(text);
  if ((word & 0x0000ff0000ff0000ULL) != 0x00003a00003a0000ULL) return false;
  const std::uint64_t digits =
      (word & 0xffffULL) | ((word >> 8) & 0xffff0000ULL) | ((word >> 16) & 0x0000ffff00000000ULL) | 0x3030ULL << 48;
  if (!all_digits(digits)) return false;
  const std::uint64_t number = eight_digits(digits) / 100;  // hhmmss
  const std::uint64_t hour = number / 10'000;
  const std::uint64_t minute = number / 100 % 100;
  const std::uint64_t second = number % 100;
  if (hour > 23 || minute > 59 || second > 59) return false;
  microseconds = static_cast<std::int64_t>((hour * 60 + minute) * 60 + second) * base::microseconds_per_second;
  return true;
}

class TimeParser final : public ColumnParser {
 public:
  TimeParser(const CsvColumn& column, const std::string& zone, const MissingTokens& missing, std::size_t position)
      : format_(column.format.empty() ? base::TimeFormat() : base::TimeFormat(column.format)),
        zone_(base::TimeZone(zone)),
        utc_(zone_.is_utc()),
        iso_(column.format.empty()),
        required_(column.required),
        missing_(missing),
        texts_(position) {}

  void parse(const Records& records, Refusals& refusals) override {
    std::int64_t* const out = values_.extend(records.size());
    texts_.each(records, refusals, [&](std::size_t record, std::string_view text) {
      if (missing_.contains(text) || !fast(text, out[record])) slow(text, out[record], record, refusals);
    });
  }
  void drop(std::span<const std::uint8_t> refused) override { values_.drop(refused); }
  LocalColumn take(std::size_t rows) override { return values_.take(rows); }

 private:
  bool fast(std::string_view text, std::int64_t& value) noexcept {
    if (!iso_ || text.size() != 19 || (text[10] != ' ' && text[10] != 'T')) return false;
    std::int64_t days = 0;
    std::int64_t time = 0;
    if (!days_.parse(text.data(), days) || !iso_time_of_day(text.data() + 11, time)) return false;
    value = days * base::microseconds_per_day + time;
    if (utc_) return true;
    const std::optional<std::int64_t> utc = zone_.to_utc(value);
    value = utc.value_or(0);
    return utc.has_value();
  }
  void slow(std::string_view text, std::int64_t& value, std::size_t record, Refusals& refusals) {
    text = without_blanks(text);
    value = data::missing_int64;
    if (missing_.contains(text)) {
      if (required_) refusals.add(record, Reason::missing);
      return;
    }
    const base::ParsedTime parsed = format_.parse(text, zone_);
    if (parsed) {
      value = parsed.value;
    } else {
      refusals.add(record, reason_of(parsed.status));
    }
  }

  base::TimeFormat format_;
  base::TimeZone zone_;
  bool utc_;
  bool iso_;
  bool required_;
  MissingTokens missing_;
  FieldTexts texts_;
  IsoDays days_;
  FixedValues<std::int64_t> values_;
};

class DateParser final : public ColumnParser {
 public:
  DateParser(const CsvColumn& column, const MissingTokens& missing, std::size_t position)
      : format_(column.format.empty() ? base::TimeFormat() : base::TimeFormat(column.format)),
        iso_(column.format.empty()),
        required_(column.required),
        missing_(missing),
        texts_(position) {}

  void parse(const Records& records, Refusals& refusals) override {
    std::int32_t* const out = values_.extend(records.size());
    texts_.each(records, refusals, [&](std::size_t record, std::string_view text) {
      std::int64_t days = 0;
      if (!missing_.contains(text) && iso_ && text.size() == 10 && days_.parse(text.data(), days)) {
        out[record] = static_cast<std::int32_t>(days);
      } else {
        slow(text, out[record], record, refusals);
      }
    });
  }
  void drop(std::span<const std::uint8_t> refused) override { values_.drop(refused); }
  LocalColumn take(std::size_t rows) override { return values_.take(rows); }

 private:
  void slow(std::string_view text, std::int32_t& value, std::size_t record, Refusals& refusals) {
    text = without_blanks(text);
    value = data::missing_date;
    if (missing_.contains(text)) {
      if (required_) refusals.add(record, Reason::missing);
      return;
    }
    const base::ParsedTime parsed = format_.parse_date(text);
    if (parsed) {
      value = static_cast<std::int32_t>(parsed.value);  // years have four digits
    } else {
      refusals.add(record, reason_of(parsed.status));
    }
  }

  base::TimeFormat format_;
  bool iso_;
  bool required_;
  MissingTokens missing_;
  FieldTexts texts_;
  IsoDays days_;
  FixedValues<std::int32_t> values_;
};

}  // namespace

std::unique_ptr<ColumnParser> make_time_parser(const CsvColumn& column, const std::string& zone, const MissingTokens& missing,
                                               std::size_t position) {
  if (column.type == data::Type::date) return std::make_unique<DateParser>(column, missing, position);
  return std::make_unique<TimeParser>(column, zone, missing, position);
}

}  // namespace fullbase::store::csv
