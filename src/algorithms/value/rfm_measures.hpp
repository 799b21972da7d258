// The measures of customers that RFM is made of, and where the aggregate that adds them up has them.
#pragma once

#include "algorithms/tables/aggregate_options.hpp"
#include "algorithms/value/rfm.hpp"
#include "data/expression.hpp"
#include "data/schema.hpp"

namespace fullbase::value {

/// Columns of the aggregate: the customer, then the measures.
struct RfmMeasures {
  static constexpr int customer = 0;
  static constexpr int monetary = 1;
  static constexpr int frequency = 2;
  static constexpr int first_order = 3;
  static constexpr int last_order = 4;
  static constexpr int without_id = 5;  ///< lines that count as an order but have no order id; only where ids can be missing

  /// Throws job-file errors for columns that are missing or do not fit, ExpressionError for expressions that do not.
  RfmMeasures(const data::Schema& schema, const RfmOptions& options, const data::ExpressionEnvironment& environment);

  tables::AggregateOptions options;
  bool ids_can_miss = false;  ///< whether there is without_id
  data::Field time;
  data::Field amount;
};

}  // namespace fullbase::value
