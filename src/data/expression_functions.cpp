#include "data/expression_functions.hpp"

#include <algorithm>
#include <array>

#include "data/expression.hpp"

namespace fullbase::data {
namespace {

using enum FunctionName;

constexpr ExpressionFunctionInfo functions[] = {
    {abs, "abs", 1, 1, "abs(x)", "the magnitude of a number or duration"},
    {min, "min", 2, 2, "min(a, b)", "the lesser of two numbers or times; missing if one is"},
    {max, "max", 2, 2, "max(a, b)", "the greater of two numbers or times; missing if one is"},
    {coalesce, "coalesce", 2, 16, "coalesce(a, b, ...)", "the first that is not missing"},
    {choose, "if", 3, 3, "if(condition, a, b)", "a where the condition is true, b where it is false or missing"},
    {year, "year", 1, 1, "year(time)", "the year, in the job's time zone"},
    {month, "month", 1, 1, "month(time)", "the month, 1 to 12, in the job's time zone"},
    {day, "day", 1, 1, "day(time)", "the day of the month, in the job's time zone"},
    {date, "date", 1, 1, "date(time)", "the date in the job's time zone"},
    {days, "days", 1, 1, "days(duration)", "whole days, rounded down: days(as_of - time)"},
    {float64, "float64", 1, 1, "float64(x)", "the nearest float64 of a whole number or decimal"},
    {starts_with, "starts_with", 2, 2, "starts_with(text, prefix)", "whether a text begins with another"},
    {ends_with, "ends_with", 2, 2, "ends_with(text, suffix)", "whether a text ends with another"},
    {contains, "contains", 2, 2, "contains(text, part)", "whether a text contains another"},
    {length, "length", 1, 1, "length(text)", "the number of a text's characters"},
};

constexpr auto documented = [] {
  std::array<ExpressionFunction, std::size(functions)> list{};
  for (std::size_t i = 0; i < list.size(); ++i) list[i] = {functions[i].call, functions[i].meaning};
  return list;
}();

}  // namespace

const ExpressionFunctionInfo* find_expression_function(std::string_view name) noexcept {
  const auto* found = std::ranges::find(functions, name, &ExpressionFunctionInfo::name);
  return found == std::end(functions) ? nullptr : found;
}

std::vector<std::string_view> expression_function_names() {
  std::vector<std::string_view> names;
  for (const auto& function : functions) names.push_back(function.name);
  return names;
}

std::span<const ExpressionFunction> expression_functions() noexcept {
  return documented;
}

}  // namespace fullbase::data
