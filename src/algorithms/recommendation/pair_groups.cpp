#include "algorithms/recommendation/pair_groups.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "base/math.hpp"

namespace fullbase::recommendation {
namespace {

using tables::Function;
using tables::Measure;

constexpr double greatest_float = std::numeric_limits<float>::max();

/// `value`, `weight`: expressions; `weight` is empty where lines have none.
Measure value_measure(Combine combine, const std::string& value, const std::string& weight) {
  switch (combine) {
    case Combine::sum:
      return {.function = Function::sum, .of = value, .real = true};
    case Combine::count:
      if (weight.empty()) return {.function = Function::count};
      return {.function = Function::sum, .of = weight};
    case Combine::mean:
      return {.function = weight.empty() ? Function::mean : Function::sum, .of = value};
    case Combine::last:
      return {.function = Function::last, .of = value};
    case Combine::first:
      return {.function = Function::first, .of = value};
    case Combine::min:
      return {.function = Function::min, .of = value};
    default:  // of one line, where there may be no other
      return {.function = Function::max, .of = value};
  }
}

}  // namespace

tables::AggregateOptions grouping(const InteractionOptions& options, const LineValues* lines) {
  std::string value = options.value;
  std::string weight;
  tables::AggregateOptions made{.by = {options.customer, options.item}, .time = options.time, .value = options.value};
  if (lines != nullptr) {
    made.value = data::column_expression(lines->value());
    value = data::column_expression(options.half_life ? lines->weighted_value() : lines->value());
    if (options.half_life) weight = data::column_expression(lines->weight());
  }
  made.measures.emplace_back("value", value_measure(options.combine, value, weight));
  made.measures.emplace_back("lines", Measure{});
  if (!options.time.empty())
    made.measures.emplace_back("last", Measure{.function = Function::max, .of = data::column_expression(options.time)});
  if (has_weighted_mean(options)) made.measures.emplace_back("weight", Measure{.function = Function::sum, .of = weight});
  return made;
}

GroupedPairs pairs_of(const data::Batch& groups, const InteractionOptions& options) {
  const auto count = static_cast<std::size_t>(groups.rows.size());
  const auto lines = groups[lines_column].int64s();
  const bool weighted_mean = has_weighted_mean(options);
  const bool clips = options.range && options.range->outside == Outside::clip;
  GroupedPairs pairs{.values = std::vector<double>(count), .stay = std::vector<std::uint8_t>(count, 1)};
  const auto complain = [&](std::size_t i, std::string problem, std::string advice) {
    if (pairs.first_problem >= 0) return;
    pairs.first_problem = static_cast<std::int64_t>(i);
    pairs.problem = std::move(problem);
    pairs.advice = std::move(advice);
  };
  for (std::size_t i = 0; i < count; ++i) {
    auto& value = pairs.values[i];
    value = groups[value_column].number(static_cast<std::int64_t>(i));
    if (weighted_mean) value /= groups.columns.back().number(static_cast<std::int64_t>(i));
    if (options.range && options.adds_up() && !options.range->holds(value)) {
      ++pairs.outside;
      if (clips) {
        value = std::clamp(value, options.range->least, options.range->most);
      } else if (options.range->outside == Outside::leave_out) {
        pairs.stay[i] = 0;
        pairs.lines_left_out += lines[i];
        continue;
      } else {
        complain(i, fmt::format("the value lies outside {} to {}", options.range->least, options.range->most),
                 "leave lines out with `where`, or write `outside: leave_out` or `outside: clip`");
      }
    }
    if (options.scale == Scale::log1p && value <= -1)
      complain(i, "the value has no log1p",
               "leave such lines out with `where`, or such pairs with `range: {least: 0, outside: leave_out}`");
    if (!(std::abs(value) <= greatest_float))
      complain(i, "the value is beyond what one of a matrix can be", "leave such lines out with `where`");
  }
  if (options.scale == Scale::log1p && pairs.first_problem < 0) base::log1p(pairs.values, pairs.values);
  // One zero.
  for (double& value : pairs.values) value += 0.0;
  return pairs;
}

}  // namespace fullbase::recommendation
