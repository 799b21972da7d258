// What the readers of single values share.
#pragma once

#include <optional>
#include <string_view>

#include "config/diagnostics.hpp"
#include "config/node.hpp"
#include "config/rules.hpp"

namespace fullbase::config {

/// Reports that `node` is not `expected` ("a whole number"), unless its mistake was reported already.
void report_type(const Node& node, std::string_view expected, Diagnostics& diagnostics, std::string advice = {});

/// False after a report that the number is outside the rules' range.
bool check_number(const Node& node, Number value, const Rules& rules, Diagnostics& diagnostics);
bool check_text(const Node& node, const Rules& rules, Diagnostics& diagnostics);

/// How a text reads as a number.
struct WholeNumber {
  std::optional<std::int64_t> value = {};
  std::string_view problem = {};  ///< "is beyond 64 bits", ...: follows the text in a message
};
WholeNumber parse_whole_number(std::string_view text);

struct RealNumber {
  std::optional<double> value = {};
  std::string_view problem = {};
};
/// Takes .inf, -.inf and .nan as well.
RealNumber parse_real_number(std::string_view text);

/// The shortest exact text of a size or duration, which reads back as the same number: "16MiB", "90d".
std::string bytes_text(std::int64_t bytes);
std::string duration_text(std::int64_t microseconds);

}  // namespace fullbase::config
