// Times, texts, and the choice between values.
#include <algorithm>
#include <cmath>

#include "data/expression_registers.hpp"

namespace fullbase::data {
namespace {

using Op = ExpressionOp;
using Register = ExpressionRegister;

constexpr std::int64_t last_day = std::numeric_limits<std::int64_t>::max() / base::microseconds_per_day - 2;

/// The instant at which a day begins; where the clocks skip midnight, it begins an hour later.
std::int64_t day_begins(std::int64_t day, const base::TimeZone& zone) {
  const std::int64_t local = day * base::microseconds_per_day;
  if (zone.is_utc()) return local;
  if (const auto utc = zone.to_utc(local)) return *utc;
  constexpr std::int64_t hour = 3600 * base::microseconds_per_second;
  return zone.to_utc(local + hour).value_or(local);
}

std::int64_t characters(std::string_view text) {
  return std::ranges::count_if(text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; });
}

template <class T>
void take_where(const std::vector<T>& from, std::vector<T>& to, int i) {
  to[static_cast<std::size_t>(i)] = from[static_cast<std::size_t>(i)];
}

void take(RegisterKind kind, const Register& from, Register& out, int i) {
  switch (kind) {
    case RegisterKind::reals:
      return take_where(from.reals, out.reals, i);
    case RegisterKind::truths:
      return take_where(from.truths, out.truths, i);
    case RegisterKind::integers:
      take_where(from.integers, out.integers, i);
      break;
    case RegisterKind::texts:
      take_where(from.texts, out.texts, i);
      break;
  }
  out.mask[static_cast<std::size_t>(i)] = from.any_missing ? from.mask[static_cast<std::size_t>(i)] : std::uint8_t{0};
}

bool missing_at(RegisterKind kind, const Register& a, int i) {
  const auto row = static_cast<std::size_t>(i);
  if (kind == RegisterKind::reals) return std::isnan(a.reals[row]);
  if (kind == RegisterKind::truths) return a.truths[row] == truth_missing;
  return a.any_missing && a.mask[row] != 0;
}

}  // namespace

void apply_time(const ExpressionInstruction& instruction, const base::TimeZone& zone, std::vector<Register>& registers, int n,
                ExpressionOverflow& overflow) {
  const Register& a = registers[static_cast<std::size_t>(instruction.in[0])];
  Register& out = registers[static_cast<std::size_t>(instruction.out)];
  unite_masks(a, a, out, n);
  for (int i = 0; i < n; ++i) {
    const std::int64_t x = a.integers[i];
    if (out.any_missing && out.mask[i] != 0) {
      out.integers[i] = 0;
    } else if (instruction.op == Op::day_begins) {
      const bool fits = x >= -last_day && x <= last_day;
      if (!fits) overflow.at(i);
      out.integers[i] = fits ? day_begins(x, zone) : 0;
    } else if (instruction.op == Op::local_day) {
      out.integers[i] = base::day_of_timestamp(zone.is_utc() ? x : zone.to_local(x));
    } else if (instruction.op == Op::local_time) {
      out.integers[i] = zone.to_local(x);
    } else if (instruction.op == Op::whole_days) {
      out.integers[i] = base::day_of_timestamp(x);
    } else {
      const base::CivilDate date = base::civil_from_days(x);
      out.integers[i] = instruction.op == Op::year ? date.year : instruction.op == Op::month ? date.month : date.day;
    }
  }
}

void apply_text(const ExpressionInstruction& instruction, std::vector<Register>& registers, int n) {
  const Register& a = registers[static_cast<std::size_t>(instruction.in[0])];
  const Register& b = instruction.in[1] < 0 ? a : registers[static_cast<std::size_t>(instruction.in[1])];
  Register& out = registers[static_cast<std::size_t>(instruction.out)];
  unite_masks(a, b, out, n);
  for (int i = 0; i < n; ++i) {
    const std::string_view text = a.texts[i];
    if (instruction.op == Op::length) {
      out.integers[i] = characters(text);
      continue;
    }
    const std::string_view part = b.texts[i];
    const bool holds = instruction.op == Op::starts_with ? text.starts_with(part)
                       : instruction.op == Op::ends_with ? text.ends_with(part)
                                                         : text.find(part) != std::string_view::npos;
    out.truths[i] = out.any_missing && out.mask[i] != 0 ? truth_missing : holds ? truth_true : truth_false;
  }
}

void apply_choice(const ExpressionInstruction& instruction, std::vector<Register>& registers, int n) {
  const Register& first = registers[static_cast<std::size_t>(instruction.in[0])];
  const Register& second = registers[static_cast<std::size_t>(instruction.in[1])];
  Register& out = registers[static_cast<std::size_t>(instruction.out)];
  const RegisterKind kind = instruction.kind;
  if (instruction.op == Op::coalesce) {
    out.any_missing = first.any_missing && second.any_missing;
    for (int i = 0; i < n; ++i) take(kind, missing_at(kind, first, i) ? second : first, out, i);
    return;
  }
  const Register& third = registers[static_cast<std::size_t>(instruction.in[2])];
  out.any_missing = second.any_missing || third.any_missing;
  for (int i = 0; i < n; ++i) take(kind, first.truths[i] == truth_true ? second : third, out, i);
}

}  // namespace fullbase::data
