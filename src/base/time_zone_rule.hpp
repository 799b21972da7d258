// The rule at the end of a time-zone file: what holds after the last change that the file lists (private to this folder).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace fullbase::base {

/// From `time` on, in seconds since 1970-01-01 UTC, local time is `offset` seconds ahead.
struct OffsetChange {
  std::int64_t time = 0;
  std::int64_t offset = 0;
};

/// The changes after `after` and before the year `end_year` by a rule as POSIX writes TZ, with the extensions of RFC 8536
/// ("GMT0BST,M3.5.0/1,M10.5.0"), ascending; the first may repeat the offset that holds already. Throws an io error that names
/// `where` if the text is no such rule.
std::vector<OffsetChange> rule_changes(std::string_view rule, std::int64_t after, std::int64_t end_year,
                                       const std::string& where);

/// The rule in the last line of the zone's file, "" if its file has none. Throws an io error if the file cannot be read.
std::string read_zone_rule(const std::string& path);

}  // namespace fullbase::base
