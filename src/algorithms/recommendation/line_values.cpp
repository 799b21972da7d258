#include "algorithms/recommendation/line_values.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <mutex>
#include <utility>

#include "algorithms/prepare/instants.hpp"
#include "algorithms/tables/keyed_lines.hpp"
#include "base/error.hpp"
#include "base/math.hpp"
#include "comm/agreement.hpp"
#include "comm/own_rows.hpp"
#include "parallel/scan.hpp"

namespace fullbase::recommendation {
namespace {

constexpr double log_2 = 0.693147180559945309417232121458;
/// A line that is older counts as one of this age: the least weight is far above what a sum of many lines is rounded to, so that
/// a mean of old lines is right too.
constexpr double most_half_lives = 64;

}  // namespace

LineValues::LineValues(const data::BlockSource& source, const data::BoundExpression* filter, const InteractionOptions& options,
                       const data::ExpressionEnvironment& environment)
    : source_(source),
      filter_(filter),
      half_life_(options.half_life),
      environment_(environment),
      value_(data::BoundExpression::bind(data::Expression::parse(options.value), source.schema(), environment)),
      own_(source.schema().columns()),
      schema_(source.schema()) {
  if (options.lines_have_range()) range_ = options.range;
  keys_ = {schema_.at(options.customer, "customer"), schema_.at(options.item, "item")};
  if (!options.time.empty()) time_ = schema_.at(options.time, "time");
  needed_ = keys_;
  if (time_) needed_.push_back(*time_);
  needed_.insert(needed_.end(), value_.columns().begin(), value_.columns().end());
  if (filter_ != nullptr) needed_.insert(needed_.end(), filter_->columns().begin(), filter_->columns().end());
  tables::sort_once(needed_);
  for (const char* name : {"value of line", "weight of line", "weighted value of line"})
    schema_.fields.push_back({.name = schema_.unused_name(name), .type = data::Type::float64, .nullable = true});
}

std::vector<double> LineValues::weights_of(std::span<const std::int64_t> times, std::span<const std::uint8_t> taking_part) const {
  std::vector<double> weights(taking_part.size(), 1);
  if (!half_life_) return weights;
  const auto half_life = static_cast<double>(*half_life_);
  std::vector<int> whole(weights.size(), 0);
  std::vector<double> rest(weights.size(), 0);
  for (std::size_t i = 0; i < weights.size(); ++i) {
    if (taking_part[i] == 0) continue;
    // As doubles, for times may lie further apart than 64 bits can say.
    const double age = static_cast<double>(*environment_.as_of) - static_cast<double>(times[i]);
    const double half_lives = std::clamp(age / half_life, 0.0, most_half_lives);
    const double floor = std::floor(half_lives);
    whole[i] = static_cast<int>(floor);
    rest[i] = (floor - half_lives) * log_2;
  }
  base::exp(rest, weights);
  for (std::size_t i = 0; i < weights.size(); ++i) weights[i] = std::ldexp(weights[i], -whole[i]);
  return weights;
}

LineValues::Lines LineValues::lines_of(const data::Batch& batch, std::span<const int> read) const {
  const auto count = static_cast<std::size_t>(batch.rows.size());
  const auto column = [&](int position) -> const data::Column& { return tables::column_of(batch, read, position); };
  Lines lines;
  lines.taking_part.assign(count, filter_ == nullptr ? 1 : 0);
  if (filter_ != nullptr) {
    for (const auto row : filter_->select(batch, read)) lines.taking_part[static_cast<std::size_t>(row)] = 1;
  }
  const auto leave_out = [&](auto&& is_out) {
    for (std::size_t i = 0; i < count; ++i) {
      if (lines.taking_part[i] != 0 && is_out(i)) lines.taking_part[i] = 0;
    }
  };
  for (const int key : keys_) leave_out([&](std::size_t i) { return column(key).is_missing(static_cast<std::int64_t>(i)); });
  std::vector<std::int64_t> buffer;
  std::span<const std::int64_t> times;
  if (time_) {
    const auto place = [&](std::size_t i) {
      return fmt::format("{}.{}[{}]", name(), schema_[*time_].name, source_row(batch.rows.first + static_cast<std::int64_t>(i)));
    };
    times = prepare::instants(column(*time_), environment_.zone, lines.taking_part, place, buffer);
    const auto& as_of = environment_.as_of;
    leave_out([&](std::size_t i) { return times[i] == data::missing_int64 || (as_of && times[i] >= *as_of); });
  }
  const auto values = value_.evaluate(batch, read, lines.taking_part);
  lines.values.resize(count, data::missing_float64);
  for (std::size_t i = 0; i < count; ++i) {
    if (lines.taking_part[i] != 0) lines.values[i] = values.number(static_cast<std::int64_t>(i));
  }
  leave_out([&](std::size_t i) { return std::isnan(lines.values[i]); });
  lines.weights = weights_of(times, lines.taking_part);
  return lines;
}

double LineValues::in_range(double value) const noexcept {
  if (!range_ || std::isnan(value) || range_->holds(value)) return value;
  return range_->outside == Outside::clip ? std::clamp(value, range_->least, range_->most) : data::missing_float64;
}

std::int64_t LineValues::count_outside(comm::Communicator& communicator) const {
  if (!range_) return 0;
  std::int64_t outside = 0;
  comm::collective_try(communicator, "look for values outside the range", [&] {
    std::mutex mutex;
    parallel::scan(source_, comm::own_rows(communicator, rows()), needed_, [&](data::Batch&& batch, int) {
      const auto lines = lines_of(batch, needed_);
      std::int64_t some = 0;
      for (std::size_t i = 0; i < lines.values.size(); ++i) {
        if (lines.taking_part[i] == 0 || range_->holds(lines.values[i])) continue;
        ++some;
        if (range_->outside != Outside::error) continue;
        throw base::input_error(
            fmt::format("the value lies outside {} to {}", range_->least, range_->most),
            fmt::format("{}[{}]", name(), source_row(batch.rows.first + static_cast<std::int64_t>(i))),
            "correct it, leave such lines out with `where`, or write `outside: leave_out` or `outside: clip`");
      }
      const std::scoped_lock lock(mutex);
      outside += some;
    });
  });
  return communicator.sum_value(outside);
}

data::Batch LineValues::read(base::RowRange rows, std::span<const int> columns) const {
  std::vector<int> present;
  for (const int column : columns) {
    if (column < own_) present.push_back(column);
  }
  const bool any_added = present.size() < columns.size();
  if (any_added) present.insert(present.end(), needed_.begin(), needed_.end());
  tables::sort_once(present);
  const auto batch = source_.read(rows, present);
  const auto lines = any_added ? lines_of(batch, present) : Lines();
  data::Batch result{.rows = rows, .columns = {}};
  for (const int column : columns) {
    if (column < own_) {
      result.columns.push_back(tables::column_of(batch, present, column));
      continue;
    }
    std::vector<double> numbers(lines.values.size());
    for (std::size_t i = 0; i < numbers.size(); ++i) {
      const double value = lines.taking_part[i] == 0 ? data::missing_float64 : in_range(lines.values[i]);
      numbers[i] = column == own_ ? value : column == own_ + 1 ? lines.weights[i] : value * lines.weights[i];
    }
    result.columns.emplace_back(schema_[column], std::move(numbers));
  }
  return result;
}

}  // namespace fullbase::recommendation
