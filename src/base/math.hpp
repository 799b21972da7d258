// Transcendental functions with the same bits on every CPU and in every vector width. libm's differ between machines; these are
// SLEEF's deterministic functions without fused operations (`cinz_`), within 1 ulp of the true value (sin_pi and cos_pi 0.506,
// erfc 1.5); results below 1e-300 may come out as 0.
#pragma once

#include <cmath>
#include <span>

namespace fullbase::base {

double exp(double x) noexcept;
double expm1(double x) noexcept;
double log(double x) noexcept;
double log1p(double x) noexcept;
double pow(double x, double y) noexcept;
double asinh(double x) noexcept;
double tanh(double x) noexcept;
/// sin(pi x), cos(pi x).
double sin_pi(double x) noexcept;
double cos_pi(double x) noexcept;
/// log |Gamma(x)|.
double lgamma(double x) noexcept;
double erfc(double x) noexcept;
/// Correctly rounded everywhere by IEEE 754.
inline double sqrt(double x) noexcept {
  return std::sqrt(x);
}

/// Element by element, the same bits as the scalar functions, with the vectors of active_isa(). Equal lengths; out may be x.
void exp(std::span<const double> x, std::span<double> out);
void expm1(std::span<const double> x, std::span<double> out);
void log(std::span<const double> x, std::span<double> out);
void log1p(std::span<const double> x, std::span<double> out);
void asinh(std::span<const double> x, std::span<double> out);
void lgamma(std::span<const double> x, std::span<double> out);

}  // namespace fullbase::base
