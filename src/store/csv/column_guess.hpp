// Which type the texts of a column seem to have.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "base/time.hpp"
#include "data/schema.hpp"

namespace fullbase::store::csv {

struct GuessedColumn {
  data::Type type = data::Type::string;
  int scale = 0;                       ///< decimal only
  std::string format;                  ///< of times that are not ISO 8601
  bool day_and_month_unclear = false;  ///< either could come first in all of them
  bool leading_zeros = false;          ///< digits whose zeros in front a number would lose
  std::vector<std::string> missing;    ///< texts that occur and stand for a missing value
  std::int64_t rows = 0;
  std::int64_t missing_rows = 0;
  std::int64_t distinct = 0;      ///< different values that are there
  bool distinct_is_more = false;  ///< there are more than that
  std::string example;            ///< the first value
};

/// Looks at all texts of one column. A type is given only if every text that does not stand for a missing value is taken by its
/// parser. Memory: 40 bytes for each of up to 2^20 different values.
class ColumnGuess {
 public:
  ColumnGuess();
  /// A field's text, quotes taken off.
  void add(std::string_view text);
  GuessedColumn result() const;

 private:
  struct Pattern {
    std::string text;
    base::TimeFormat format;
    bool has_time = false;
    bool day_first = false;  ///< numbers of day and month whose order could be the other one
    bool month_first = false;
  };

  void add_value(std::string_view text);
  void look_at_number(std::string_view text);
  void look_at_times(std::string_view text);
  void look_at_words(std::string_view text);
  bool takes_words() const;

  GuessedColumn column_;
  std::map<std::string, std::int64_t, std::less<>> tokens_;  ///< texts that may stand for a missing value
  std::unordered_set<std::uint64_t> hashes_;
  std::int64_t values_ = 0;  ///< that are no such tokens
  bool number_ = true;       ///< digits, with a point or without
  bool floating_ = true;     ///< a number of any spelling
  bool word_ = true;         ///< a spelling of true or false
  bool long_word_ = false;
  bool iso_ = true;
  bool iso_time_ = false;          ///< with a time of day
  int whole_digits_ = 0;           ///< before the point, at most
  int decimals_ = 0;               ///< after it, at most
  int needed_decimals_ = 0;        ///< the same without zeros at the end
  std::vector<Pattern> patterns_;  ///< that all values had so far
};

}  // namespace fullbase::store::csv
