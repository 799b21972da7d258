#include "data/expression_binder.hpp"

#include <fmt/format.h>

#include "base/text.hpp"
#include "data/expression_functions.hpp"

namespace fullbase::data::binding {

Operand Binder::function() {
  const std::string_view name = std::string_view(node_->name).substr(0, node_->name.size() - 2);
  const ExpressionFunctionInfo* info = find_expression_function(name);
  if (info == nullptr) {
    const auto names = expression_function_names();
    std::string advice = base::suggestion(name, names);
    if (advice.empty()) advice = fmt::format("the functions are {}", fmt::join(names, ", "));
    fail(fmt::format("there is no function '{}'", name), std::move(advice));
  }
  const auto count = static_cast<int>(node_->operands.size());
  if (count < info->least || count > info->most) {
    fail(fmt::format("'{}' is called with {} argument{}", name, count, count == 1 ? "" : "s"),
         fmt::format("write {}", info->call));
  }
  switch (info->function) {
    case FunctionName::abs:
      if (!is_number(operand(0).type) && operand(0).type != ValueType::duration) wrong_argument(name, operand(0));
      return with_scale(apply(Op::absolute, operand(0).type, {operand(0)}), operand(0).scale);
    case FunctionName::min:
      return extreme(Op::least, name);
    case FunctionName::max:
      return extreme(Op::greatest, name);
    case FunctionName::coalesce:
      return coalesce(name);
    case FunctionName::choose:
      return choose(name);
    case FunctionName::year:
      return of_day(Op::year, name);
    case FunctionName::month:
      return of_day(Op::month, name);
    case FunctionName::day:
      return of_day(Op::day, name);
    case FunctionName::date:
      return day_of(name);
    case FunctionName::days:
      if (operand(0).type != ValueType::duration) wrong_argument(name, operand(0));
      return apply(Op::whole_days, ValueType::integer, {operand(0)});
    case FunctionName::float64:
      if (!is_number(operand(0).type)) wrong_argument(name, operand(0));
      return to_real(operand(0));
    case FunctionName::starts_with:
      return of_texts(Op::starts_with, name);
    case FunctionName::ends_with:
      return of_texts(Op::ends_with, name);
    case FunctionName::contains:
      return of_texts(Op::contains, name);
    case FunctionName::length:
      if (!is_text(operand(0).type)) wrong_argument(name, operand(0));
      return apply(Op::length, ValueType::integer, {to_text(operand(0))});
  }
  fail("an unknown function");
}

void Binder::wrong_argument(std::string_view name, const Operand& argument) const {
  fail(fmt::format("'{}' does not take {}", name, described(argument)));
}

Operand Binder::extreme(Op op, std::string_view name) {
  const auto [a, b] = unified(operand(0), operand(1), name);
  if (kind_of(a.type) == Kind::texts || a.type == ValueType::boolean) wrong_argument(name, operand(0));
  return with_scale(apply(op, a.type, {a, b}), a.scale);
}

Operand Binder::coalesce(std::string_view name) {
  Operand result = to_text(operand(0));
  for (std::size_t i = 1; i < node_->operands.size(); ++i) {
    const auto [a, b] = unified(result, operand(i), name);
    result = with_scale(apply(Op::coalesce, a.type, {a, b}), a.scale);
    result.nullable = a.nullable && b.nullable;
  }
  return result;
}

Operand Binder::choose(std::string_view name) {
  if (operand(0).type != ValueType::boolean) wrong_argument(name, operand(0));
  const auto [a, b] = unified(operand(1), operand(2), name);
  Operand result{.type = a.type, .scale = a.scale, .nullable = a.nullable || b.nullable};
  result.reg = emit({.op = Op::choose, .kind = kind_of(a.type), .in = {operand(0).reg, a.reg, b.reg}}, kind_of(a.type));
  return result;
}

Operand Binder::day_of(std::string_view name) {
  const Operand a = operand(0);
  if (!is_time(a.type)) wrong_argument(name, a);
  return a.type == ValueType::date ? a : apply(Op::local_day, ValueType::date, {a});
}

Operand Binder::of_day(Op op, std::string_view name) {
  return apply(op, ValueType::integer, {day_of(name)});
}

Operand Binder::of_texts(Op op, std::string_view name) {
  for (std::size_t i = 0; i < 2; ++i) {
    if (!is_text(operand(i).type)) wrong_argument(name, operand(i));
  }
  return apply(op, ValueType::boolean, {to_text(operand(0)), to_text(operand(1))});
}

}  // namespace fullbase::data::binding
