// The small language of `where` and `derive`: parsed and typed before any data is read, evaluated column by column.
//
//   quantity * price                     arithmetic + - * /          customer is not missing
//   quantity > 0 and price >= 0.01       = == != < <= > >=           country in ('France', 'Spain')
//   time >= as_of - 90d                  2011-12-10, 12h, date '...', timestamp '...'
//   not starts_with(invoice, 'C')        functions, see docs/guide.md  price between 1 and 5
//
// A column whose name is no plain word is written in backquotes: `Unit Price`.
//
// Types. int64 and decimal arithmetic is exact: + and - take the larger scale, * adds the scales (at most 18 digits), a result
// beyond 64 bits is an error that names the row. A float64 operand, or /, makes float64; division by zero is missing. Dates and
// date literals mean midnight of the environment's zone where they meet timestamps. Two timestamps differ by the time that went
// by; a date and a timestamp by what the zone's clocks and calendar show, so that from midnight to midnight there are always
// whole days, whichever clocks were changed between. Texts compare by bytes. Missing values. What is computed from a missing
// value is missing; and, or, not have three values (false and missing is false); a condition that is missing does not hold. NaN
// is missing.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.hpp"
#include "base/time.hpp"
#include "data/batch.hpp"

namespace fullbase::data {

/// A mistake in an expression: a job-file error that knows where in the text it is.
class ExpressionError : public base::Error {
 public:
  ExpressionError(std::string problem, std::string_view text, std::size_t offset, std::string advice = {});
  /// Byte of the text, from 0.
  std::size_t offset() const noexcept { return offset_; }

 private:
  std::size_t offset_;
};

/// What expressions may refer to besides columns.
struct ExpressionEnvironment {
  std::optional<std::int64_t> as_of = {};  ///< UTC microseconds
  base::TimeZone zone = {};                ///< where days begin
};

/// The expression that is nothing but this column: its name in backquotes.
std::string column_expression(std::string_view name);

struct ExpressionTree;
struct ExpressionProgram;

/// An expression as written: its structure, without types. Copies share the tree.
class Expression {
 public:
  /// Throws ExpressionError; texts over 16 KiB, over 1,000 terms or nested deeper than 100 are refused.
  static Expression parse(std::string_view text);

  const std::string& text() const noexcept;
  /// Names of the columns it mentions, each once, in order of first mention.
  std::vector<std::string> columns() const;
  /// Whether it calls the function of this name, "if".
  bool calls(std::string_view function) const;

 private:
  friend class BoundExpression;
  std::shared_ptr<const ExpressionTree> tree_;
};

/// An expression typed against a schema, ready to run. Safe to use from several threads; copies share the program.
class BoundExpression {
 public:
  BoundExpression() = default;
  explicit BoundExpression(std::shared_ptr<const ExpressionProgram> program) : program_(std::move(program)) {}

  /// Throws ExpressionError for unknown columns and functions, types that do not fit, as_of where there is none.
  static BoundExpression bind(const Expression& expression, const Schema& schema, const ExpressionEnvironment& environment = {});
  /// The same for a condition: anything but bool is an error.
  static BoundExpression bind_condition(const Expression& expression, const Schema& schema,
                                        const ExpressionEnvironment& environment = {});

  /// What evaluate() returns: type, scale, nullable; the name is the expression's text.
  const Field& field() const noexcept;
  /// The schema's columns that it needs, by position, ascending.
  const std::vector<int>& columns() const noexcept;
  /// The schema's column that this is, if it is nothing but one; then evaluate() keeps its type and dictionary.
  std::optional<int> plain_column() const noexcept;

  /// One value a row. `read` lists the schema positions of the batch's columns, as given to BlockSource::read(). Throws an input
  /// error that names the lowest row in which a number does not fit; with `taking_part` (1 or 0 a row) rows of 0 cannot fail, and
  /// their values mean nothing. Cost: a pass over each operand in pieces that stay in cache.
  Column evaluate(const Batch& batch, std::span<const int> read, std::span<const std::uint8_t> taking_part = {}) const;
  /// Of a condition: the rows of the batch (from 0) in which it is true, ascending.
  std::vector<std::int32_t> select(const Batch& batch, std::span<const int> read) const;

 private:
  std::shared_ptr<const ExpressionProgram> program_;
};

/// "abs", "coalesce", ...: every function's name with its arguments and meaning, for documentation.
struct ExpressionFunction {
  std::string_view call;
  std::string_view meaning;
};
std::span<const ExpressionFunction> expression_functions() noexcept;

}  // namespace fullbase::data
