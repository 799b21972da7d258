#include "algorithms/value/rfm.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <mutex>
#include <utility>

#include "algorithms/prepare/key_slots.hpp"
#include "algorithms/tables/aggregate.hpp"
#include "algorithms/value/quantile_scores.hpp"
#include "algorithms/value/rfm_measures.hpp"
#include "base/contract.hpp"
#include "base/time.hpp"
#include "comm/agreement.hpp"

namespace fullbase::value {
namespace {

using data::Field;
using data::Type;

data::Schema output_schema(const data::Field& customer, const RfmMeasures& measures) {
  const Field& time = measures.time;
  const auto when = [&](const char* name) { return Field{.name = name, .type = time.type, .nullable = true, .unit = time.unit}; };
  data::Schema schema;
  schema.fields = {
      prepare::KeySlots::key_field(customer),
      {.name = "recency_days", .type = Type::int64, .nullable = true, .unit = "day"},
      {.name = "frequency", .type = Type::int64},
      {.name = "monetary", .type = Type::float64, .unit = measures.amount.unit},
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

/// Whole days from times to as_of: of 24 hours as the zone's clocks show them, rounded down, at least 0; from a date's midnight.
class Recency {
 public:
  explicit Recency(const data::ExpressionEnvironment& environment)
      : zone_(environment.zone), as_of_(zone_.to_local(*environment.as_of)) {}

  /// Of row `row` of a column of times, not missing.
  std::int64_t days(const data::Column& times, std::int64_t row) const {
    const auto i = static_cast<std::size_t>(row);
    // A date is its whole day, even where clocks skip its midnight.
    const base::int128 from = times.field().type == Type::date ? base::int128{times.int32s()[i]} * base::microseconds_per_day
                                                               : base::int128{zone_.to_local(times.int64s()[i])};
    // Negative where clocks were set back between the two.
    return static_cast<std::int64_t>(std::max<base::int128>(0, as_of_ - from) / base::microseconds_per_day);
  }

 private:
  base::TimeZone zone_;
  std::int64_t as_of_;
};

/// The categories of what is read, which the source holds while it is read.
data::Reservation categories(const data::BlockSource& source, const RfmOptions& options, data::Budget& budget) {
  std::int64_t bytes = 0;
  for (const auto& name : {options.customer, options.order}) {
    if (const auto dictionary = source.dictionary(source.schema().at(name, name)))
      bytes += std::ssize(dictionary->texts().bytes()) + 8 * std::ssize(dictionary->texts().offsets());
  }
  return budget.require(bytes, "the categories of the columns that are read");
}

}  // namespace

data::Schema rfm_schema(const data::Schema& input, const RfmOptions& options, const data::ExpressionEnvironment& environment) {
  const RfmMeasures measures(input, options, environment);
  return output_schema(input[input.at(options.customer, "customer")], measures);
}

struct Rfm::Implementation {
  Implementation(comm::Communicator& communicator, const data::BlockSource& source, const data::BoundExpression* filter,
                 const RfmOptions& asked, const data::ExpressionEnvironment& environment, data::Budget& budget,
                 data::Spill& spill, const std::function<void(std::int64_t, std::int64_t)>& progress, const RfmCuts& kept)
      : options(asked),
        measures(source.schema(), options, environment),
        schema(rfm_schema(source.schema(), options, environment)),
        memory(comm::collective_try(communicator, "categories", [&] { return categories(source, options, budget); })),
        aggregate(communicator, source, filter, measures.options, environment, budget, spill, progress),
        recency(environment),
        by_recency(
            scores(communicator, budget, kept.r, RfmMeasures::last_order,
                   [this](const data::Column& last, std::int64_t row) { return -static_cast<double>(recency.days(last, row)); })),
        by_frequency(scores(communicator, budget, kept.f, RfmMeasures::frequency,
                            [](const data::Column& orders, std::int64_t row) {
                              return static_cast<double>(orders.int64s()[static_cast<std::size_t>(row)]);
                            })),
        by_amount(scores(
            communicator, budget, kept.m, RfmMeasures::monetary,
            [](const data::Column& amount, std::int64_t row) { return amount.float64s()[static_cast<std::size_t>(row)]; })),
        segments(options.segments.empty() ? usual_segments(options.scores) : options.segments, options.without_orders,
                 options.otherwise),
        left_out{.filtered = aggregate.filtered(),
                 .missing_customer = aggregate.missing_key(),
                 .missing_time = aggregate.missing_time(),
                 .after_as_of = aggregate.after_as_of(),
                 .missing_amount = aggregate.missing_value(),
                 .missing_order = lines_without_id(communicator)},
        cuts{by_recency.cuts(), by_frequency.cuts(), by_amount.cuts()} {}

  /// Passes one column of this rank's customers to `consume`, by one thread at a time.
  template <class F>
  void read_column(int column, F&& consume) const {
    std::mutex mutex;
    aggregate.read(std::array{column}, [&](data::Batch&& rows) {
      const std::scoped_lock lock(mutex);
      consume(rows[0]);
    });
  }

  /// Collective. `value(column, row)` of each of this rank's customers that has one. Where memory allows they are kept from the
  /// first round on: only this rank's time depends on that.
  template <class Value>
  QuantileScores scores(comm::Communicator& communicator, data::Budget& budget, const std::vector<double>& kept, int column,
                        Value value) const {
    if (!kept.empty()) return QuantileScores(kept);
    const auto append = [&](const data::Column& some, std::vector<double>& values) {
      const bool nullable = some.field().nullable;
      for (std::int64_t row = 0; row < some.rows(); ++row) {
        if (!nullable || !some.is_missing(row)) values.push_back(value(some, row));
      }
    };
    const auto room = budget.try_reserve(8 * aggregate.own_rows());
    std::vector<double> values;
    const comm::ValuesReader read = [&](const comm::ValuesConsumer& consume) {
      if (!room) {
        read_column(column, [&](const data::Column& some) {
          values.clear();
          append(some, values);
          consume(values);
        });
        return;
      }
      if (values.empty()) {
        values.reserve(static_cast<std::size_t>(aggregate.own_rows()));
        read_column(column, [&](const data::Column& some) { append(some, values); });
      }
      consume(values);
    };
    return {communicator, read, options.scores};
  }

  /// Collective.
  std::int64_t lines_without_id(comm::Communicator& communicator) const {
    if (!measures.ids_can_miss) return 0;
    std::int64_t lines = 0;
    comm::collective_try(communicator, "count lines", [&] {
      read_column(RfmMeasures::without_id, [&](const data::Column& some) {
        for (const std::int64_t count : some.int64s()) lines += count;
      });
    });
    return communicator.sum_value(lines);
  }

  /// Rows of the result for rows of the aggregate.
  data::Batch scored(data::Batch&& customers) const {
    const data::Column& last = customers[RfmMeasures::last_order];
    const auto orders = customers[RfmMeasures::frequency].int64s();
    const auto amounts = customers[RfmMeasures::monetary].float64s();
    const auto rows = static_cast<std::size_t>(customers.rows.size());
    std::vector<std::int64_t> days(rows, 0), r(rows), f(rows), m(rows);
    std::vector<std::uint8_t> no_orders;
    std::vector<std::int32_t> segment(rows);
    std::vector<double> value(rows, 0.0);
    data::Strings text;
    text.reserve(static_cast<std::int64_t>(rows), static_cast<std::int64_t>(rows) * score_width());
    for (std::size_t i = 0; i < rows; ++i) {
      const bool has_orders = !last.is_missing(static_cast<std::int64_t>(i));
      if (has_orders) {
        days[i] = recency.days(last, static_cast<std::int64_t>(i));
        const double per_day = amounts[i] / static_cast<double>(std::max<std::int64_t>(1, days[i]));
        value[i] = per_day * static_cast<double>(orders[i]);
      } else {
        no_orders.resize(rows, 0);
        no_orders[i] = 1;
      }
      r[i] = has_orders ? by_recency.score(-static_cast<double>(days[i])) : 1;
      f[i] = by_frequency.score(static_cast<double>(orders[i]));
      m[i] = by_amount.score(amounts[i]);
      text.push_back(score_text(r[i], f[i], m[i], options.scores));
      segment[i] = segments.segment(r[i], f[i], m[i], has_orders);
    }
    data::Batch out{.rows = customers.rows, .columns = {}};
    const auto add = [&](data::Column::Values&& values, std::vector<std::uint8_t>&& missing = {},
                         data::DictionaryPointer dictionary = nullptr) {
      out.columns.emplace_back(schema[static_cast<int>(out.columns.size())], std::move(values), std::move(missing),
                               std::move(dictionary));
    };
    const auto take = [&](int column) { add(std::move(customers.columns[static_cast<std::size_t>(column)].values())); };
    take(RfmMeasures::customer);
    add(std::move(days), std::move(no_orders));
    take(RfmMeasures::frequency);
    take(RfmMeasures::monetary);
    take(RfmMeasures::first_order);
    take(RfmMeasures::last_order);
    add(std::move(r));
    add(std::move(f));
    add(std::move(m));
    add(std::move(text));
    add(std::move(segment), {}, segments.names());
    add(std::move(value));
    return out;
  }

  /// Bytes of the longest text of scores.
  std::int32_t score_width() const {
    return static_cast<std::int32_t>(std::ssize(score_text(options.scores, options.scores, options.scores, options.scores)));
  }

  RfmOptions options;
  RfmMeasures measures;
  data::Schema schema;
  data::Reservation memory;
  tables::Aggregate aggregate;
  Recency recency;
  QuantileScores by_recency;
  QuantileScores by_frequency;
  QuantileScores by_amount;
  SegmentTable segments;
  LeftOut left_out;
  RfmCuts cuts;
};

Rfm::Rfm(comm::Communicator& communicator, const data::BlockSource& source, const data::BoundExpression* filter,
         const RfmOptions& options, const data::ExpressionEnvironment& environment, data::Budget& budget, data::Spill& spill,
         const std::function<void(std::int64_t done, std::int64_t total)>& progress, const RfmCuts* kept) {
  FULLBASE_EXPECTS(environment.as_of.has_value(), "RFM has a date as of which it is computed");
  implementation_ = std::make_unique<Implementation>(communicator, source, filter, options, environment, budget, spill, progress,
                                                     kept == nullptr ? RfmCuts() : *kept);
}

Rfm::~Rfm() = default;

std::int64_t Rfm::rows() const noexcept {
  return implementation_->aggregate.rows();
}
std::int64_t Rfm::passes() const noexcept {
  return implementation_->aggregate.passes();
}
const LeftOut& Rfm::left_out() const noexcept {
  return implementation_->left_out;
}
const RfmCuts& Rfm::cuts() const noexcept {
  return implementation_->cuts;
}

std::vector<data::DictionaryPointer> Rfm::dictionaries() const {
  std::vector<data::DictionaryPointer> dictionaries;
  for (const Field& field : implementation_->schema.fields)
    dictionaries.push_back(field.type == Type::category ? implementation_->segments.names() : nullptr);
  return dictionaries;
}

std::vector<std::int32_t> Rfm::string_widths() const {
  std::vector<std::int32_t> widths(implementation_->schema.fields.size(), 0);
  widths[0] = implementation_->aggregate.string_widths().front();
  for (std::size_t column = 1; column < widths.size(); ++column) {
    if (implementation_->schema.fields[column].type == Type::string) widths[column] = implementation_->score_width();
  }
  return widths;
}

void Rfm::write(comm::Communicator& communicator, data::BlockSink& sink) const {
  implementation_->aggregate.write(communicator, sink,
                                   [this](data::Batch&& rows) { return implementation_->scored(std::move(rows)); });
}

}  // namespace fullbase::value
