#include "store/csv/column_guess.hpp"

#include <fast_float/fast_float.h>

#include <algorithm>
#include <array>
#include <span>

#include "base/decimal.hpp"
#include "base/hash.hpp"
#include "store/csv/column_values.hpp"

namespace fullbase::store::csv {
namespace {

constexpr std::size_t most_distinct = std::size_t{1} << 20;
/// More decimals than this are measurements rather than money.
constexpr int most_decimals = 6;
/// Digits that every int64 holds.
constexpr int most_digits = 18;

/// Texts that stand for a missing value in any column, and those that do so only beside numbers and times.
constexpr std::array<std::string_view, 7> always_missing = {"", "NA", "NULL", "null", "N/A", "#N/A", "\\N"};
constexpr std::array<std::string_view, 8> missing_numbers = {"nan", "NaN", "NAN", "None", "none", "n/a", "-", "?"};

bool is_always_missing(std::string_view text) {
  return std::ranges::find(always_missing, text) != always_missing.end();
}
bool is_token(std::string_view text) {
  return is_always_missing(text) || std::ranges::find(missing_numbers, text) != missing_numbers.end();
}

bool is_float(std::string_view text) {
  double value = 0;
  const auto parsed = fast_float::from_chars(text.data(), text.data() + text.size(), value);
  return parsed.ec == std::errc() && parsed.ptr == text.data() + text.size();
}

bool is_one_of(std::string_view text, std::span<const std::string_view> words) {
  return std::ranges::any_of(words, [&](std::string_view word) {
    return std::ranges::equal(text, word, [](char a, char b) { return ('A' <= a && a <= 'Z' ? a - 'A' + 'a' : a) == b; });
  });
}

}  // namespace

ColumnGuess::ColumnGuess() {
  struct Days {
    const char* text;
    bool day_first, month_first;
  };
  constexpr std::array<Days, 17> days = {{{"%Y%m%d", false, false},
                                          {"%d/%m/%Y", true, false},
                                          {"%m/%d/%Y", false, true},
                                          {"%d.%m.%Y", true, false},
                                          {"%m.%d.%Y", false, true},
                                          {"%d-%m-%Y", true, false},
                                          {"%m-%d-%Y", false, true},
                                          {"%Y/%m/%d", false, false},
                                          {"%Y.%m.%d", false, false},
                                          {"%d/%m/%y", true, false},
                                          {"%m/%d/%y", false, true},
                                          {"%d.%m.%y", true, false},
                                          {"%d %b %Y", false, false},
                                          {"%d-%b-%Y", false, false},
                                          {"%b %d %Y", false, false},
                                          {"%b %d, %Y", false, false},
                                          {"%d-%b-%y", false, false}}};
  for (const auto& day : days) {
    for (const char* const time : {"", " %H:%M", " %H:%M:%S", " %I:%M %p", " %I:%M:%S %p"}) {
      auto text = std::string(day.text) + time;
      base::TimeFormat format(text);
      patterns_.push_back({std::move(text), std::move(format), *time != '\0', day.day_first, day.month_first});
    }
  }
}

void ColumnGuess::add(std::string_view text) {
  ++column_.rows;
  const auto trimmed = without_blanks(text);
  if (is_token(trimmed)) {
    const auto found = tokens_.find(trimmed);
    if (found == tokens_.end()) {
      tokens_.emplace(trimmed, 1);
    } else {
      ++found->second;
    }
    return;
  }
  ++values_;
  if (values_ == 1) column_.example = text;
  if (hashes_.size() < most_distinct) {
    hashes_.insert(base::xxh3(std::as_bytes(std::span(text.data(), text.size()))));
  } else if (!column_.distinct_is_more) {
    column_.distinct_is_more = !hashes_.contains(base::xxh3(std::as_bytes(std::span(text.data(), text.size()))));
  }
  add_value(trimmed);
}

void ColumnGuess::add_value(std::string_view text) {
  if (number_ || floating_) look_at_number(text);
  if (word_) look_at_words(text);
  look_at_times(text);
}

void ColumnGuess::look_at_number(std::string_view text) {
  // A number that is too long for its type is a number all the same.
  if (base::parse_decimal(text, base::max_decimal_scale).status == base::DecimalStatus::not_a_number) {
    number_ = false;
    floating_ = floating_ && is_float(text);
    return;
  }
  const bool plus = text.front() == '+';
  if (plus || text.front() == '-') text.remove_prefix(1);
  const auto point = std::min(text.find('.'), text.size());
  // A number would lose what is written: telephone numbers, postal codes.
  if (plus || (point > 1 && text.front() == '0')) {
    column_.leading_zeros = column_.leading_zeros || !plus;
    number_ = floating_ = false;
    return;
  }
  whole_digits_ = std::max(whole_digits_, static_cast<int>(point));
  if (point == text.size()) return;
  const auto decimals = text.substr(point + 1);
  decimals_ = std::max(decimals_, static_cast<int>(decimals.size()));
  const auto last = decimals.find_last_not_of('0');
  if (last != std::string_view::npos) needed_decimals_ = std::max(needed_decimals_, static_cast<int>(last) + 1);
}

void ColumnGuess::look_at_words(std::string_view text) {
  static constexpr std::array<std::string_view, 4> words = {"true", "false", "yes", "no"};
  static constexpr std::array<std::string_view, 4> letters = {"t", "f", "y", "n"};
  if (is_one_of(text, words)) {
    long_word_ = true;
  } else {
    word_ = is_one_of(text, letters);
  }
}

void ColumnGuess::look_at_times(std::string_view text) {
  if (iso_) {
    iso_ = static_cast<bool>(base::TimeFormat().parse(text, base::TimeZone()));
    iso_time_ = iso_time_ || text.size() > 10;
  }
  std::erase_if(patterns_, [&](const Pattern& pattern) {
    const auto day = pattern.format.parse_date(text);
    if (!day || (pattern.has_time && !pattern.format.parse(text, base::TimeZone()))) return true;
    // Digits without a mark between them are days only if they are days of our time; else they are numbers.
    const auto year = base::civil_from_days(day.value).year;
    return text.size() == 8 && std::ranges::all_of(text, [](char c) { return '0' <= c && c <= '9'; }) &&
           (year < 1900 || year > 2100);
  });
}

bool ColumnGuess::takes_words() const {
  return word_ && (long_word_ || hashes_.size() == 2);
}

GuessedColumn ColumnGuess::result() const {
  auto result = column_;
  result.distinct = static_cast<std::int64_t>(hashes_.size());
  bool text = false;
  if (values_ == 0) {
    text = true;
  } else if (takes_words()) {
    result.type = data::Type::boolean;
  } else if (iso_) {
    result.type = iso_time_ ? data::Type::timestamp : data::Type::date;
  } else if (!patterns_.empty()) {
    const auto& pattern = patterns_.front();
    result.type = pattern.has_time ? data::Type::timestamp : data::Type::date;
    result.format = pattern.text;
    result.day_and_month_unclear = pattern.day_first && std::ranges::any_of(patterns_, &Pattern::month_first);
  } else if (number_ && needed_decimals_ == 0 && whole_digits_ <= most_digits) {
    result.type = data::Type::int64;
  } else if (number_ && std::min(decimals_, needed_decimals_) <= most_decimals && needed_decimals_ > 0 &&
             whole_digits_ + most_decimals <= most_digits) {
    result.type = data::Type::decimal;
    result.scale = decimals_ <= most_decimals ? decimals_ : needed_decimals_;
  } else if (floating_ && !(number_ && needed_decimals_ == 0)) {
    result.type = data::Type::float64;
  } else {
    text = true;
  }
  result.leading_zeros = result.leading_zeros && text;
  std::int64_t spelled_out = 0;  // tokens that are texts like others here
  for (const auto& [token, rows] : tokens_) {
    if (text && !is_always_missing(token)) {
      ++result.distinct;
      spelled_out += rows;
      if (result.example.empty()) result.example = token;
      continue;
    }
    result.missing.push_back(token);
    result.missing_rows += rows;
  }
  const bool repeats = !result.distinct_is_more && result.distinct > 0 && 2 * result.distinct <= values_ + spelled_out;
  if (text) result.type = repeats ? data::Type::category : data::Type::string;
  return result;
}

}  // namespace fullbase::store::csv
