#include "algorithms/value/rfm_lines.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

#include "algorithms/prepare/instants.hpp"
#include "base/decimal.hpp"
#include "base/error.hpp"
#include "base/exact_sum.hpp"
#include "base/time.hpp"

namespace fullbase::value {
namespace {

constexpr double largest_float_amount = 0x1p46;

bool is_float(data::Type type) noexcept {
  return type == data::Type::float64 || type == data::Type::float32;
}

void expect_type(bool fits, const data::Field& field, const char* use, const char* advice) {
  if (fits) return;
  throw base::job_file_error(fmt::format("column '{}' is {} and cannot be {}", field.name, data::type_text(field), use), {},
                             advice);
}

/// x * 2^40 to the nearest integer, ties to even. Below 2^12 its parts beyond 2^-40 are rounded off; above it has none.
base::int128 float_units(double x) noexcept {
  return static_cast<base::int128>(std::nearbyint(std::ldexp(x, float_amount_bits)));
}

}  // namespace

/// Where the rows of a batch are, for messages.
struct RfmLines::Place {
  const data::BlockSource& source;
  std::int64_t first;

  std::string of(const data::Field& field, std::size_t row) const {
    return fmt::format("{}{}{}[{}]", source.name(), field.name.empty() ? "" : ".", field.name,
                       source.source_row(first + static_cast<std::int64_t>(row)));
  }
};

RfmLines::RfmLines(const data::Schema& schema, const RfmOptions& options, const data::ExpressionEnvironment& environment,
                   const data::BoundExpression* filter)
    : zone_(environment.zone), as_of_(environment.as_of.value_or(std::numeric_limits<std::int64_t>::max())) {
  using data::Type;
  customer_ = schema.at(options.customer, "customer");
  order_column_ = schema.at(options.order, "order");
  time_column_ = schema.at(options.time, "time");
  const data::Field& customer = schema[customer_];
  order_ = schema[order_column_];
  time_ = schema[time_column_];
  expect_type(customer.type == Type::int64 || customer.type == Type::category || customer.type == Type::string, customer,
              "the customer", "a key is an int64, category or string column");
  expect_type(is_order_type(order_.type), order_, "an order id", "an order id is no float and no bool");
  expect_type(time_.type == Type::timestamp || time_.type == Type::date, time_, "the time of a line",
              "import it as a timestamp or a date");

  amount_ = data::BoundExpression::bind(data::Expression::parse(options.amount), schema, environment);
  const Type amount = amount_->field().type;
  expect_type(amount == Type::decimal || amount == Type::int64 || is_float(amount), amount_->field(), "an amount",
              "an amount is a decimal, an int64 or a float");
  if (!options.orders.empty()) {
    is_order_ = data::BoundExpression::bind_condition(data::Expression::parse(options.orders), schema, environment);
  }
  if (filter) filter_ = *filter;

  columns_ = {customer_, order_column_, time_column_};
  for (const auto* expression : {&amount_, &is_order_, &filter_}) {
    if (*expression) columns_.insert(columns_.end(), (*expression)->columns().begin(), (*expression)->columns().end());
  }
  std::sort(columns_.begin(), columns_.end());
  columns_.erase(std::unique(columns_.begin(), columns_.end()), columns_.end());
}

std::size_t RfmLines::place(int column) const {
  return static_cast<std::size_t>(std::lower_bound(columns_.begin(), columns_.end(), column) - columns_.begin());
}

void RfmLines::read_times(const data::Column& column, const Place& place, View& view) const {
  view.lines.times = prepare::instants(
      column, zone_, view.taking_part_, [&](std::size_t row) { return place.of(time_, row); }, view.times_);
}

void RfmLines::read_amounts(const data::Batch& batch, const Place& place, View& view) const {
  view.amount_ = amount_->evaluate(batch, columns_, view.taking_part_);
  const data::Column& amount = view.amount_;
  view.lines.amounts = {};
  view.lines.wide_amounts = {};
  if (!is_float(amount.field().type)) {
    // A mask becomes the missing value that decimals have.
    if (!amount.mask().empty()) {
      for (std::size_t i = 0; i < amount.mask().size(); ++i) {
        if (amount.mask()[i]) view.amount_.int64s()[i] = data::missing_int64;
      }
    }
    view.lines.amounts = amount.int64s();
    return;
  }
  view.wide_amounts_.resize(static_cast<std::size_t>(amount.rows()));
  for (std::int64_t i = 0; i < amount.rows(); ++i) {
    const double x = amount.number(i);
    const auto row = static_cast<std::size_t>(i);
    const bool fits = std::abs(x) < largest_float_amount;
    if (!fits && !std::isnan(x) && view.taking_part_[row] != 0) {
      throw base::input_error(fmt::format("the amount {} is too large to be added exactly", x), place.of({}, row),
                              "float amounts are below 2^46");
    }
    view.wide_amounts_[row] = fits ? float_units(x) : missing_wide_amount;
  }
  view.lines.wide_amounts = view.wide_amounts_;
}

void RfmLines::view(const data::Batch& batch, const prepare::KeySlots& slots, const data::BlockSource& source, View& view) const {
  const Place place_of_row{source, batch.rows.first};
  const auto n = static_cast<std::size_t>(batch.rows.size());
  view.all_rows = !filter_;
  view.taking_part_.assign(n, filter_ ? 0 : 1);
  if (filter_) {
    view.rows = filter_->select(batch, columns_);
    for (const std::int32_t row : view.rows) view.taking_part_[static_cast<std::size_t>(row)] = 1;
  }
  // Each step lets only those rows fail that the steps before it let take part.
  const auto leave_out = [&](auto missing) {
    for (std::size_t i = 0; i < n; ++i) view.taking_part_[i] = view.taking_part_[i] != 0 && !missing(i) ? 1 : 0;
  };
  view.lines.slots = slots.slots_of(batch[place(customer_)], view.slots_);
  leave_out([&](std::size_t i) { return view.lines.slots[i] < 0; });
  view.orders = &batch[place(order_column_)];
  read_times(batch[place(time_column_)], place_of_row, view);
  leave_out([&](std::size_t i) { return view.lines.times[i] == data::missing_int64 || view.lines.times[i] >= as_of_; });
  read_amounts(batch, place_of_row, view);
  leave_out([&](std::size_t i) { return view.lines.is_missing_amount(i); });
  view.lines.is_order = {};
  if (is_order_) {
    const data::Column condition = is_order_->evaluate(batch, columns_, view.taking_part_);
    view.is_order_.assign(condition.bools().begin(), condition.bools().end());
    for (std::size_t i = 0; i < condition.mask().size(); ++i) {
      if (condition.mask()[i]) view.is_order_[i] = 0;  // a missing condition does not hold
    }
    view.lines.is_order = view.is_order_;
  }
}

double RfmLines::money(base::int128 units) const noexcept {
  if (is_float(amount_->field().type)) return std::ldexp(static_cast<double>(units), -float_amount_bits);
  return base::decimal_to_double(units, amount_->field().scale);
}

std::int64_t RfmLines::recency(std::int64_t time) const noexcept {
  const std::int64_t clock = zone_.to_local(time);
  // A date is its whole day, even where clocks skip its midnight.
  const base::int128 from =
      time_.type == data::Type::date ? base::int128{base::day_of_timestamp(clock)} * base::microseconds_per_day : clock;
  // Negative where clocks were set back between the two.
  return static_cast<std::int64_t>(std::max<base::int128>(0, zone_.to_local(as_of_) - from) / base::microseconds_per_day);
}

std::int64_t RfmLines::written_time(std::int64_t time) const noexcept {
  if (time_.type == data::Type::timestamp || time == data::missing_int64) return time;
  return base::day_of_timestamp(zone_.to_local(time));
}

}  // namespace fullbase::value
