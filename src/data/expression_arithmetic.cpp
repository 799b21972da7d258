#include <algorithm>
#include <cmath>
#include <limits>

#include "base/decimal.hpp"
#include "data/expression_registers.hpp"

namespace fullbase::data {
namespace {

using Op = ExpressionOp;
using Register = ExpressionRegister;

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

/// out[i] = f(a[i], b[i]) where f says whether the result did not fit; the least int64 stands for missing and does not fit
/// either. The first pass only notes that a row failed; which one is looked up when it did.
template <class F>
void checked(const Register& a, const Register& b, Register& out, int n, ExpressionOverflow& overflow, F f) {
  constexpr auto least = std::numeric_limits<std::int64_t>::min();
  bool failed = false;
  const std::int64_t* const left = a.integers.data();
  const std::int64_t* const right = b.integers.data();
  std::int64_t* const result = out.integers.data();
  for (int i = 0; i < n; ++i) {
    std::int64_t value = 0;
    const bool overflowed = f(left[i], right[i], &value);
    failed |= overflowed | (value == least);
    result[i] = value;
  }
  if (!failed) return;
  for (int i = 0; i < n; ++i) {
    std::int64_t value = 0;
    if (f(a.integers[i], b.integers[i], &value) || value == least) {
      out.integers[i] = 0;
      if (!out.any_missing || out.mask[i] == 0) overflow.at(i);
    }
  }
}

void integer_arithmetic(const ExpressionInstruction& instruction, const Register& a, const Register& b, Register& out, int n,
                        ExpressionOverflow& overflow) {
  unite_masks(a, b, out, n);
  const std::int64_t factor = instruction.p;
  switch (instruction.op) {
    case Op::add:
      checked(a, b, out, n, overflow, [](auto x, auto y, auto* z) { return __builtin_add_overflow(x, y, z); });
      break;
    case Op::subtract:
      checked(a, b, out, n, overflow, [](auto x, auto y, auto* z) { return __builtin_sub_overflow(x, y, z); });
      break;
    case Op::multiply:
      checked(a, b, out, n, overflow, [](auto x, auto y, auto* z) { return __builtin_mul_overflow(x, y, z); });
      break;
    case Op::negate:
      checked(a, a, out, n, overflow, [](auto x, auto, auto* z) { return __builtin_sub_overflow(std::int64_t{0}, x, z); });
      break;
    case Op::absolute:
      checked(a, a, out, n, overflow, [](auto x, auto, auto* z) {
        if (x >= 0) return *z = x, false;
        return __builtin_sub_overflow(std::int64_t{0}, x, z);
      });
      break;
    case Op::rescale:
      checked(a, a, out, n, overflow, [factor](auto x, auto, auto* z) { return __builtin_mul_overflow(x, factor, z); });
      break;
    case Op::least:
      for (int i = 0; i < n; ++i) out.integers[i] = std::min(a.integers[i], b.integers[i]);
      break;
    default:
      for (int i = 0; i < n; ++i) out.integers[i] = std::max(a.integers[i], b.integers[i]);
  }
  if (!out.any_missing) return;
  for (int i = 0; i < n; ++i) out.integers[i] = out.mask[i] != 0 ? 0 : out.integers[i];
}

/// Where the hardware makes another NaN pattern, the one of missing values replaces it; so does it for -0 the 0.
double canonical(double value) {
  return std::isnan(value) ? nan : value + 0.0;
}

void real_arithmetic(Op op, const Register& a, const Register& b, Register& out, int n) {
  const auto each = [&](auto f) {
    for (int i = 0; i < n; ++i) out.reals[i] = canonical(f(a.reals[i], b.reals[i]));
  };
  switch (op) {
    case Op::add:
      return each([](double x, double y) { return x + y; });
    case Op::subtract:
      return each([](double x, double y) { return x - y; });
    case Op::multiply:
      return each([](double x, double y) { return x * y; });
    case Op::divide:
      return each([](double x, double y) { return y == 0 ? nan : x / y; });
    case Op::negate:
      return each([](double x, double) { return -x; });
    case Op::absolute:
      return each([](double x, double) { return std::abs(x); });
    case Op::least:
      return each([](double x, double y) { return std::isnan(x) || x < y ? x : y; });
    default:
      return each([](double x, double y) { return std::isnan(x) || x > y ? x : y; });
  }
}

void to_real(const Register& a, Register& out, int n, int scale) {
  if (scale == 0) {
    for (int i = 0; i < n; ++i) out.reals[i] = static_cast<double>(a.integers[i]);
  } else {
    // Up to 2^53 units and 10^22 both are doubles, so one division rounds correctly.
    const auto divisor = static_cast<double>(base::power_of_ten(scale));
    constexpr std::int64_t exact = std::int64_t{1} << 53;
    bool all_exact = true;
    for (int i = 0; i < n; ++i) {
      all_exact &= a.integers[i] <= exact && a.integers[i] >= -exact;
      out.reals[i] = static_cast<double>(a.integers[i]) / divisor;
    }
    for (int i = 0; !all_exact && i < n; ++i) out.reals[i] = base::decimal_to_double(a.integers[i], scale);
  }
  for (int i = 0; a.any_missing && i < n; ++i) {
    if (a.mask[i] != 0) out.reals[i] = nan;
  }
}

}  // namespace

void ExpressionRegister::allocate(RegisterKind kind) {
  constexpr std::size_t n = expression_piece;
  mask.resize(n);
  if (kind == RegisterKind::integers) integers.resize(n);
  if (kind == RegisterKind::reals) reals.resize(n);
  if (kind == RegisterKind::truths) truths.resize(n);
  if (kind == RegisterKind::texts) texts.resize(n);
}

void unite_masks(const Register& a, const Register& b, Register& out, int n) {
  out.any_missing = a.any_missing || b.any_missing;
  if (!out.any_missing) return;
  for (int i = 0; i < n; ++i) {
    const int missing = (a.any_missing ? a.mask[i] : 0) | (b.any_missing ? b.mask[i] : 0);
    out.mask[i] = static_cast<std::uint8_t>(missing);
  }
}

void apply_arithmetic(const ExpressionInstruction& instruction, std::vector<Register>& registers, int n,
                      ExpressionOverflow& overflow) {
  const Register& a = registers[static_cast<std::size_t>(instruction.in[0])];
  const Register& b = instruction.in[1] < 0 ? a : registers[static_cast<std::size_t>(instruction.in[1])];
  Register& out = registers[static_cast<std::size_t>(instruction.out)];
  if (instruction.op == Op::to_real) {
    to_real(a, out, n, static_cast<int>(instruction.p));
  } else if (instruction.kind == RegisterKind::reals) {
    real_arithmetic(instruction.op, a, b, out, n);
  } else {
    integer_arithmetic(instruction, a, b, out, n, overflow);
  }
}

}  // namespace fullbase::data
