// What a typed expression becomes: a list of instructions over registers that hold a piece of a column each. Private to src/data.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "data/expression.hpp"

namespace fullbase::data {

/// How a register keeps its values. Whole numbers and texts have a mask; reals are missing as NaN; truths are 0 (false), 1
/// (missing), 2 (true), so that `and` is the minimum, `or` the maximum and `not` 2 - x.
enum class RegisterKind : std::uint8_t { integers, reals, truths, texts };

inline constexpr std::uint8_t truth_false = 0;
inline constexpr std::uint8_t truth_missing = 1;
inline constexpr std::uint8_t truth_true = 2;

enum class ExpressionOp : std::uint8_t {
  load,              ///< column a
  category_text,     ///< texts of category column a
  category_missing,  ///< category column a
  lookup,            ///< lookup a of its category column
  add,
  subtract,
  multiply,
  divide,  ///< reals only
  negate,
  absolute,
  least,
  greatest,
  rescale,     ///< times p
  to_real,     ///< divided by 10^p
  day_begins,  ///< date to timestamp
  local_day,   ///< timestamp to date
  local_time,  ///< timestamp to what clocks showed
  year,
  month,
  day,
  whole_days,      ///< of a duration
  compare,         ///< Comparison p
  compare_scaled,  ///< Comparison p of the left times q with the right times r
  both,
  either,
  negation,
  is_missing,
  in_list,   ///< list a
  coalesce,  ///< the first unless it is missing
  choose,    ///< the second where the first is true, the third elsewhere
  starts_with,
  ends_with,
  contains,
  length,
};

enum class Comparison : std::int64_t { equal, unequal, less, less_equal, greater, greater_equal };

struct ExpressionInstruction {
  ExpressionOp op = ExpressionOp::load;
  RegisterKind kind = RegisterKind::integers;  ///< of the operands that decide the arithmetic
  int out = 0;
  std::array<int, 3> in = {-1, -1, -1};
  int a = 0;
  std::int64_t p = 0;
  std::int64_t q = 1;
  std::int64_t r = 1;
};

struct ExpressionConstant {
  int out = 0;
  std::int64_t integer = 0;
  double real = 0;
  std::string text = {};
};

/// Sorted values of an `in`.
struct ExpressionList {
  std::vector<std::int64_t> integers;
  std::vector<double> reals;
  std::vector<std::string> texts;
};

/// A function of one category column: worked out once for each category of a dictionary.
struct ExpressionLookup {
  int column = 0;
  BoundExpression of_text;
  struct Table {
    DictionaryPointer dictionary;
    Column results;
  };
  mutable std::mutex mutex = {};
  mutable std::shared_ptr<const Table> latest = {};
};

struct ExpressionProgram {
  std::string text;
  Field field;
  std::optional<int> plain_column;
  std::vector<int> columns;  ///< schema positions; instructions name columns by their place here
  std::vector<Field> column_fields;
  base::TimeZone zone;
  std::vector<RegisterKind> registers;
  std::vector<ExpressionConstant> constants;
  std::vector<ExpressionInstruction> instructions;
  std::vector<ExpressionList> lists;
  std::vector<std::unique_ptr<ExpressionLookup>> lookups;
  int result = -1;
};

}  // namespace fullbase::data
