#include <gmock/gmock.h>

#include <bit>
#include <cmath>
#include <cstring>
#include <functional>
#include <limits>
#include <random>
#include <vector>

#include "base/cpu.hpp"
#include "base/error.hpp"
#include "base/math.hpp"

namespace fullbase::base {
namespace {

struct Case {
  const char* name;
  double (*scalar)(double);
  void (*span)(std::span<const double>, std::span<double>);
  long double (*reference)(long double);
  double low, high;  ///< where the reference is compared
};

const Case cases[] = {
    {"exp", exp, exp, std::exp, -700, 700},         {"expm1", expm1, expm1, std::expm1, -30, 700},
    {"log", log, log, std::log, 1e-300, 1e300},     {"log1p", log1p, log1p, std::log1p, -0.999, 1e300},
    {"asinh", asinh, asinh, std::asinh, -1e9, 1e9}, {"lgamma", lgamma, lgamma, std::lgamma, 0.1, 1e6},
};

std::vector<Isa> machine_paths() {
  std::vector<Isa> paths;
  for (const Isa isa : {Isa::baseline, Isa::avx2, Isa::avx512}) {
    if (isa <= machine_isa()) paths.push_back(isa);
  }
  return paths;
}

/// Ordinary magnitudes, any bit pattern, and the values where functions have their edges.
std::vector<double> arguments(std::size_t count) {
  std::mt19937_64 random(6);
  std::vector<double> x = {0.0,
                           -0.0,
                           1.0,
                           -1.0,
                           std::numeric_limits<double>::infinity(),
                           -std::numeric_limits<double>::infinity(),
                           std::numeric_limits<double>::quiet_NaN(),
                           -std::numeric_limits<double>::quiet_NaN(),
                           5e-324,
                           -5e-324,
                           std::numeric_limits<double>::min(),
                           std::numeric_limits<double>::max(),
                           -2.0,
                           709.9,
                           -745.2,
                           710.5};
  while (x.size() < count) {
    const std::uint64_t bits = random();
    const double unit = static_cast<double>(bits >> 11) * 0x1p-53;
    switch (x.size() % 4) {
      case 0:
        x.push_back(std::bit_cast<double>(bits));
        break;
      case 1:
        x.push_back(unit * 1400 - 700);
        break;
      case 2:
        x.push_back(std::ldexp(unit, static_cast<int>(bits % 60) - 30));
        break;
      default:
        x.push_back(unit * 4 - 2);
        break;
    }
  }
  return x;
}

class Math : public testing::Test {
 protected:
  ~Math() override { force_isa(machine_isa()); }
};

TEST_F(Math, EveryPathGivesTheSameBits) {
  const std::vector<double> x = arguments(1'000'003);  // an odd number: the rest after whole vectors too
  for (const Case& c : cases) {
    std::vector<double> expected(x.size());
    for (std::size_t i = 0; i < x.size(); ++i) expected[i] = c.scalar(x[i]);
    for (const Isa isa : machine_paths()) {
      force_isa(isa);
      std::vector<double> result(x.size());
      c.span(x, result);
      ASSERT_EQ(std::memcmp(result.data(), expected.data(), x.size() * sizeof(double)), 0) << c.name << ' ' << isa_name(isa);
    }
  }
}

TEST_F(Math, IsWithinTwoUlpsOfALongDoubleReference) {
  for (const Case& c : cases) {
    for (const double x : arguments(200'000)) {
      if (!(c.low <= x && x <= c.high)) continue;
      const double expected = static_cast<double>(c.reference(x));
      const double result = c.scalar(x);
      if (result == expected) continue;
      const auto distance = std::abs(std::bit_cast<std::int64_t>(result) - std::bit_cast<std::int64_t>(expected));
      // lgamma loses relative accuracy next to its zeros at 1 and 2.
      const bool near_zero =
          std::string_view(c.name) == "lgamma" && std::abs(expected) < 0.05 && std::abs(result - expected) < 1e-17;
      const bool tiny = std::abs(expected) < 1e-300 && std::abs(result) < 1e-300;
      ASSERT_TRUE(distance <= 2 || near_zero || tiny) << c.name << '(' << x << ") = " << result;
    }
  }
}

TEST_F(Math, ScalarsAgreeWithAReference) {
  std::mt19937_64 random(7);
  for (int i = 0; i < 100'000; ++i) {
    const double x = static_cast<double>(random() >> 11) * 0x1p-53;
    ASSERT_NEAR(sin_pi(x), static_cast<double>(sinl(x * 3.14159265358979323846L)), 4e-16);
    ASSERT_NEAR(cos_pi(x), static_cast<double>(cosl(x * 3.14159265358979323846L)), 4e-16);
    ASSERT_NEAR(tanh(4 * x), static_cast<double>(std::tanh(4 * static_cast<long double>(x))), 4e-16);
    ASSERT_NEAR(erfc(3 * x), static_cast<double>(std::erfc(3 * static_cast<long double>(x))), 4e-16);
    const double power = static_cast<double>(std::pow(static_cast<long double>(x), 2.5L));
    ASSERT_NEAR(pow(x, 2.5), power, 3e-16 * power + 1e-300);
  }
  EXPECT_EQ(cos_pi(0.5), 0.0);
  EXPECT_EQ(sin_pi(1.0), 0.0);
}

TEST_F(Math, HasOneNan) {
  const auto pattern = std::bit_cast<std::uint64_t>(std::numeric_limits<double>::quiet_NaN());
  for (const double result : {log(-1.0), log1p(-2.0), exp(-std::numeric_limits<double>::quiet_NaN()), pow(-1.0, 0.5)}) {
    EXPECT_EQ(std::bit_cast<std::uint64_t>(result), pattern);
  }
}

TEST_F(Math, WorksInPlace) {
  std::vector<double> values = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10};
  const std::vector<double> x = values;
  log1p(values, values);
  for (std::size_t i = 0; i < x.size(); ++i) EXPECT_EQ(values[i], log1p(x[i]));
}

TEST_F(Math, ForcesOnlyWhatTheMachineHas) {
  force_isa(Isa::baseline);
  EXPECT_EQ(active_isa(), Isa::baseline);
  if (machine_isa() < Isa::avx512) {
    EXPECT_THROW(force_isa(Isa::avx512), Error);
  }
}

}  // namespace
}  // namespace fullbase::base
