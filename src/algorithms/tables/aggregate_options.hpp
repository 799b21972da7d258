// What an aggregate is asked for.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace fullbase::tables {

enum class Function : std::uint8_t {
  count,     ///< lines, or lines where the value is there
  sum,       ///< exact; of nothing: 0
  mean,      ///< the exact sum, divided and rounded
  std,       ///< standard deviation of a sample (n - 1)
  min,       ///< least value
  max,       ///< greatest value
  first,     ///< the value of the earliest line; at equal times of the first in the table
  last,      ///< that of the latest; at equal times of the last in the table
  distinct,  ///< number of different values
  quantile,  ///< inverse of the empirical distribution (type 1): a value that occurs
  share,     ///< of lines in which a condition holds, or of their amounts
};

/// One measure of each group and window.
struct Measure {
  Function function = Function::count;
  std::string of = {};      ///< an expression; count: empty for all lines; share: a condition
  std::string where = {};   ///< lines that the measure looks at; empty: all
  std::string amount = {};  ///< share: what is added up; empty: lines are counted
  double at = 0.5;          ///< quantile: which, in (0, 1]
  bool real = false;        ///< sum: a float64, rounded once, of whole numbers too: then none is too large
};

/// Lines of the time [as_of - length, as_of); no length: all before as_of. Its measures are called <measure>_<name>.
struct Window {
  std::string name;
  std::optional<std::int64_t> length = {};  ///< microseconds
};

/// Groups of few customers are not published.
struct Suppression {
  std::int64_t below = 10;  ///< fewer customers than that are few
  std::string count = {};   ///< column that names the customer
  bool totals = false;      ///< whether totals over the last keys are published beside
};

struct AggregateOptions {
  std::vector<std::string> by;  ///< key columns: int64, category, string, bool, date, timestamp or decimal
  std::string time = {};        ///< timestamp or date; empty: lines have no time
  std::string value = {};       ///< an expression: lines where it is missing take no part; empty: all lines do
  std::vector<Window> windows = {};
  std::vector<std::pair<std::string, Measure>> measures = {};  ///< by name
  std::optional<Suppression> suppress = {};                    ///< what the aggregate step leaves out; no matter of Aggregate's
};

}  // namespace fullbase::tables
