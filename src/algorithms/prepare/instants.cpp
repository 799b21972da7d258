#include "algorithms/prepare/instants.hpp"

#include <fmt/format.h>

#include <cstdlib>
#include <limits>

#include "base/error.hpp"

namespace fullbase::prepare {
namespace {

/// The last day whose time of day fits microseconds in every zone.
constexpr std::int64_t last_day = std::numeric_limits<std::int64_t>::max() / base::microseconds_per_day - 2;

}  // namespace

std::span<const std::int64_t> instants(const data::Column& column, const base::TimeZone& zone,
                                       std::span<const std::uint8_t> taking_part,
                                       const std::function<std::string(std::size_t row)>& where,
                                       std::vector<std::int64_t>& buffer) {
  if (column.field().type == data::Type::timestamp) return column.int64s();
  const auto days = column.int32s();
  buffer.resize(days.size());
  for (std::size_t i = 0; i < days.size(); ++i) {
    if (days[i] == data::missing_date) {
      buffer[i] = data::missing_int64;
      continue;
    }
    if (std::abs(std::int64_t{days[i]}) > last_day) {
      if (days[i] < 0 && taking_part[i] != 0) {
        throw base::input_error(fmt::format("the date lies {} days before 1970, too far for a timestamp", -std::int64_t{days[i]}),
                                where(i), "leave such rows out by 'where'");
      }
      buffer[i] = days[i] < 0 ? std::numeric_limits<std::int64_t>::min() + 1 : std::numeric_limits<std::int64_t>::max();
      continue;
    }
    const std::int64_t midnight = days[i] * base::microseconds_per_day;
    const auto utc = zone.to_utc(midnight);
    buffer[i] = utc ? *utc : zone.to_utc(midnight + 3600 * base::microseconds_per_second).value_or(midnight);
  }
  return buffer;
}

}  // namespace fullbase::prepare
