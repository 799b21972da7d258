// The functions of expressions: names, arguments, meanings. Private to src/data.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace fullbase::data {

enum class FunctionName : std::uint8_t {
  abs,
  min,
  max,
  coalesce,
  choose,
  year,
  month,
  day,
  date,
  days,
  float64,
  starts_with,
  ends_with,
  contains,
  length,
};

struct ExpressionFunctionInfo {
  FunctionName function;
  std::string_view name;
  int least;  ///< arguments
  int most;
  std::string_view call;
  std::string_view meaning;
};

/// Null if there is none of that name.
const ExpressionFunctionInfo* find_expression_function(std::string_view name) noexcept;
std::vector<std::string_view> expression_function_names();

}  // namespace fullbase::data
