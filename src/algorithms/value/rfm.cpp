#include "algorithms/value/rfm.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "algorithms/value/key_slots.hpp"
#include "algorithms/value/quantile_scores.hpp"
#include "algorithms/value/rfm_lines.hpp"
#include "algorithms/value/rfm_passes.hpp"
#include "base/time.hpp"

namespace fullbase::value {
namespace {

using data::Field;
using data::Type;

data::Schema output_schema(const data::Field& customer, const RfmLines& lines) {
  const data::Field time = lines.time_field();
  const auto when = [&](const char* name) { return Field{.name = name, .type = time.type, .nullable = true, .unit = time.unit}; };
  data::Schema schema;
  schema.fields = {
      KeySlots::key_field(customer),
      {.name = "recency_days", .type = Type::int64, .nullable = true, .unit = "day"},
      {.name = "frequency", .type = Type::int64},
      {.name = "monetary", .type = Type::float64, .unit = lines.amount_field().unit},
      when("first_order"),
      when("last_order"),
      {.name = "r_score", .type = Type::int64},
      {.name = "f_score", .type = Type::int64},
      {.name = "m_score", .type = Type::int64},
      {.name = "rfm_score", .type = Type::string},
      {.name = "segment", .type = Type::category},
      {.name = "amount_per_day_times_frequency", .type = Type::float64},
  };
  schema.key = customer.name;
  return schema;
}

std::string score_text(std::int64_t r, std::int64_t f, std::int64_t m, std::int64_t scores) {
  return scores > 9 ? fmt::format("{}-{}-{}", r, f, m) : fmt::format("{}{}{}", r, f, m);
}

/// The output's columns of this rank's customers.
class Columns {
 public:
  Columns(const std::vector<CustomerTotals>& customers, const RfmLines& lines, std::int64_t as_of) {
    for (const auto& customer : customers) {
      const bool has_orders = customer.last_order != data::missing_int64;
      const std::int64_t days = has_orders ? (as_of - customer.last_order) / base::microseconds_per_day : 0;
      const double amount = lines.money(customer.amount());
      no_orders.push_back(has_orders ? 0 : 1);
      recency.push_back(days);
      frequency.push_back(customer.orders);
      monetary.push_back(amount);
      const double per_day = amount / static_cast<double>(std::max<std::int64_t>(1, days));
      value.push_back(has_orders ? per_day * static_cast<double>(customer.orders) : 0.0);
    }
  }

  void score(comm::Communicator& communicator, const RfmOptions& options, RfmTable& table) {
    std::vector<double> negated;
    for (std::size_t i = 0; i < recency.size(); ++i) {
      if (!no_orders[i]) negated.push_back(-static_cast<double>(recency[i]));
    }
    const std::vector<double> orders(frequency.begin(), frequency.end());
    const QuantileScores by_recency(communicator, negated, options.scores);
    const QuantileScores by_frequency(communicator, orders, options.scores);
    const QuantileScores by_amount(communicator, monetary, options.scores);
    const SegmentTable segments(options.segments.empty() ? usual_segments(options.scores) : options.segments,
                                options.without_orders, options.otherwise);
    names = segments.names();
    for (std::size_t i = 0; i < recency.size(); ++i) {
      r.push_back(no_orders[i] ? 1 : by_recency.score(-static_cast<double>(recency[i])));
      f.push_back(by_frequency.score(orders[i]));
      m.push_back(by_amount.score(monetary[i]));
      text.push_back(score_text(r.back(), f.back(), m.back(), options.scores));
      segment.push_back(segments.segment(r.back(), f.back(), m.back(), !no_orders[i]));
    }
    table.r_cuts = by_recency.cuts();
    table.f_cuts = by_frequency.cuts();
    table.m_cuts = by_amount.cuts();
  }

