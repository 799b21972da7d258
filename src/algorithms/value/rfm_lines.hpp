// The lines of a table as the numbers that RFM adds up.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "algorithms/prepare/key_slots.hpp"
#include "algorithms/value/customer_totals.hpp"
#include "algorithms/value/rfm.hpp"
#include "data/block_source.hpp"
#include "data/expression.hpp"

namespace fullbase::value {

/// Binary digits after the point of amounts that are floats.
inline constexpr int float_amount_bits = 40;

/// The options of RFM bound to a table's schema: which columns are read, what is computed from them. Safe to use from several
/// threads.
class RfmLines {
 public:
  /// Throws as rfm_schema() does.
  RfmLines(const data::Schema& schema, const RfmOptions& options, const data::ExpressionEnvironment& environment,
           const data::BoundExpression* filter);

  int customer() const noexcept { return customer_; }
  const data::Field& order_field() const noexcept { return order_; }
  const data::Field& time_field() const noexcept { return time_; }
  const data::Field& amount_field() const noexcept { return amount_->field(); }
  /// Positions of the columns to read.
  const std::vector<int>& columns() const noexcept { return columns_; }

  /// A batch of these columns as numbers. The spans lie in the batch and in this object.
  struct View {
    Lines lines;
    const data::Column* orders = nullptr;
    bool all_rows = true;
    std::vector<std::int32_t> rows;  ///< those that the filter lets through, if not all

   private:
    friend class RfmLines;
    std::vector<std::int32_t> slots_;
    std::vector<std::int64_t> times_;
    std::vector<base::int128> wide_amounts_;
    std::vector<std::uint8_t> is_order_;
    std::vector<std::uint8_t> taking_part_;  ///< as far as is known
    data::Column amount_;
  };
  /// Rows are selected first: only those that the filter lets through, of a customer, before as_of, can fail. Throws an input
  /// error that names the row of `source`, whose batch it is, where an amount or a date does not fit.
  void view(const data::Batch& batch, const prepare::KeySlots& slots, const data::BlockSource& source, View& view) const;

  /// A sum of amounts as a double, rounded once.
  double money(base::int128 units) const noexcept;
  /// Whole days from a time to as_of: of 24 hours as the zone's clocks show them, rounded down, at least 0; from a date's
  /// midnight.
  std::int64_t recency(std::int64_t time) const noexcept;
  /// A time as the time column's type writes it: microseconds, or days.
  std::int64_t written_time(std::int64_t time) const noexcept;

 private:
  std::size_t place(int column) const;
  struct Place;
  void read_times(const data::Column& column, const Place& place, View& view) const;
  void read_amounts(const data::Batch& batch, const Place& place, View& view) const;

  int customer_ = 0;
  int order_column_ = 0;
  int time_column_ = 0;
  data::Field order_;
  data::Field time_;
  base::TimeZone zone_;
  std::int64_t as_of_;
  std::vector<int> columns_;
  std::optional<data::BoundExpression> amount_;
  std::optional<data::BoundExpression> is_order_;
  std::optional<data::BoundExpression> filter_;
};

}  // namespace fullbase::value
