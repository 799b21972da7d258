#include "data/expression_binder.hpp"

#include <fmt/format.h>

#include "base/checked.hpp"
#include "base/decimal.hpp"

namespace fullbase::data::binding {

Operand Binder::call() {
  const std::string& name = node_->name;
  if (auto result = lifted()) return *result;
  if (const auto comparison = comparison_of(name)) return compare(*comparison, operand(0), operand(1));
  if (name == "and" || name == "or" || name == "not") return logic(name);
  if (name == "is missing") return missing(operand(0));
  if (name == "in") return in_list();
  if (name == "+" || name == "-") return sum(name == "+" ? Op::add : Op::subtract, operand(0), operand(1));
  if (name == "*") return product(operand(0), operand(1));
  if (name == "/") return quotient(operand(0), operand(1));
  if (name == "negate") return negated(operand(0));
  return function();
}

std::optional<Operand> Binder::lifted() {
  const std::string& name = node_->name;
  const bool fits = comparison_of(name) || name == "in" || name == "starts_with()" || name == "ends_with()" ||
                    name == "contains()" || name == "length()";
  if (!fits) return std::nullopt;
  int column = -1;
  for (std::size_t i = 0; i < node_->operands.size(); ++i) {
    const Operand& o = operand(i);
    if (o.type == ValueType::category && column < 0) {
      column = o.column;
    } else if (operand_node(i).kind != Node::Kind::text) {
      return std::nullopt;
    }
  }
  if (column < 0) return std::nullopt;

  ExpressionTree tree{.text = tree_.text, .nodes = {}};
  Node outer = *node_;
  for (std::size_t i = 0; i < node_->operands.size(); ++i) {
    Node inner = operand_node(i);
    if (operand(i).type == ValueType::category) inner.name = "category";
    tree.nodes.push_back(std::move(inner));
    outer.operands[i] = static_cast<int>(i);
  }
  tree.nodes.push_back(std::move(outer));
  const Schema texts{.fields = {{.name = "category", .type = Type::string}}, .key = {}};
  auto lookup = std::make_unique<ExpressionLookup>();
  lookup->column = column;
  lookup->of_text = BoundExpression(std::make_shared<const ExpressionProgram>(Binder(tree, texts, environment_).run(false)));
  const auto type = value_type(lookup->of_text.field().type);
  program_.lookups.push_back(std::move(lookup));
  Operand result{.type = type, .nullable = true};
  result.reg = emit({.op = Op::lookup, .kind = kind_of(type), .a = static_cast<int>(program_.lookups.size()) - 1}, kind_of(type));
  return result;
}

Operand Binder::compare(Comparison comparison, Operand a, Operand b) {
  const auto p = static_cast<std::int64_t>(comparison);
  if (is_exact(a.type) && is_exact(b.type) && a.scale != b.scale) {
    // A comparison never overflows: a literal is brought to the column's scale if it fits, else both meet in 128 bits.
    a = literal_at(a, b.scale);
    b = literal_at(b, a.scale);
    if (a.scale != b.scale) {
      const int scale = std::max(a.scale, b.scale);
      return apply(Op::compare_scaled, ValueType::boolean, {a, b},
                   {.p = p,
                    .q = static_cast<std::int64_t>(base::power_of_ten(scale - a.scale)),
                    .r = static_cast<std::int64_t>(base::power_of_ten(scale - b.scale))});
    }
    return apply(Op::compare, ValueType::boolean, {a, b}, {.p = p});
  }
  const auto [left, right] = unified(a, b, node_->name);
  if (left.type == ValueType::boolean && comparison != Comparison::equal && comparison != Comparison::unequal) {
    refuse(node_->name, a, b);
  }
  return apply(Op::compare, ValueType::boolean, {left, right}, {.p = p});
}

Operand Binder::logic(const std::string& name) {
  for (std::size_t i = 0; i < node_->operands.size(); ++i) {
    if (operand(i).type != ValueType::boolean) {
      fail(fmt::format("'{}' takes conditions, not {}", name, described(operand(i))), "compare the value with something");
    }
  }
  if (name == "not") return apply(Op::negation, ValueType::boolean, {operand(0)});
  return apply(name == "and" ? Op::both : Op::either, ValueType::boolean, {operand(0), operand(1)});
}

Operand Binder::missing(const Operand& a) {
  Operand result{.type = ValueType::boolean};
  if (a.type == ValueType::category) {
    result.reg = emit({.op = Op::category_missing, .a = a.column}, Kind::truths);
  } else {
    result = apply(Op::is_missing, ValueType::boolean, {a});
    result.nullable = false;
  }
  return result;
}

Operand Binder::in_list() {
  Operand a = to_text(operand(0));
  ExpressionList list;
  bool real = a.type == ValueType::real;
  for (std::size_t i = 1; i < node_->operands.size(); ++i) {
    if (operand(i).constant < 0) fail("'in' takes a list of literals", "use = and or for columns");
    real = real || (is_number(a.type) && operand(i).type == ValueType::real);
  }
  if (real) a = to_real(a);
  for (std::size_t i = 1; i < node_->operands.size(); ++i) add_to_list(list, a, operand(i));
  std::ranges::sort(list.integers);
  std::ranges::sort(list.reals);
  std::ranges::sort(list.texts);
  program_.lists.push_back(std::move(list));
  return apply(Op::in_list, ValueType::boolean, {a}, {.a = static_cast<int>(program_.lists.size()) - 1});
}

void Binder::add_to_list(ExpressionList& list, const Operand& a, Operand item) {
  item = as_time_if_literal(item, a);
  if (item.constant < 0) fail("'in' takes a list of literals");
  const ExpressionConstant value = program_.constants[static_cast<std::size_t>(item.constant)];
  if (a.type == ValueType::real && is_number(item.type)) {
    const auto number = to_real(item);
    list.reals.push_back(program_.constants[static_cast<std::size_t>(number.constant)].real);
  } else if (is_exact(a.type) && is_exact(item.type)) {
    add_exact(list, a.scale, value.integer, item.scale);
  } else if (a.type == ValueType::text && item.type == ValueType::text) {
    list.texts.push_back(value.text);
  } else if (a.type == item.type && a.type != ValueType::boolean) {
    list.integers.push_back(value.integer);
  } else {
    refuse("in", a, item);
  }
}

void Binder::add_exact(ExpressionList& list, int scale, std::int64_t units, int item_scale) {
  base::int128 value = units;
  if (item_scale > scale) {
    const auto divisor = base::power_of_ten(item_scale - scale);
    if (value % divisor != 0) return;
    value /= divisor;
  } else {
    value *= base::power_of_ten(scale - item_scale);
  }
  if (const auto fits = base::checked_int64(value)) list.integers.push_back(*fits);
}

Operand Binder::sum(Op op, Operand a, Operand b) {
  if (is_number(a.type) && is_number(b.type)) {
    const auto [left, right] = unified(a, b, node_->name);
    return with_scale(apply(op, left.type, {left, right}), left.scale);
  }
  if (a.type == ValueType::duration && b.type == ValueType::duration) return apply(op, ValueType::duration, {a, b});
  if (op == Op::add && a.type == ValueType::duration && is_time(b.type)) std::swap(a, b);
  if (is_time(a.type) && b.type == ValueType::duration) return shifted(op, a, b);
  a = as_time_if_literal(a, b);
  b = as_time_if_literal(b, a);
  if (op == Op::subtract && is_time(a.type) && is_time(b.type)) return difference(a, b);
  refuse(node_->name, a, b);
}

Operand Binder::shifted(Op op, const Operand& a, const Operand& b) {
  if (a.type == ValueType::date && b.constant >= 0) {
    const auto microseconds = program_.constants[static_cast<std::size_t>(b.constant)].integer;
    if (microseconds % base::microseconds_per_day == 0) {
      return apply(op, ValueType::date, {a, constant(ValueType::date, microseconds / base::microseconds_per_day)});
    }
  }
  return apply(op, ValueType::timestamp, {to_timestamp(a), b});
}

Operand Binder::difference(const Operand& a, const Operand& b) {
  if (a.type == ValueType::date && b.type == ValueType::date) {
    const auto days = apply(Op::subtract, ValueType::duration, {a, b});
    return apply(Op::rescale, ValueType::duration, {days}, {.p = base::microseconds_per_day});
  }
  if (a.type == b.type) return apply(Op::subtract, ValueType::duration, {a, b});
  // A date has no instant of its own, and in the night of a clock change a day is not 24 hours long.
  return apply(Op::subtract, ValueType::duration, {clock_time(a), clock_time(b)});
}

Operand Binder::clock_time(const Operand& a) {
  if (a.type == ValueType::date) return apply(Op::rescale, ValueType::timestamp, {a}, {.p = base::microseconds_per_day});
  return apply(Op::local_time, ValueType::timestamp, {a});
}

Operand Binder::product(const Operand& a, const Operand& b) {
  if (is_exact(a.type) && is_exact(b.type)) {
    const int scale = a.scale + b.scale;
    if (scale > base::max_decimal_scale) {
      fail(fmt::format("the product has {} decimals; at most {} fit", scale, base::max_decimal_scale),
           "make one factor a float64: * 1e0");
    }
    const bool whole = a.type == ValueType::integer && b.type == ValueType::integer;
    return with_scale(apply(Op::multiply, whole ? ValueType::integer : ValueType::decimal, {a, b}), scale);
  }
  if (is_number(a.type) && is_number(b.type)) return apply(Op::multiply, ValueType::real, {to_real(a), to_real(b)});
  const bool lengthened = (a.type == ValueType::duration && b.type == ValueType::integer) ||
                          (a.type == ValueType::integer && b.type == ValueType::duration);
  if (!lengthened) refuse("*", a, b);
  return apply(Op::multiply, ValueType::duration, {a, b});
}

Operand Binder::quotient(const Operand& a, const Operand& b) {
  if (!is_number(a.type) || !is_number(b.type)) refuse("/", a, b);
  Operand result = apply(Op::divide, ValueType::real, {to_real(a), to_real(b)});
  result.nullable = true;
  return result;
}

Operand Binder::negated(const Operand& a) {
  if (!is_number(a.type) && a.type != ValueType::duration) fail(fmt::format("'-' does not take {}", described(a)));
  if (a.constant >= 0) {
    const auto& value = program_.constants[static_cast<std::size_t>(a.constant)];
    return constant(a.type, -value.integer, a.scale, -value.real);
  }
  return with_scale(apply(Op::negate, a.type, {a}), a.scale);
}

}  // namespace fullbase::data::binding
