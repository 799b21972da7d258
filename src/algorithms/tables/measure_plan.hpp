// The measures of an aggregate bound to a table: which values of a line they need, what is kept of a group, what comes out.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "algorithms/prepare/text_key.hpp"
#include "algorithms/tables/aggregate_options.hpp"
#include "algorithms/tables/group_state.hpp"
#include "data/batch.hpp"
#include "data/block_source.hpp"
#include "data/expression.hpp"
#include "data/schema.hpp"

namespace fullbase::tables {

/// Values of which all are needed before something can be said: distinct ones, or those of quantiles.
struct ListPlan {
  int input = 0;
  bool distinct = false;  ///< each value of a group once
};

/// A result row: words as their fields' types say (see ResultRow), and which are missing.
struct ResultRow {
  std::span<std::uint64_t> values;
  std::span<std::uint64_t> missing;  ///< bit i % 64 of word i / 64
};

/// What the lists of a group gave, by list and window.
struct GroupLists {
  /// Distinct values, windows within counted.
  std::vector<std::vector<std::int64_t>> distinct;
  /// Values with the window that each is in, ascending by value.
  std::vector<std::vector<std::pair<std::uint64_t, int>>> values;
};

/// Safe to use from several threads once scales are set.
///
/// Exactness. Whole numbers, decimals, times and categories are added as 128-bit integers and squared as 192-bit ones: sums,
/// means and standard deviations are those of the values, rounded at the end (means within 2 units in the last place; deviations
/// within 4, of the exact variance). Floats are rounded to steps of 2^-(125 - b) of the column's greatest magnitude first, for
/// 2^b lines: every value above 2^-(72 - b) of it is exact. For standard deviations to 2^-61 of it.
class MeasurePlan {
 public:
  /// Throws a job-file error, its place "measures.<name>", for an expression that does not fit the schema or a function that does
  /// not fit the type.
  MeasurePlan(const data::Schema& schema, const AggregateOptions& options, const data::ExpressionEnvironment& environment);

  /// The result's fields: each measure's windows together.
  const std::vector<data::Field>& fields() const noexcept { return fields_; }
  std::vector<data::DictionaryPointer> dictionaries(const data::BlockSource& source) const;
  /// Schema positions that the values need.
  const std::vector<int>& columns() const noexcept { return columns_; }
  const GroupState& state() const noexcept { return state_; }
  const std::vector<ListPlan>& lists() const noexcept { return lists_; }
  /// Whether the list's values are texts.
  bool is_text(const ListPlan& list) const;

  /// Inputs that are floats and added up: their greatest magnitude has to be known before any line is added.
  bool needs_scales() const noexcept;
  /// Raises magnitudes[i] to those of input i in the rows of a batch that take part. Throws an input error that names an infinite
  /// value's row.
  void add_magnitudes(const data::BlockSource& source, const data::Batch& batch, std::span<const int> read,
                      std::span<const std::uint8_t> taking_part, std::span<double> magnitudes) const;
  /// `lines` is at least the number of lines that will be added.
  void set_scales(std::span<const double> magnitudes, std::int64_t lines);
  std::size_t inputs() const noexcept { return inputs_.size(); }

  /// The inputs' values in a batch. Spans lie in the batch and in the view.
  struct View {
    std::vector<InputValues> values;
    std::vector<const data::Column*> texts;  ///< of text inputs, by input

   private:
    friend class MeasurePlan;
    struct Buffers {
      data::Column column;
      data::Column condition;
      std::vector<std::int64_t> narrow;
      std::vector<base::int128> wide;
      std::vector<std::int64_t> roots;
      std::vector<std::uint64_t> order;
      std::vector<std::uint8_t> missing;
    };
    std::vector<Buffers> buffers_;
  };
  /// Only rows that take part (1) can fail: with an input error that names the row. Values of others mean nothing.
  void view(const data::Batch& batch, std::span<const int> read, std::span<const std::uint8_t> taking_part, View& view) const;

  /// The result of one group. `words` are nested (GroupState::nest). Throws an input error for a sum beyond 64 bits.
  void finish(const std::uint64_t* words, const GroupLists& lists, ResultRow row) const;

 private:
  enum class ValueKind : std::uint8_t { lines, integer, real, text };
  struct Input {
    std::string of;
    std::string where;
    std::optional<data::BoundExpression> value = {};
    std::optional<data::BoundExpression> condition = {};
    int condition_input = -1;  ///< the first input with this condition
    ValueKind kind = ValueKind::lines;
    bool nullable = false;
    bool summed = false;   ///< reals: `wide` is needed
    bool squared = false;  ///< reals: `roots` are
    bool ordered = false;  ///< reals: `order` is
    int exponent = 0;      ///< wide = value * 2^exponent
    int root_exponent = 0;
  };
  struct Result {
    Function function = Function::count;
    std::string name;
    int input = 0;
    int count = -1;  ///< states, by number
    int sum = -1;
    int squares = -1;
    int extreme = -1;
    int whole_sum = -1;  ///< share: the denominator's
    int list = -1;
    double at = 0;
  };

  int input(const data::Schema& schema, const std::string& of, const std::string& where,
            const data::ExpressionEnvironment& environment);
  int state(State::Kind kind, int input);
  int count_state(int input);
  int list(int input, bool distinct);
  void add(const data::Schema& schema, const std::string& name, const Measure& measure,
           const data::ExpressionEnvironment& environment);
  void read_reals(const Input& input, View::Buffers& buffers, InputValues& values) const;
  const data::Field& value_field(const Input& input) const { return input.value->field(); }
  double deviation(const Result& result, const std::uint64_t* cell, std::int64_t count) const;
  double amount(const Input& input, base::int128 units) const;
  double mean(const Input& input, base::int128 units, std::int64_t count) const;
  double share(const Input& part, base::int128 part_units, const Input& whole, base::int128 whole_units) const;

  std::vector<Input> inputs_;
  std::vector<State> states_;
  std::vector<ListPlan> lists_;
  std::vector<Result> results_;
  std::vector<Window> windows_;
  std::vector<data::Field> fields_;
  std::vector<int> columns_;
  GroupState state_;
};

}  // namespace fullbase::tables
