// What each line says of a customer and an item: a value, and how much it counts.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "algorithms/recommendation/interaction_options.hpp"
#include "comm/communicator.hpp"
#include "data/block_source.hpp"
#include "data/expression.hpp"

namespace fullbase::recommendation {

/// A table of lines and, after its own columns, three of float64: the value, missing where a line takes no part or its value is
/// left out for its range; the weight that its age gives it; and the product of the two. Keeps the source and the filter by
/// reference.
///
/// The weight of an age of a half lives is 2^-floor(a) exp(-(a - floor(a)) log 2) by base::exp: within 2 units in the last place,
/// exact at whole half lives, the same bits on every CPU.
class LineValues final : public data::BlockSource {
 public:
  /// `filter`: bound to the source's schema; null: none. Throws a job-file error for options that do not fit the schema.
  LineValues(const data::BlockSource& source, const data::BoundExpression* filter, const InteractionOptions& options,
             const data::ExpressionEnvironment& environment);

  /// Names of the columns that are added.
  const std::string& value() const noexcept { return schema_[own_].name; }
  const std::string& weight() const noexcept { return schema_[own_ + 1].name; }
  const std::string& weighted_value() const noexcept { return schema_[own_ + 2].name; }

  /// Collective: lines whose value lies outside the range of lines. Throws the input error that names the first of them where
  /// the range says so. Reads the lines once; sends 8 bytes.
  std::int64_t count_outside(comm::Communicator& communicator) const;

  const std::string& name() const noexcept override { return source_.name(); }
  const data::Schema& schema() const noexcept override { return schema_; }
  std::int64_t rows() const noexcept override { return source_.rows(); }
  data::DictionaryPointer dictionary(int column) const override { return column < own_ ? source_.dictionary(column) : nullptr; }
  data::Batch read(base::RowRange rows, std::span<const int> columns) const override;
  std::vector<std::int64_t> source_rows(base::RowRange rows) const override { return source_.source_rows(rows); }
  std::int64_t bytes_read() const noexcept override { return source_.bytes_read(); }

 private:
  /// The lines of a batch.
  struct Lines {
    std::vector<std::uint8_t> taking_part;
    std::vector<double> values;  ///< as they were written; NaN: missing
    std::vector<double> weights;
  };
  Lines lines_of(const data::Batch& batch, std::span<const int> read) const;
  std::vector<double> weights_of(std::span<const std::int64_t> times, std::span<const std::uint8_t> taking_part) const;
  /// The value of a line that takes part, or NaN, by the range.
  double in_range(double value) const noexcept;

  const data::BlockSource& source_;
  const data::BoundExpression* filter_;
  std::optional<StatedRange> range_;
  std::optional<std::int64_t> half_life_;
  data::ExpressionEnvironment environment_;
  data::BoundExpression value_;
  std::vector<int> keys_;
  std::optional<int> time_;
  std::vector<int> needed_;  ///< columns of the source that the added ones are made of, ascending
  int own_;                  ///< columns of the source
  data::Schema schema_;
};

}  // namespace fullbase::recommendation
