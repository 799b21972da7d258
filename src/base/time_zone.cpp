#include <date/tz.h>

#include <algorithm>
#include <atomic>
#include <limits>
#include <stdexcept>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "base/text.hpp"
#include "base/time.hpp"

namespace fullbase::base {
namespace {

/// A stretch of time with one offset from UTC.
struct Interval {
  std::int64_t utc_begin;
  std::int64_t utc_end;
  std::int64_t offset;
  std::int64_t local_begin;
  std::int64_t local_end;
  /// From here on no earlier interval has the same local times.
  std::int64_t unambiguous_from;
};

constexpr std::int64_t beginning = std::numeric_limits<std::int64_t>::min();
constexpr std::int64_t end_of_time = std::numeric_limits<std::int64_t>::max();

std::int64_t microseconds(date::sys_seconds time) {
  return time.time_since_epoch().count() * microseconds_per_second;
}

/// All offsets that the database lists, up to the year 2200.
std::vector<Interval> intervals_of(const date::time_zone& zone) {
  const date::sys_seconds last = date::sys_days(date::year(2200) / 1 / 1);
  std::vector<Interval> intervals;
  std::int64_t previous_local_end = beginning;
  for (date::sys_seconds time = date::sys_days(date::year(1800) / 1 / 1);;) {
    const date::sys_info info = zone.get_info(time);
    Interval interval{};
    interval.offset = info.offset.count() * microseconds_per_second;
    interval.utc_begin = intervals.empty() ? beginning : intervals.back().utc_end;
    const bool is_last = info.end >= last;
    interval.utc_end = is_last ? end_of_time : microseconds(info.end);
    interval.local_begin = intervals.empty() ? beginning : interval.utc_begin + interval.offset;
    interval.local_end = is_last ? end_of_time : std::max(interval.utc_end + interval.offset, previous_local_end);
    interval.unambiguous_from = std::max(interval.local_begin, previous_local_end);
    previous_local_end = interval.local_end;
    intervals.push_back(interval);
    if (is_last) return intervals;
    time = info.end;
  }
}

const date::time_zone& locate(const std::string& name) {
  const date::tzdb* database = nullptr;
  try {
    database = &date::get_tzdb();
  } catch (const std::exception& error) {
    throw io_error(std::string("cannot read the time-zone database: ") + error.what(), {}, "install the package tzdata");
  }
  try {
    return *date::locate_zone(name);
  } catch (const std::exception&) {
    std::vector<std::string> names;
    for (const auto& zone : database->zones) names.push_back(zone.name());
    throw job_file_error("unknown time zone '" + name + "'", {}, suggestion(name, names));
  }
}

}  // namespace

struct TimeZone::Table {
  std::string name;
  std::vector<Interval> intervals;
  /// The interval of the last conversion: neighbouring rows mostly share it. Any value is correct, so relaxed order is enough.
  mutable std::atomic<std::size_t> last{0};
};

TimeZone::TimeZone() = default;

TimeZone::TimeZone(std::string_view name) {
  if (name == "UTC") return;
  auto table = std::make_shared<Table>();
  table->name = name;
  table->intervals = intervals_of(locate(table->name));
  table_ = std::move(table);
}

const std::string& TimeZone::name() const noexcept {
  static const std::string utc = "UTC";
  return table_ ? table_->name : utc;
}

bool TimeZone::is_utc() const noexcept {
  return !table_;
}

std::optional<std::int64_t> TimeZone::to_utc(std::int64_t local) const noexcept {
  if (!table_) return local;
  const auto& intervals = table_->intervals;
  const Interval* interval = &intervals[table_->last.load(std::memory_order_relaxed)];
  if (local < interval->unambiguous_from || local >= interval->local_end) {
    // The first interval that ends later: of two with this local time it is the earlier.
    const auto found = std::upper_bound(intervals.begin(), intervals.end() - 1, local,
                                        [](std::int64_t time, const Interval& candidate) { return time < candidate.local_end; });
    interval = &*found;
    table_->last.store(static_cast<std::size_t>(found - intervals.begin()), std::memory_order_relaxed);
    if (local < interval->local_begin) return std::nullopt;
  }
  return local - interval->offset;
}

std::int64_t TimeZone::to_local(std::int64_t utc) const noexcept {
  if (!table_) return utc;
  const auto& intervals = table_->intervals;
  const Interval* interval = &intervals[table_->last.load(std::memory_order_relaxed)];
  if (utc < interval->utc_begin || utc >= interval->utc_end) {
    const auto found = std::upper_bound(intervals.begin(), intervals.end() - 1, utc,
                                        [](std::int64_t time, const Interval& candidate) { return time < candidate.utc_end; });
    interval = &*found;
    table_->last.store(static_cast<std::size_t>(found - intervals.begin()), std::memory_order_relaxed);
  }
  return utc + interval->offset;
}

}  // namespace fullbase::base
