// Gives an expression its types and writes its program. Private to src/data.
#pragma once

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "data/expression_program.hpp"
#include "data/expression_tree.hpp"

namespace fullbase::data::binding {

using Node = ExpressionNode;
using Op = ExpressionOp;
using Kind = RegisterKind;

enum class ValueType { integer, decimal, real, boolean, text, category, timestamp, date, duration };

struct Operand {
  ValueType type = ValueType::integer;
  int scale = 0;
  int reg = -1;
  bool nullable = false;
  int column = -1;    ///< a category column's place: it has no register of its own
  int constant = -1;  ///< place in the program's constants, if it is one
};

Kind kind_of(ValueType type);
ValueType value_type(Type type);
std::string described(const Operand& operand);
inline bool is_exact(ValueType type) {
  return type == ValueType::integer || type == ValueType::decimal;
}
inline bool is_number(ValueType type) {
  return is_exact(type) || type == ValueType::real;
}
inline bool is_text(ValueType type) {
  return type == ValueType::text || type == ValueType::category;
}
inline bool is_time(ValueType type) {
  return type == ValueType::timestamp || type == ValueType::date;
}
std::optional<Comparison> comparison_of(std::string_view name);

/// Types the nodes in order, operands before what uses them, and writes the program.
class Binder {
 public:
  Binder(const ExpressionTree& tree, const Schema& schema, const ExpressionEnvironment& environment)
      : tree_(tree), schema_(schema), environment_(environment) {
    program_.text = tree.text;
    program_.zone = environment.zone;
  }

  ExpressionProgram run(bool condition);

 private:
  /// A mistake at the node that is being typed.
  [[noreturn]] void fail(std::string problem, std::string advice = {}) const;
  [[noreturn]] void refuse(std::string_view what, const Operand& a, const Operand& b) const;
  const Node& operand_node(std::size_t i) const;
  Operand operand(std::size_t i) const;

  // Leaves: literals and columns.
  void choose_columns();
  [[noreturn]] void unknown_column(const Node& node) const;
  int new_register(Kind kind);
  Operand constant(ValueType type, std::int64_t integer, int scale = 0, double real = 0, std::string text = {});
  Operand leaf();
  Operand time_constant(const std::string& text, ValueType type);
  Operand column(const Node& node);

  // Instructions.
  int emit(ExpressionInstruction instruction, Kind result);
  /// One instruction of these operands, which are of one kind; missing where an operand is.
  Operand apply(Op op, ValueType type, std::initializer_list<Operand> operands, ExpressionInstruction extra = {});
  Operand with_scale(Operand operand, int scale);

  // Conversions.
  Operand to_scale(const Operand& operand, int scale);
  /// A literal with at least that many decimals, if 64 bits can hold them; everything else unchanged.
  Operand literal_at(const Operand& operand, int scale);
  Operand to_real(const Operand& operand);
  Operand to_timestamp(const Operand& operand);
  Operand to_text(const Operand& operand);
  /// A text literal beside a time is meant as a time.
  Operand as_time_if_literal(const Operand& operand, const Operand& other);
  /// Both as the one type that can hold either, decimals at the larger scale.
  std::pair<Operand, Operand> unified(Operand a, Operand b, std::string_view what);

  // Operators.
  Operand call();
  /// A call whose one category column meets only text literals becomes a table by category.
  std::optional<Operand> lifted();
  Operand compare(Comparison comparison, Operand a, Operand b);
  Operand logic(const std::string& name);
  Operand missing(const Operand& a);
  Operand in_list();
  void add_to_list(ExpressionList& list, const Operand& a, Operand item);
  /// A literal that the column's scale cannot express equals no value of it.
  static void add_exact(ExpressionList& list, int scale, std::int64_t units, int item_scale);
  Operand sum(Op op, Operand a, Operand b);
  /// A date plus whole days is a date.
  Operand shifted(Op op, const Operand& a, const Operand& b);
  Operand difference(const Operand& a, const Operand& b);
  /// What the zone's clocks show at a timestamp or at the beginning of a date.
  Operand clock_time(const Operand& a);
  Operand product(const Operand& a, const Operand& b);
  Operand quotient(const Operand& a, const Operand& b);
  Operand negated(const Operand& a);

  // Functions.
  Operand function();
  [[noreturn]] void wrong_argument(std::string_view name, const Operand& argument) const;
  Operand extreme(Op op, std::string_view name);
  Operand coalesce(std::string_view name);
  Operand choose(std::string_view name);
  Operand day_of(std::string_view name);
  Operand of_day(Op op, std::string_view name);
  Operand of_texts(Op op, std::string_view name);

  // The result.
  void finish(bool condition);
  Field result_field(const Operand& root) const;

  const ExpressionTree& tree_;
  const Schema& schema_;
  const ExpressionEnvironment& environment_;
  const Node* node_ = nullptr;
  ExpressionProgram program_;
  std::vector<Operand> operands_;
  std::map<int, int> loaded_;
};

}  // namespace fullbase::data::binding
