// What a matrix of customers and items is made of.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string>

namespace fullbase::recommendation {

/// What the lines of one customer and one item say together.
enum class Combine : std::uint8_t {
  sum,
  count,
  mean,
  last,   ///< the value of the latest line; at equal times of the last in the table
  first,  ///< that of the earliest; at equal times of the first in the table
  max,
  min,
  error  ///< there may be one line only
};

enum class Scale : std::uint8_t { none, log1p };

/// What becomes of a value outside the stated range.
enum class Outside : std::uint8_t { error, leave_out, clip };

struct StatedRange {
  double least = -std::numeric_limits<double>::infinity();
  double most = std::numeric_limits<double>::infinity();
  Outside outside = Outside::error;

  bool holds(double value) const noexcept { return value >= least && value <= most; }
};

/// Who is cold: customers with fewer different items than this, items with fewer different customers.
struct ColdLimits {
  std::int64_t customers = 0;
  std::int64_t items = 0;
  bool leave_out = false;  ///< their pairs go: once, so that others may be cold in what is left
};

struct InteractionOptions {
  std::string customer = "customer";
  std::string item = "item";
  std::string value = "1";  ///< an expression, of a line
  Combine combine = Combine::sum;
  Scale scale = Scale::none;
  std::string time = {};  ///< timestamp or date; empty: lines have none
  /// Microseconds. A line counts 2^-(age / half_life), age from its time to as_of, no more than 64 half lives.
  std::optional<std::int64_t> half_life = {};
  /// Of a line's value; where lines are added up or counted, of what comes of it, before it is scaled.
  std::optional<StatedRange> range = {};
  ColdLimits cold = {};

  bool adds_up() const noexcept { return combine == Combine::sum || combine == Combine::count; }
  /// Whether the range is that of a line's value.
  bool lines_have_range() const noexcept { return range && !adds_up(); }
};

}  // namespace fullbase::recommendation