  std::vector<std::uint8_t> no_orders;
  std::vector<std::int64_t> recency, frequency, r, f, m;
  std::vector<double> monetary, value;
  data::Strings text;
  std::vector<std::int32_t> segment;
  data::DictionaryPointer names;
};

data::Column time_column(const Field& field, const std::vector<CustomerTotals>& customers, const RfmLines& lines,
                         std::int64_t CustomerTotals::*time) {
  if (field.type == Type::timestamp) {
    std::vector<std::int64_t> values;
    for (const auto& customer : customers) values.push_back(customer.*time);
    return {field, std::move(values)};
  }
  std::vector<std::int32_t> days;
  for (const auto& customer : customers) {
    const std::int64_t at = customer.*time;
    days.push_back(at == data::missing_int64 ? data::missing_date : static_cast<std::int32_t>(lines.written_time(at)));
  }
  return {field, std::move(days)};
}

}  // namespace

data::Schema rfm_schema(const data::Schema& input, const RfmOptions& options, const data::ExpressionEnvironment& environment) {
  const RfmLines lines(input, options, environment, nullptr);
  return output_schema(input[lines.customer()], lines);
}

RfmTable rfm(comm::Communicator& communicator, const data::BlockSource& source, const data::BoundExpression* filter,
             const RfmOptions& options, const data::ExpressionEnvironment& environment, data::Budget& budget,
             const std::function<void(std::int64_t done, std::int64_t total)>& progress) {
  FULLBASE_EXPECTS(environment.as_of.has_value(), "RFM has a date as of which it is computed");
  const std::int64_t as_of = *environment.as_of;
  const RfmLines lines(source.schema(), options, environment, filter);
  const data::Schema schema = output_schema(source.schema()[lines.customer()], lines);
  const base::RowRange rows = base::Partition(source.rows(), communicator.size()).rows_of(communicator.rank());
  const KeySlots slots = KeySlots::build(communicator, source, lines.customer(), rows);

  const AddedUp added = add_up_customers(communicator, source, lines, slots, as_of, budget, progress);
  const auto& customers = added.customers;

  RfmTable table;
  table.total_rows = added.total;
  table.passes = added.passes;
  std::int64_t counts[] = {added.left_out.missing_customer, added.left_out.missing_time,  added.left_out.after_as_of,
                           added.left_out.missing_amount,   added.left_out.missing_order, added.filtered};
  communicator.sum(std::span<std::int64_t>(counts));
  table.left_out = {counts[0], counts[1], counts[2], counts[3], counts[4]};
  table.filtered = counts[5];

  Columns columns(customers, lines, as_of);
  columns.score(communicator, options, table);
  std::vector<std::int32_t> own_slots;
  for (const auto& customer : customers) own_slots.push_back(static_cast<std::int32_t>(customer.slot));

  const auto field = [&](std::size_t i) { return schema.fields[i]; };
  table.rows.rows = base::Partition(table.total_rows, communicator.size()).rows_of(communicator.rank());
  auto& out = table.rows.columns;
  out.push_back(slots.keys(field(0), own_slots));
  const bool any_missing = std::find(columns.no_orders.begin(), columns.no_orders.end(), 1) != columns.no_orders.end();
  out.emplace_back(field(1), std::move(columns.recency),
                   any_missing ? std::move(columns.no_orders) : std::vector<std::uint8_t>{});
  out.emplace_back(field(2), std::move(columns.frequency));
  out.emplace_back(field(3), std::move(columns.monetary));
  out.push_back(time_column(field(4), customers, lines, &CustomerTotals::first_order));
  out.push_back(time_column(field(5), customers, lines, &CustomerTotals::last_order));
  out.emplace_back(field(6), std::move(columns.r));
  out.emplace_back(field(7), std::move(columns.f));
  out.emplace_back(field(8), std::move(columns.m));
  out.emplace_back(field(9), std::move(columns.text));
  out.emplace_back(field(10), std::move(columns.segment), std::vector<std::uint8_t>{}, columns.names);
  out.emplace_back(field(11), std::move(columns.value));
  return table;
}

}  // namespace fullbase::value
