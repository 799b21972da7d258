// Measures of groups of lines: by one or more keys, over windows of time that end together.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "algorithms/tables/aggregate_options.hpp"
#include "comm/communicator.hpp"
#include "data/batch.hpp"
#include "data/block_sink.hpp"
#include "data/block_source.hpp"
#include "data/budget.hpp"
#include "data/expression.hpp"
#include "data/schema.hpp"
#include "data/spill.hpp"

namespace fullbase::tables {

/// A row for each combination of keys that a line has: the keys, then each measure in each window. Rows ascend by key: the first
/// key counts most, numbers by value, texts by bytes. Lines without a key form no group; those without a time, or at or after
/// as_of, or whose AggregateOptions::value is missing, take no part; all are counted. A group whose lines lie in no window has a
/// row too: counts and sums of 0, other measures missing.
///
/// Method. Keys become codes (GroupKeys), codes slots; every thread adds lines to the words of its groups in chunks whose groups
/// fit the cache, once a line, into the innermost window; distinct values and those of quantiles are listed and sorted by group.
/// Ranks exchange groups by ranges of keys. All that is added up is integers (MeasurePlan says how exact), so that no order
/// matters.
///
/// Memory, from the budget, with g groups of s words (1 + windows x words a window: count 1, or none for all lines of the only
/// window, sum 2, standard deviation 5, min and max 1, first and last 3) and w result words (1 + measures x windows, and a bit
/// each): 8 g (t s + w) bytes for t threads, for as many groups as fit; further groups wait for another pass over the table, on 1
/// thread's words if need be. Lists take 16 bytes (texts 24) a distinct value or quantile's value twice, at most a fifth of the
/// budget a pass twice. Results that do not fit are spilled. One group's lists have to fit. Keys that are strings, or integers
/// far apart: GroupKeys, PassSlots. Besides: parallel::scan's batches; and of the batch that a thread is at, 22 bytes a line and
/// 8 to 41 more for each input that is no column of whole numbers or texts as it is.
///
/// Cost: a read of the columns a pass (and one of key columns that are no categories, and one of float inputs that are added up);
/// about 20 ns a line and core. Sends, P > 1: each rank's groups once, 8 (1 + s) bytes each, and its listed values.
class Aggregate {
 public:
  /// The result's schema. Throws a job-file error, its place the option ("by", "time", "measures.spent"), for what does not fit.
  static data::Schema schema(const data::Schema& input, const AggregateOptions& options,
                             const data::ExpressionEnvironment& environment);

  /// Collective: reads the source and adds everything up. `filter` is bound to the source's schema; null: none. Source, filter,
  /// budget and spill outlive this. Throws on every rank: input errors that name a row (a number that does not fit, an infinite
  /// one that is added up); job-file errors for what does not fit the memory.
  Aggregate(comm::Communicator& communicator, const data::BlockSource& source, const data::BoundExpression* filter,
            const AggregateOptions& options, const data::ExpressionEnvironment& environment, data::Budget& budget,
            data::Spill& spill, const std::function<void(std::int64_t done, std::int64_t total)>& progress = {});
  ~Aggregate();
  Aggregate(const Aggregate&) = delete;
  Aggregate& operator=(const Aggregate&) = delete;

  // The same on every rank.
  std::int64_t rows() const noexcept;
  std::int64_t passes() const noexcept;
  /// Lines that did not take part.
  std::int64_t filtered() const noexcept;
  std::int64_t missing_key() const noexcept;
  std::int64_t missing_time() const noexcept;
  std::int64_t after_as_of() const noexcept;
  std::int64_t missing_value() const noexcept;
  /// What TableWriter wants, by column of the result.
  std::vector<data::DictionaryPointer> dictionaries() const;
  std::vector<std::int32_t> string_widths() const;

  /// Rows of the result that this rank has.
  std::int64_t own_rows() const noexcept;
  /// Passes this rank's rows of the result, columns `columns` of schema() alone, to `consume`: each row once, in any order, from
  /// several threads. Not collective. Memory: 16 blocks a thread.
  void read(std::span<const int> columns, const std::function<void(data::Batch&& rows)>& consume) const;

  /// Makes other columns of rows of the result, as many.
  using Change = std::function<data::Batch(data::Batch&& rows)>;
  /// Collective. Writes the result, or what `change` makes of it, to a sink of rows() rows. Memory: 16 blocks a thread.
  void write(comm::Communicator& communicator, data::BlockSink& sink, const Change& change = {}) const;

 private:
  struct Implementation;
  std::unique_ptr<Implementation> implementation_;
};

}  // namespace fullbase::tables
