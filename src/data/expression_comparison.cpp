#include <algorithm>
#include <cmath>
#include <functional>
#include <utility>

#include "base/int128.hpp"
#include "data/expression_registers.hpp"

namespace fullbase::data {
namespace {

using Op = ExpressionOp;
using Register = ExpressionRegister;

/// Calls f with the comparison as a function object, so that loops are compiled for each.
template <class F>
void with_comparison(std::int64_t comparison, F f) {
  switch (static_cast<Comparison>(comparison)) {
    case Comparison::equal:
      return f(std::equal_to<>());
    case Comparison::unequal:
      return f(std::not_equal_to<>());
    case Comparison::less:
      return f(std::less<>());
    case Comparison::less_equal:
      return f(std::less_equal<>());
    case Comparison::greater:
      return f(std::greater<>());
    case Comparison::greater_equal:
      return f(std::greater_equal<>());
  }
}

std::uint8_t truth(bool value) {
  return value ? truth_true : truth_false;
}

/// out[i] = f(a[i], b[i]). A byte that is written may be part of anything, a vector's pointer too, as far as the compiler knows:
/// plain pointers let it keep them in registers and compute in lanes.
template <class T, class F>
void each(const std::vector<T>& a, const std::vector<T>& b, std::vector<std::uint8_t>& out, int n, F f) {
  const T* const left = a.data();
  const T* const right = b.data();
  std::uint8_t* const result = out.data();
  for (int i = 0; i < n; ++i) result[i] = f(left[i], right[i]);
}

void spread_missing(const Register& a, Register& out, int n) {
  if (!a.any_missing) return;
  each(a.mask, out.truths, out.truths, n, [](std::uint8_t missing, std::uint8_t t) { return missing != 0 ? truth_missing : t; });
}

void compare(const ExpressionInstruction& instruction, const Register& a, const Register& b, Register& out, int n) {
  with_comparison(instruction.p, [&](auto holds) {
    switch (instruction.kind) {
      case RegisterKind::integers:
        each(a.integers, b.integers, out.truths, n, [&](auto x, auto y) { return truth(holds(x, y)); });
        break;
      case RegisterKind::texts:
        for (int i = 0; i < n; ++i) out.truths[i] = truth(holds(a.texts[i], b.texts[i]));
        break;
      case RegisterKind::reals:
        each(a.reals, b.reals, out.truths, n,
             [&](double x, double y) { return std::isnan(x) || std::isnan(y) ? truth_missing : truth(holds(x, y)); });
        return;
      case RegisterKind::truths:
        for (int i = 0; i < n; ++i) {
          const bool missing = a.truths[i] == truth_missing || b.truths[i] == truth_missing;
          out.truths[i] = missing ? truth_missing : truth(holds(a.truths[i], b.truths[i]));
        }
        return;
    }
    spread_missing(a, out, n);
    spread_missing(b, out, n);
  });
}

void compare_scaled(const ExpressionInstruction& instruction, const Register& a, const Register& b, Register& out, int n) {
  with_comparison(instruction.p, [&](auto holds) {
    for (int i = 0; i < n; ++i) {
      const base::int128 left = static_cast<base::int128>(a.integers[i]) * instruction.q;
      const base::int128 right = static_cast<base::int128>(b.integers[i]) * instruction.r;
      out.truths[i] = truth(holds(left, right));
    }
  });
  spread_missing(a, out, n);
  spread_missing(b, out, n);
}

void in_list(const ExpressionInstruction& instruction, const ExpressionList& list, const Register& a, Register& out, int n) {
  for (int i = 0; i < n; ++i) {
    if (instruction.kind == RegisterKind::integers) {
      out.truths[i] = truth(std::ranges::binary_search(list.integers, a.integers[i]));
    } else if (instruction.kind == RegisterKind::texts) {
      out.truths[i] = truth(std::ranges::binary_search(list.texts, a.texts[i]));
    } else {
      out.truths[i] = std::isnan(a.reals[i]) ? truth_missing : truth(std::ranges::binary_search(list.reals, a.reals[i]));
    }
  }
  if (instruction.kind != RegisterKind::reals) spread_missing(a, out, n);
}

void is_missing(const ExpressionInstruction& instruction, const Register& a, Register& out, int n) {
  for (int i = 0; i < n; ++i) {
    if (instruction.kind == RegisterKind::reals) {
      out.truths[i] = truth(std::isnan(a.reals[i]));
    } else if (instruction.kind == RegisterKind::truths) {
      out.truths[i] = truth(a.truths[i] == truth_missing);
    } else {
      out.truths[i] = truth(a.any_missing && a.mask[i] != 0);
    }
  }
}

}  // namespace

void apply_comparison(const ExpressionInstruction& instruction, const ExpressionProgram& program,
                      std::vector<Register>& registers, int n) {
  const Register& a = registers[static_cast<std::size_t>(instruction.in[0])];
  const Register& b = instruction.in[1] < 0 ? a : registers[static_cast<std::size_t>(instruction.in[1])];
  Register& out = registers[static_cast<std::size_t>(instruction.out)];
  switch (instruction.op) {
    case Op::compare:
      return compare(instruction, a, b, out, n);
    case Op::compare_scaled:
      return compare_scaled(instruction, a, b, out, n);
    case Op::in_list:
      return in_list(instruction, program.lists[static_cast<std::size_t>(instruction.a)], a, out, n);
    case Op::is_missing:
      return is_missing(instruction, a, out, n);
    case Op::both:
      return each(a.truths, b.truths, out.truths, n, [](auto x, auto y) { return std::min(x, y); });
    case Op::either:
      return each(a.truths, b.truths, out.truths, n, [](auto x, auto y) { return std::max(x, y); });
    default:
      each(a.truths, a.truths, out.truths, n, [](auto x, auto) { return static_cast<std::uint8_t>(truth_true - x); });
  }
}

}  // namespace fullbase::data
