// From lines to pairs of customer and item, each once.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "algorithms/recommendation/interaction_options.hpp"
#include "algorithms/recommendation/pair_side.hpp"
#include "comm/communicator.hpp"
#include "data/block_sink.hpp"
#include "data/block_source.hpp"
#include "data/budget.hpp"
#include "data/expression.hpp"
#include "data/schema.hpp"
#include "data/spill.hpp"

namespace fullbase::recommendation {

/// What did not take part, or was changed. The same on every rank.
struct PairCounts {
  // Lines.
  std::int64_t filtered = 0;
  std::int64_t missing_key = 0;
  std::int64_t missing_time = 0;
  std::int64_t after_as_of = 0;
  std::int64_t missing_value = 0;
  std::int64_t lines_outside = 0;           ///< whose value lies outside the range: left out or clipped, as it says
  std::int64_t lines_of_pairs_outside = 0;  ///< left out with them
  std::int64_t lines_of_cold_pairs = 0;     ///< left out with them
  std::int64_t lines = 0;                   ///< that the pairs are made of
  // Pairs.
  std::int64_t pairs_outside = 0;  ///< likewise
  std::int64_t cold_pairs = 0;     ///< left out
};

/// A row for each customer and item that a line has both of: customer, item (keys as in the lines; categories, texts or whole
/// numbers), value (float64), lines (int64) and, where lines have a time, last (the time of the latest). Rows ascend by customer,
/// then item. Lines without a key, a time or a value, at or after as_of, or beyond the range, take no part and are counted.
///
/// Values: sums and means are exact, rounded once (tables::MeasurePlan says how exact); with a half life sums of values times
/// weights (LineValues), a mean being that of values by weights.
///
/// Cost: tables::Aggregate, two passes over the pairs, and one more where pairs are left out. Memory: that of tables::Aggregate,
/// two PairSide, and 16 bytes for every 16,384 pairs.
class UniquePairs {
 public:
  /// Throws a job-file error, its place the option, for what does not fit.
  static data::Schema schema(const data::Schema& input, const InteractionOptions& options);

  /// Collective. `filter` is bound to the source's schema; null: none. All that is passed outlives this. Throws on every rank:
  /// input errors for a value outside the range, one that cannot be scaled or is beyond float32 (the first line or pair), for a
  /// pair that repeats where none may.
  UniquePairs(comm::Communicator& communicator, const data::BlockSource& source, const data::BoundExpression* filter,
              const InteractionOptions& options, const data::ExpressionEnvironment& environment, data::Budget& budget,
              data::Spill& spill, const std::function<void(std::int64_t done, std::int64_t total)>& progress = {});
  ~UniquePairs();
  UniquePairs(const UniquePairs&) = delete;
  UniquePairs& operator=(const UniquePairs&) = delete;

  // The same on every rank.
  std::int64_t rows() const noexcept;
  std::int64_t passes() const noexcept;
  const PairCounts& counts() const noexcept;
  /// Of all pairs within the range: those who are cold too, whether their pairs stay or go.
  const PairSide& customers() const noexcept;
  const PairSide& items() const noexcept;
  /// What TableWriter wants, by column of the result.
  std::vector<data::DictionaryPointer> dictionaries() const;
  std::vector<std::int32_t> string_widths() const;

  /// Collective. Writes the pairs to a sink of rows() rows. Memory: 16 blocks a thread.
  void write(comm::Communicator& communicator, data::BlockSink& sink) const;

 private:
  struct Implementation;
  std::unique_ptr<Implementation> implementation_;
};

}  // namespace fullbase::recommendation
