// Recency, frequency and monetary value of every customer, with scores and named segments.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "algorithms/value/customer_totals.hpp"
#include "algorithms/value/rfm_segments.hpp"
#include "comm/communicator.hpp"
#include "data/batch.hpp"
#include "data/block_source.hpp"
#include "data/budget.hpp"
#include "data/expression.hpp"

namespace fullbase::value {

/// Where scores begin.
enum class Cuts {
  refresh,  ///< at the quantiles of the values
  keep,     ///< where they began before: the caller passes those cuts to rfm()
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

struct RfmTable {
  data::Batch rows;                       ///< this rank's, Partition(total_rows, ranks)
  std::int64_t total_rows = 0;            ///< customers
  LeftOut left_out;                       ///< lines of all ranks
  std::int64_t filtered = 0;              ///< lines of all ranks in which the filter did not hold
  RfmCuts cuts;                           ///< that the scores come from
  std::int64_t passes = 1;                ///< over the input
  std::vector<data::Reservation> memory;  ///< of rows
};

/// The columns of RfmTable::rows, `customer` being the key:
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
/// added exactly: decimals and integers in their units, floats after rounding each to a multiple of 2^-40 (error at most 4.6e-13
/// a line; magnitudes of 2^46 and more are an input error).
///
/// Collective; `filter`, bound to the source's schema, and `kept` may be null. A measure with kept cuts is scored by them; else
/// by the quantiles of its own values. `progress(done, total)` counts this rank's rows; from any thread.
///
/// Method: each thread adds its lines up in an array over the customers and keeps the distinct (customer, order) pairs; both are
/// integers, and go to the customer's rank once. With a smaller budget the customers are cut into ranges and the input is read
/// once a range. Cost: one read of the columns a pass, about 20 ns a line, and one of the customers where prepare::KeySlots needs
/// it.
///
/// Memory of a rank, all of it taken from the budget, for c customers of all ranks, c / P of its own, o bytes an order (16 where
/// ids are numbers, texts 24), t bytes a customer's text: prepare::KeySlots (nothing for categories, whose texts the source
/// holds: t + 8; up to 24 bytes an integer, t + 24 a text) and, at its peak, the largest of
///   a pass    56 bytes a customer and thread (twice where P > 1) and 2 o a distinct order of the rank's rows, or what the budget
///             leaves, and 56 bytes a customer that the rank has from passes before
///   the order 112 c / P, where P > 1 or there are several passes
///   the table (117 + t) c / P, then (108 + t) c / P (8 bytes more with over 9 scores), which the result keeps.
/// Least: prepare::KeySlots and the table, else a job-file error. Besides: parallel::scan's batches, up to 34 bytes a row of
/// them, the counters of comm::quantiles().
///
/// Sends, P > 1: prepare::KeySlots::build(); a pass: 56 bytes a customer and o a distinct order of this rank that another rank
/// brings together, 8 bytes in each of 5 reductions and 2 sums; then 56 bytes a customer whose row another rank has, 48 bytes of
/// counts, 8 bytes in each of 4 agreements; three comm::quantiles().
RfmTable rfm(comm::Communicator& communicator, const data::BlockSource& source, const data::BoundExpression* filter,
             const RfmOptions& options, const data::ExpressionEnvironment& environment, data::Budget& budget,
             const std::function<void(std::int64_t done, std::int64_t total)>& progress = {}, const RfmCuts* kept = nullptr);

}  // namespace fullbase::value
