// Recency, frequency and monetary value of every customer, with scores and named segments.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "algorithms/value/rfm_segments.hpp"
#include "comm/communicator.hpp"
#include "data/block_sink.hpp"
#include "data/block_source.hpp"
#include "data/budget.hpp"
#include "data/expression.hpp"
#include "data/spill.hpp"

namespace fullbase::value {

/// Where scores begin.
enum class Cuts {
  refresh,  ///< at the quantiles of the values
  keep,     ///< where they began before: the caller passes those cuts to Rfm
};

struct RfmOptions {
  std::string customer = "customer";  ///< key column: int64, category or string
  std::string order = "invoice";      ///< order id: equal ids of one customer are one order
  std::string time = "time";          ///< timestamp or date
  std::string amount = "amount";      ///< a column, or an expression such as "quantity * price": decimal, int64 or float
  std::string orders = {};            ///< condition: which lines count as an order; empty: all
  std::int64_t scores = 5;            ///< scores run from 1 to this
  Cuts cuts = Cuts::refresh;
  std::vector<SegmentRule> segments = {};    ///< the first rule that fits; empty: usual_segments(scores)
  std::string without_orders = "No orders";  ///< segment of customers without an order
  std::string otherwise = "Other";           ///< segment of customers that no rule fits
};

/// Where scores begin, by measure: ascending, one fewer than there are scores; empty where there was no value.
struct RfmCuts {
  std::vector<double> r;  ///< of days, negated: more recent is more
  std::vector<double> f;
  std::vector<double> m;
};

/// Lines of all ranks that did not take part, or not in full.
struct LeftOut {
  std::int64_t filtered = 0;  ///< the filter did not hold
  std::int64_t missing_customer = 0;
  std::int64_t missing_time = 0;
  std::int64_t after_as_of = 0;
  std::int64_t missing_amount = 0;
  std::int64_t missing_order = 0;  ///< took part with their amount, but count as no order
};

/// The columns of the result, `customer` being the key:
///   <customer>      int64, or string for category and string, ascending
///   recency_days    int64, whole days from the last order to as_of, rounded down, by what the clocks and the calendar of the
///   job's
///                   zone show (from midnight to midnight always whole days, whichever clocks were changed between); at least 0;
///                   missing without orders
///   frequency       int64, distinct orders
///   monetary        float64, net amount of all lines, cancellations too, rounded once from its exact sum
///   first_order, last_order   the time column's type; missing without orders
///   r_score, f_score, m_score int64, 1..scores: 1 + the number of cuts below the value, the cuts being the quantiles k / scores
///                   (type 1). Recency counts negated, over customers with orders; without orders r_score is 1
///   rfm_score       string, the three scores: "545"; with more than 9 scores "10-4-5"
///   segment         category
///   amount_per_day_times_frequency   float64, monetary / recency_days * frequency, recency 0 taken as 1 day; 0 without orders
/// Throws job-file errors for columns that are missing or do not fit, ExpressionError for expressions that do not.
data::Schema rfm_schema(const data::Schema& input, const RfmOptions& options, const data::ExpressionEnvironment& environment);

/// Each customer with at least one line that takes part has a row. Lines at or after environment.as_of (which must be set),
/// without customer, time or amount are left out and counted; an order line without order id counts with its amount, but as no
/// order. Rows are selected first (filter, customer, time, amount): numbers that do not fit are errors only in rows that take
/// part. A date too late for a timestamp is after as_of, one too early (before the year -290,000) an input error. Amounts are
/// added exactly: decimals and integers in their units, floats as tables::MeasurePlan says; infinite ones are an input error.
///
/// Method: tables::Aggregate adds the lines up, in several passes and with results on disk where the budget is small; its groups
/// are read once a round of comm::quantiles() for the cuts, and once to be scored and written.
///
/// Memory: tables::Aggregate's, for groups of s = 5 words (1 more where times or order ids can be missing or there is a condition
/// on orders, 1 more where ids can be missing), 6 result words (7 where ids can be missing) and a list of distinct orders; 8
/// bytes a customer of this rank while cuts are sought, where they are there. Customers that are texts: prepare::KeySlots holds
/// all of them, t + 24 bytes for one of t bytes; categories, whose texts the source holds: t + 8. Integers need not be held.
/// Besides: parallel::scan's batches, 16 blocks of customers a thread while they are written, the counters of comm::quantiles().
///
/// Cost: Aggregate's, about 20 ns a line, and 4 reads of the customers (up to 16 where memory is short). Sends: Aggregate's,
/// three comm::quantiles(), and the rows of blocks that lie on several ranks.
class Rfm {
 public:
  /// Collective; `filter`, bound to the source's schema, and `kept` may be null. A measure with kept cuts is scored by them; else
  /// by the quantiles of its own values. Source, budget and spill outlive this. `progress(done, total)` counts this rank's rows;
  /// from any thread.
  Rfm(comm::Communicator& communicator, const data::BlockSource& source, const data::BoundExpression* filter,
      const RfmOptions& options, const data::ExpressionEnvironment& environment, data::Budget& budget, data::Spill& spill,
      const std::function<void(std::int64_t done, std::int64_t total)>& progress = {}, const RfmCuts* kept = nullptr);
  ~Rfm();
  Rfm(const Rfm&) = delete;
  Rfm& operator=(const Rfm&) = delete;

  // The same on every rank.
  std::int64_t rows() const noexcept;    ///< customers
  std::int64_t passes() const noexcept;  ///< over the input
  const LeftOut& left_out() const noexcept;
  const RfmCuts& cuts() const noexcept;  ///< that the scores come from
  /// What TableWriter wants, by column of the result.
  std::vector<data::DictionaryPointer> dictionaries() const;
  std::vector<std::int32_t> string_widths() const;

  /// Collective. Writes the result to a sink of rows() rows.
  void write(comm::Communicator& communicator, data::BlockSink& sink) const;

 private:
  struct Implementation;
  std::unique_ptr<Implementation> implementation_;
};

}  // namespace fullbase::value
