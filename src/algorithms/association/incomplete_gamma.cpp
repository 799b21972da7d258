#include "algorithms/association/incomplete_gamma.hpp"

#include <cmath>
#include <limits>
#include <numbers>

#include "base/math.hpp"

namespace fullbase::association {
namespace {

constexpr double precision = std::numeric_limits<double>::epsilon() / 2;
constexpr int most_terms = 1'000'000;
/// From here on Stirling's series is exact to a double.
constexpr double large_shape = 16;

/// log Gamma(a) less log(sqrt(2 pi / a) (a / e)^a), for large a.
double stirling_remainder(double a) noexcept {
  const double square = 1 / (a * a);
  return (1.0 / 12 - (1.0 / 360 - (1.0 / 1260 - (1.0 / 1680 - square / 1188) * square) * square) * square) / a;
}

/// log(x^a e^-x / Gamma(a)). Near x = a, where the terms of the plain form are large and cancel, by how far x is from a.
double log_density(double a, double x) noexcept {
  if (a < large_shape) return a * base::log(x) - x - base::lgamma(a);
  const double distance = (x - a) / a;
  return a * (base::log1p(distance) - distance) + base::log(a / (2 * std::numbers::pi)) / 2 - stirling_remainder(a);
}

/// Sum of x^n / (a (a + 1) ... (a + n)): P(a, x) without its density.
double power_series(double a, double x) noexcept {
  double term = 1 / a;
  double sum = term;
  for (int n = 1; n < most_terms && term > precision * sum; ++n) {
    term *= x / (a + n);
    sum += term;
  }
  return sum;
}

/// Q(a, x) without its density, by Lentz's algorithm.
double continued_fraction(double a, double x) noexcept {
  constexpr double tiny = std::numeric_limits<double>::min();
  const auto not_zero = [](double value) { return std::abs(value) < tiny ? tiny : value; };
  double b = x + 1 - a;
  double c = 1 / tiny;
  double d = 1 / not_zero(b);
  double fraction = d;
  for (int i = 1; i < most_terms; ++i) {
    const double numerator = -i * (i - a);
    b += 2;
    d = 1 / not_zero(numerator * d + b);
    c = not_zero(b + numerator / c);
    fraction *= c * d;
    if (std::abs(c * d - 1) <= 2 * precision) break;
  }
  return fraction;
}

}  // namespace

double upper_gamma(double a, double x) noexcept {
  if (x <= 0) return 1;
  if (std::isinf(x)) return 0;
  const double density = base::exp(log_density(a, x));
  if (x < a + 1) return std::fmax(0.0, 1 - density * power_series(a, x));
  return std::fmin(1.0, density * continued_fraction(a, x));
}

}  // namespace fullbase::association
