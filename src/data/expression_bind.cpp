#include "data/expression_binder.hpp"

#include <fmt/format.h>

#include "base/checked.hpp"
#include "base/decimal.hpp"
#include "base/text.hpp"

namespace fullbase::data::binding {

Kind kind_of(ValueType type) {
  switch (type) {
    case ValueType::real:
      return Kind::reals;
    case ValueType::boolean:
      return Kind::truths;
    case ValueType::text:
    case ValueType::category:
      return Kind::texts;
    default:
      return Kind::integers;
  }
}

ValueType value_type(Type type) {
  switch (type) {
    case Type::int64:
      return ValueType::integer;
    case Type::float64:
    case Type::float32:
      return ValueType::real;
    case Type::boolean:
      return ValueType::boolean;
    case Type::decimal:
      return ValueType::decimal;
    case Type::category:
      return ValueType::category;
    case Type::string:
      return ValueType::text;
    case Type::timestamp:
      return ValueType::timestamp;
    case Type::date:
      break;
  }
  return ValueType::date;
}

std::string described(const Operand& operand) {
  switch (operand.type) {
    case ValueType::integer:
      return "int64";
    case ValueType::decimal:
      return fmt::format("decimal({})", operand.scale);
    case ValueType::real:
      return "float64";
    case ValueType::boolean:
      return "bool";
    case ValueType::text:
      return "text";
    case ValueType::category:
      return "category";
    case ValueType::timestamp:
      return "timestamp";
    case ValueType::date:
      return "date";
    case ValueType::duration:
      break;
  }
  return "duration";
}

std::optional<Comparison> comparison_of(std::string_view name) {
  constexpr std::string_view names[] = {"=", "!=", "<", "<=", ">", ">="};
  const auto found = std::ranges::find(names, name);
  if (found == std::end(names)) return std::nullopt;
  return static_cast<Comparison>(found - std::begin(names));
}

ExpressionProgram Binder::run(bool condition) {
  choose_columns();
  for (const Node& node : tree_.nodes) {
    node_ = &node;
    operands_.push_back(node.kind == Node::Kind::call ? call() : leaf());
  }
  finish(condition);
  return std::move(program_);
}

void Binder::fail(std::string problem, std::string advice) const {
  throw ExpressionError(std::move(problem), tree_.text, node_->offset, std::move(advice));
}

void Binder::refuse(std::string_view what, const Operand& a, const Operand& b) const {
  std::string advice;
  if ((is_text(a.type) && is_number(b.type)) || (is_text(b.type) && is_number(a.type))) {
    advice = "texts and categories are compared with texts in quotes, like '17850'";
  }
  fail(fmt::format("'{}' does not take {} and {}", what, described(a), described(b)), std::move(advice));
}

const Node& Binder::operand_node(std::size_t i) const {
  return tree_.nodes[static_cast<std::size_t>(node_->operands[i])];
}

Operand Binder::operand(std::size_t i) const {
  return operands_[static_cast<std::size_t>(node_->operands[i])];
}

void Binder::choose_columns() {
  for (const Node& node : tree_.nodes) {
    if (node.kind != Node::Kind::column) continue;
    const auto position = schema_.find(node.name);
    if (!position) unknown_column(node);
    program_.columns.push_back(*position);
  }
  std::ranges::sort(program_.columns);
  program_.columns.erase(std::ranges::unique(program_.columns).begin(), program_.columns.end());
  for (const int column : program_.columns) program_.column_fields.push_back(schema_[column]);
}

void Binder::unknown_column(const Node& node) const {
  std::vector<std::string_view> names;
  for (const Field& field : schema_.fields) names.push_back(field.name);
  std::string advice = base::suggestion(node.name, names);
  if (advice.empty()) advice = fmt::format("the columns are {}; texts stand in quotes", fmt::join(names, ", "));
  throw ExpressionError(fmt::format("there is no column '{}'", node.name), tree_.text, node.offset, std::move(advice));
}

int Binder::new_register(Kind kind) {
  program_.registers.push_back(kind);
  return static_cast<int>(program_.registers.size()) - 1;
}

Operand Binder::constant(ValueType type, std::int64_t integer, int scale, double real, std::string text) {
  const int reg = new_register(kind_of(type));
  program_.constants.push_back({.out = reg, .integer = integer, .real = real, .text = std::move(text)});
  return {.type = type, .scale = scale, .reg = reg, .constant = static_cast<int>(program_.constants.size()) - 1};
}

Operand Binder::leaf() {
  const Node& node = *node_;
  switch (node.kind) {
    case Node::Kind::integer:
      return constant(ValueType::integer, node.value);
    case Node::Kind::decimal:
      return constant(ValueType::decimal, node.value, node.scale);
    case Node::Kind::real:
      return constant(ValueType::real, 0, 0, node.number);
    case Node::Kind::text:
      return constant(ValueType::text, 0, 0, 0, node.name);
    case Node::Kind::boolean:
      return constant(ValueType::boolean, node.value != 0 ? truth_true : truth_false);
    case Node::Kind::date:
      return constant(ValueType::date, node.value);
    case Node::Kind::timestamp:
      return time_constant(node.name, ValueType::timestamp);
    case Node::Kind::duration:
      return constant(ValueType::duration, node.value);
    case Node::Kind::as_of:
      if (!environment_.as_of) fail("as_of is not set", "add 'as_of: <date>' to the job file");
      return constant(ValueType::timestamp, *environment_.as_of);
    case Node::Kind::column:
      return column(node);
    case Node::Kind::call:
      break;
  }
  fail("a call is no leaf");
}

Operand Binder::time_constant(const std::string& text, ValueType type) {
  const base::TimeFormat format;
  const auto parsed = type == ValueType::date ? format.parse_date(text) : format.parse(text, environment_.zone);
  if (!parsed) fail(fmt::format("'{}' {}", text, base::describe(parsed.status)), "times are written 2011-12-10 08:26:00");
  return constant(type, parsed.value);
}

Operand Binder::column(const Node& node) {
  const int position = schema_.find(node.name).value();
  const int place = static_cast<int>(std::ranges::find(program_.columns, position) - program_.columns.begin());
  const Field& field = schema_[position];
  Operand operand{.type = value_type(field.type), .scale = field.scale, .nullable = field.nullable};
  if (operand.type == ValueType::real) operand.nullable = true;  // NaN is missing whatever the schema says
  operand.column = place;
  if (operand.type == ValueType::category) return operand;
  auto [known, is_new] = loaded_.try_emplace(place, -1);
  if (is_new) known->second = emit({.op = Op::load, .kind = kind_of(operand.type), .a = place}, kind_of(operand.type));
  operand.reg = known->second;
  return operand;
}

int Binder::emit(ExpressionInstruction instruction, Kind result) {
  instruction.out = new_register(result);
  program_.instructions.push_back(instruction);
  return instruction.out;
}

Operand Binder::apply(Op op, ValueType type, std::initializer_list<Operand> operands, ExpressionInstruction extra) {
  extra.op = op;
  std::size_t i = 0;
  Operand result{.type = type};
  for (const Operand& operand : operands) {
    extra.in.at(i++) = operand.reg;
    result.nullable = result.nullable || operand.nullable;
  }
  extra.kind = kind_of(std::data(operands)->type);
  result.reg = emit(extra, kind_of(type));
  return result;
}

Operand Binder::with_scale(Operand operand, int scale) {
  operand.scale = scale;
  return operand;
}

Operand Binder::to_scale(const Operand& operand, int scale) {
  if (operand.scale == scale) {
    Operand same = operand;
    same.type = scale == 0 ? operand.type : ValueType::decimal;
    return same;
  }
  if (const Operand literal = literal_at(operand, scale); literal.scale == scale) return literal;
  const auto factor = static_cast<std::int64_t>(base::power_of_ten(scale - operand.scale));
  return with_scale(apply(Op::rescale, ValueType::decimal, {operand}, {.p = factor}), scale);
}

Operand Binder::literal_at(const Operand& operand, int scale) {
  if (operand.constant < 0 || operand.scale >= scale) return operand;
  const auto factor = static_cast<std::int64_t>(base::power_of_ten(scale - operand.scale));
  const auto value = base::checked_multiply(program_.constants[static_cast<std::size_t>(operand.constant)].integer, factor);
  return value ? constant(ValueType::decimal, *value, scale) : operand;
}

Operand Binder::to_real(const Operand& operand) {
  if (operand.type == ValueType::real) return operand;
  if (operand.constant >= 0) {
    const auto units = program_.constants[static_cast<std::size_t>(operand.constant)].integer;
    return constant(ValueType::real, 0, 0, base::decimal_to_double(units, operand.scale));
  }
  return apply(Op::to_real, ValueType::real, {operand}, {.p = operand.scale});
}

Operand Binder::to_timestamp(const Operand& operand) {
  if (operand.type == ValueType::timestamp) return operand;
  return apply(Op::day_begins, ValueType::timestamp, {operand});
}

Operand Binder::to_text(const Operand& operand) {
  if (operand.type != ValueType::category) return operand;
  Operand text{.type = ValueType::text, .nullable = true};
  text.reg = emit({.op = Op::category_text, .kind = Kind::texts, .a = operand.column}, Kind::texts);
  return text;
}

Operand Binder::as_time_if_literal(const Operand& operand, const Operand& other) {
  if (operand.type != ValueType::text || operand.constant < 0 || !is_time(other.type)) return operand;
  const std::string text = program_.constants[static_cast<std::size_t>(operand.constant)].text;
  return time_constant(text, other.type == ValueType::date && text.size() <= 10 ? ValueType::date : ValueType::timestamp);
}

std::pair<Operand, Operand> Binder::unified(Operand a, Operand b, std::string_view what) {
  a = as_time_if_literal(a, b);
  b = as_time_if_literal(b, a);
  if (is_exact(a.type) && is_exact(b.type)) {
    const int scale = std::max(a.scale, b.scale);
    auto pair = std::pair{to_scale(a, scale), to_scale(b, scale)};
    if (a.type == ValueType::decimal || b.type == ValueType::decimal) pair.first.type = pair.second.type = ValueType::decimal;
    return pair;
  }
  if (is_number(a.type) && is_number(b.type)) return {to_real(a), to_real(b)};
  if (is_text(a.type) && is_text(b.type)) return {to_text(a), to_text(b)};
  if (a.type == b.type) return {a, b};
  if (is_time(a.type) && is_time(b.type)) return {to_timestamp(a), to_timestamp(b)};
  refuse(what, a, b);
}

void Binder::finish(bool condition) {
  const Operand& root = operands_.back();
  node_ = &tree_.nodes.back();
  if (condition && root.type != ValueType::boolean) {
    fail(fmt::format("a condition is expected, this is {}", described(root)), "compare it with something, like 'quantity > 0'");
  }
  if (node_->kind == Node::Kind::column) {
    program_.plain_column = program_.columns.at(static_cast<std::size_t>(root.column));
    program_.field = schema_[*program_.plain_column];
  } else {
    program_.field = result_field(root);
  }
  program_.result = root.reg;
}

Field Binder::result_field(const Operand& root) const {
  Field field{.name = tree_.text, .nullable = root.nullable};
  switch (root.type) {
    case ValueType::integer:
      field.type = Type::int64;
      break;
    case ValueType::decimal:
      field.type = Type::decimal;
      field.scale = root.scale;
      break;
    case ValueType::real:
      field.type = Type::float64;
      field.nullable = true;
      break;
    case ValueType::boolean:
      field.type = Type::boolean;
      break;
    case ValueType::text:
    case ValueType::category:
      field.type = Type::string;
      break;
    case ValueType::timestamp:
      field.type = Type::timestamp;
      break;
    case ValueType::date:
      field.type = Type::date;
      break;
    case ValueType::duration:
      fail("a duration is no column's type", "days(...) makes whole days of it");
  }
  return field;
}

}  // namespace fullbase::data::binding

namespace fullbase::data {

BoundExpression BoundExpression::bind(const Expression& expression, const Schema& schema,
                                      const ExpressionEnvironment& environment) {
  return BoundExpression(
      std::make_shared<const ExpressionProgram>(binding::Binder(*expression.tree_, schema, environment).run(false)));
}

BoundExpression BoundExpression::bind_condition(const Expression& expression, const Schema& schema,
                                                const ExpressionEnvironment& environment) {
  return BoundExpression(
      std::make_shared<const ExpressionProgram>(binding::Binder(*expression.tree_, schema, environment).run(true)));
}

const Field& BoundExpression::field() const noexcept {
  return program_->field;
}

const std::vector<int>& BoundExpression::columns() const noexcept {
  return program_->columns;
}

std::optional<int> BoundExpression::plain_column() const noexcept {
  return program_->plain_column;
}

}  // namespace fullbase::data
