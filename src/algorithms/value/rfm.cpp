#include "algorithms/value/rfm.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "algorithms/prepare/key_slots.hpp"
#include "algorithms/value/quantile_scores.hpp"
#include "algorithms/value/rfm_lines.hpp"
#include "algorithms/value/rfm_passes.hpp"
#include "base/time.hpp"
#include "comm/agreement.hpp"

namespace fullbase::value {
namespace {

using data::Field;
using data::Type;

data::Schema output_schema(const data::Field& customer, const RfmLines& lines) {
  const data::Field time = lines.time_field();
  const auto when = [&](const char* name) { return Field{.name = name, .type = time.type, .nullable = true, .unit = time.unit}; };
  data::Schema schema;
  schema.fields = {
      prepare::KeySlots::key_field(customer),
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

constexpr const char* purpose = "the table of customers";

/// The output's columns of this rank's customers: first those that totals and keys make, then, when both are gone, the scores.
class Columns {
 public:
  Columns(const std::vector<CustomerTotals>& customers, const prepare::KeySlots& slots, const RfmLines& lines,
          const data::Schema& schema)
      : schema_(schema), rows_(customers.size()) {
    for (auto* column : {&recency_, &frequency_}) column->reserve(rows_);
    for (auto* column : {&monetary_, &value_}) column->reserve(rows_);
    no_orders_.reserve(rows_);
    std::vector<std::int32_t> own_slots;
    own_slots.reserve(rows_);
    for (const auto& customer : customers) {
      const bool has_orders = customer.last_order != data::missing_int64;
      const std::int64_t days = has_orders ? lines.recency(customer.last_order) : 0;
      const double amount = lines.money(customer.amount());
      own_slots.push_back(static_cast<std::int32_t>(customer.slot));
      no_orders_.push_back(has_orders ? 0 : 1);
      recency_.push_back(days);
      frequency_.push_back(customer.orders);
      monetary_.push_back(amount);
      const double per_day = amount / static_cast<double>(std::max<std::int64_t>(1, days));
      value_.push_back(has_orders ? per_day * static_cast<double>(customer.orders) : 0.0);
    }
    key_ = slots.keys(schema_[0], own_slots);
    first_order_ = time_column(schema_[4], customers, lines, &CustomerTotals::first_order);
    last_order_ = time_column(schema_[5], customers, lines, &CustomerTotals::last_order);
  }
  /// What the constructor makes: keys and their slots, five columns of 8 bytes and two times, flags.
  static std::int64_t bytes(std::int64_t rows, std::int64_t text_bytes) noexcept { return rows * 61 + text_bytes; }
  /// What scores take on top: three scores, a text, a segment, and a copy of what is being scored.
  static std::int64_t score_bytes(std::int64_t rows, std::int64_t scores) noexcept { return rows * (44 + score_width(scores)); }

  /// Collective.
  void score(comm::Communicator& communicator, const RfmOptions& options, const RfmCuts& kept, RfmTable& table) {
    std::vector<double> sought;
    sought.reserve(rows_);
    for (std::size_t i = 0; i < rows_; ++i) {
      if (no_orders_[i] == 0) sought.push_back(-static_cast<double>(recency_[i]));
    }
    const auto by_recency = scores(communicator, sought, options, kept.r);
    sought.assign(frequency_.begin(), frequency_.end());
    const auto by_frequency = scores(communicator, sought, options, kept.f);
    sought = {};
    const auto by_amount = scores(communicator, monetary_, options, kept.m);
    const SegmentTable segments(options.segments.empty() ? usual_segments(options.scores) : options.segments,
                                options.without_orders, options.otherwise);
    names_ = segments.names();
    for (auto* column : {&r_, &f_, &m_}) column->reserve(rows_);
    text_.reserve(static_cast<std::int64_t>(rows_), static_cast<std::int64_t>(rows_) * score_width(options.scores));
    segment_.reserve(rows_);
    for (std::size_t i = 0; i < rows_; ++i) {
      r_.push_back(no_orders_[i] != 0 ? 1 : by_recency.score(-static_cast<double>(recency_[i])));
      f_.push_back(by_frequency.score(static_cast<double>(frequency_[i])));
      m_.push_back(by_amount.score(monetary_[i]));
      text_.push_back(score_text(r_.back(), f_.back(), m_.back(), options.scores));
      segment_.push_back(segments.segment(r_.back(), f_.back(), m_.back(), no_orders_[i] == 0));
    }
    table.cuts = {by_recency.cuts(), by_frequency.cuts(), by_amount.cuts()};
  }

  std::vector<data::Column> take() {
    const bool any_missing = std::ranges::find(no_orders_, 1) != no_orders_.end();
    if (!any_missing) no_orders_ = {};
    std::vector<data::Column> out;
    const auto add = [&](auto&& values) { out.emplace_back(schema_[static_cast<int>(out.size())], std::move(values)); };
    out.push_back(std::move(key_));
    out.emplace_back(schema_[1], std::move(recency_), std::move(no_orders_));
    add(std::move(frequency_));
    add(std::move(monetary_));
    out.push_back(std::move(first_order_));
    out.push_back(std::move(last_order_));
    add(std::move(r_));
    add(std::move(f_));
    add(std::move(m_));
    add(std::move(text_));
    out.emplace_back(schema_[10], std::move(segment_), std::vector<std::uint8_t>{}, names_);
    add(std::move(value_));
    return out;
  }

 private:
  /// Collective.
  static QuantileScores scores(comm::Communicator& communicator, std::span<const double> values, const RfmOptions& options,
                               const std::vector<double>& kept) {
    return kept.empty() ? QuantileScores(communicator, values, options.scores) : QuantileScores(kept);
  }

  static std::int64_t score_width(std::int64_t scores) noexcept { return scores > 9 ? 11 : 3; }

  static data::Column time_column(const Field& field, const std::vector<CustomerTotals>& customers, const RfmLines& lines,
                                  std::int64_t CustomerTotals::*time) {
    if (field.type == Type::timestamp) {
      std::vector<std::int64_t> values;
      values.reserve(customers.size());
      for (const auto& customer : customers) values.push_back(customer.*time);
      return {field, std::move(values)};
    }
    std::vector<std::int32_t> days;
    days.reserve(customers.size());
    for (const auto& customer : customers) {
      const std::int64_t at = customer.*time;
      days.push_back(at == data::missing_int64 ? data::missing_date : static_cast<std::int32_t>(lines.written_time(at)));
    }
    return {field, std::move(days)};
  }

  const data::Schema& schema_;
  std::size_t rows_;
  data::Column key_, first_order_, last_order_;
  std::vector<std::uint8_t> no_orders_;
  std::vector<std::int64_t> recency_, frequency_, r_, f_, m_;
  std::vector<double> monetary_, value_;
  data::Strings text_;
  std::vector<std::int32_t> segment_;
  data::DictionaryPointer names_;
};

/// The categories of what is read, which the source holds while it is read.
data::Reservation categories(const data::BlockSource& source, const RfmLines& lines, data::Budget& budget) {
  std::int64_t bytes = 0;
  for (const int column : lines.columns()) {
    if (const auto dictionary = source.dictionary(column))
      bytes += std::ssize(dictionary->texts().bytes()) + 8 * std::ssize(dictionary->texts().offsets());
  }
  return budget.require(bytes, "the categories of the columns that are read");
}

}  // namespace

data::Schema rfm_schema(const data::Schema& input, const RfmOptions& options, const data::ExpressionEnvironment& environment) {
  const RfmLines lines(input, options, environment, nullptr);
  return output_schema(input[lines.customer()], lines);
}

RfmTable rfm(comm::Communicator& communicator, const data::BlockSource& source, const data::BoundExpression* filter,
             const RfmOptions& options, const data::ExpressionEnvironment& environment, data::Budget& budget,
             const std::function<void(std::int64_t done, std::int64_t total)>& progress, const RfmCuts* kept) {
  FULLBASE_EXPECTS(environment.as_of.has_value(), "RFM has a date as of which it is computed");
  const std::int64_t as_of = *environment.as_of;
  const RfmLines lines(source.schema(), options, environment, filter);
  const data::Schema schema = output_schema(source.schema()[lines.customer()], lines);
  const base::RowRange rows = base::Partition(source.rows(), communicator.size()).rows_of(communicator.rank());
  auto read_categories = comm::collective_try(communicator, "categories", [&] { return categories(source, lines, budget); });
  std::optional<prepare::KeySlots> slots = prepare::KeySlots::build(communicator, source, lines.customer(), rows, budget);

  AddedUp added = add_up_customers(communicator, source, lines, *slots, as_of, budget, progress);
  RfmTable table;
  table.total_rows = added.total;
  table.passes = added.passes;
  std::int64_t counts[] = {added.left_out.missing_customer, added.left_out.missing_time,  added.left_out.after_as_of,
                           added.left_out.missing_amount,   added.left_out.missing_order, added.filtered};
  communicator.sum(std::span<std::int64_t>(counts));
  table.left_out = {counts[0], counts[1], counts[2], counts[3], counts[4]};
  table.filtered = counts[5];
  table.rows.rows = base::Partition(table.total_rows, communicator.size()).rows_of(communicator.rank());

  // What a column was made of goes before the next ones come.
  auto columns = comm::collective_try(communicator, "customers", [&] {
    std::int64_t text_bytes = 0;
    for (const auto& customer : added.customers.totals) text_bytes += slots->text_bytes(static_cast<std::int32_t>(customer.slot));
    table.memory.push_back(budget.require(Columns::bytes(table.rows.rows.size(), text_bytes), purpose));
    return Columns(added.customers.totals, *slots, lines, schema);
  });
  added.customers = {};
  slots.reset();
  read_categories = {};
  comm::collective_try(communicator, "customers", [&] {
    table.memory.push_back(budget.require(Columns::score_bytes(table.rows.rows.size(), options.scores), purpose));
  });
  columns.score(communicator, options, kept == nullptr ? RfmCuts() : *kept, table);
  table.rows.columns = columns.take();
  return table;
}

}  // namespace fullbase::value
