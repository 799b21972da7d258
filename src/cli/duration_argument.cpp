#include "cli/duration_argument.hpp"

#include <fmt/format.h>

#include "base/time.hpp"

namespace fullbase::cli {

std::string duration_problem(const std::string& text) {
  return base::parse_duration(text) ? std::string() : fmt::format("'{}' is no duration such as 5s, 90m or 26h", text);
}

}  // namespace fullbase::cli
