#include <date/tz.h>

#include <algorithm>
#include <atomic>
#include <fstream>
#include <limits>
#include <stdexcept>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "base/text.hpp"
#include "base/time.hpp"
#include "base/time_zone_rule.hpp"

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

/// The years that texts can have.
constexpr std::int64_t end_year = 10'000;

// Where date looks, too.
constexpr const char* zone_folder = "/usr/share/zoneinfo/";

/// All changes of the offset: those that the zone's file lists, which the date library reads, then those of the rule at its end,
/// which the library passes over: without it there would be no summer time after the last listed year, often 2037.
std::vector<OffsetChange> changes_of(const date::time_zone& zone, const std::string& name) {
  const date::sys_seconds last = date::sys_days(date::year(2200) / 1 / 1);
  std::vector<OffsetChange> changes;
  for (date::sys_seconds time = date::sys_days(date::year(1800) / 1 / 1); time < last;) {
    const date::sys_info info = zone.get_info(time);
    changes.push_back({time.time_since_epoch().count(), info.offset.count()});
    time = info.end;
  }
  const std::string path = zone_folder + name;
  const std::string rule = read_zone_rule(path);
  if (rule.empty()) return changes;
  for (const OffsetChange& change : rule_changes(rule, changes.back().time, end_year, path)) {
    if (change.offset != changes.back().offset) changes.push_back(change);
  }
  return changes;
}

std::vector<Interval> intervals_of(const std::vector<OffsetChange>& changes) {
  std::vector<Interval> intervals;
  std::int64_t previous_local_end = beginning;
  for (std::size_t i = 0; i < changes.size(); ++i) {
    const bool is_last = i + 1 == changes.size();
    Interval interval{};
    interval.offset = changes[i].offset * microseconds_per_second;
    interval.utc_begin = i == 0 ? beginning : intervals.back().utc_end;
    interval.utc_end = is_last ? end_of_time : changes[i + 1].time * microseconds_per_second;
    interval.local_begin = i == 0 ? beginning : interval.utc_begin + interval.offset;
    interval.local_end = is_last ? end_of_time : std::max(interval.utc_end + interval.offset, previous_local_end);
    interval.unambiguous_from = std::max(interval.local_begin, previous_local_end);
    previous_local_end = interval.local_end;
    intervals.push_back(interval);
  }
  return intervals;
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

std::string time_zone_database_version() {
  for (const char* file : {"tzdata.zi", "+VERSION"}) {
    std::ifstream stream(std::string(zone_folder) + file);
    std::string line;
    if (!std::getline(stream, line)) continue;
    return line.substr(line.find_last_of(' ') + 1);  // "# version 2024a"
  }
  return {};
}

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
  table->intervals = intervals_of(changes_of(locate(table->name), table->name));
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
