#include "base/math.hpp"

#include <sleef.h>

#include <limits>

#include "base/contract.hpp"
#include "base/cpu.hpp"
#include "base/math_kernels.hpp"

namespace fullbase::base {
namespace {

/// Every NaN as the one pattern of results.
double one_nan(double x) noexcept {
  return x != x ? std::numeric_limits<double>::quiet_NaN() : x;
}

const math_kernels::Table& kernels() noexcept {
  return of_active_isa(math_kernels::baseline, math_kernels::avx2, math_kernels::avx512);
}

void apply(math_kernels::Function function, std::span<const double> x, std::span<double> out) {
  FULLBASE_EXPECTS(x.size() == out.size(), "a function's results take as many places as its arguments");
  function(x.data(), out.data(), static_cast<long>(x.size()));
}

}  // namespace

double exp(double x) noexcept {
  return one_nan(Sleef_cinz_expd1_u10purec(x));
}
double expm1(double x) noexcept {
  return one_nan(Sleef_cinz_expm1d1_u10purec(x));
}
double log(double x) noexcept {
  return one_nan(Sleef_cinz_logd1_u10purec(x));
}
double log1p(double x) noexcept {
  return one_nan(Sleef_cinz_log1pd1_u10purec(x));
}
double pow(double x, double y) noexcept {
  return one_nan(Sleef_cinz_powd1_u10purec(x, y));
}
double asinh(double x) noexcept {
  return one_nan(Sleef_cinz_asinhd1_u10purec(x));
}
double tanh(double x) noexcept {
  return one_nan(Sleef_cinz_tanhd1_u10purec(x));
}
double sin_pi(double x) noexcept {
  return one_nan(Sleef_cinz_sinpid1_u05purec(x));
}
double cos_pi(double x) noexcept {
  return one_nan(Sleef_cinz_cospid1_u05purec(x));
}
double lgamma(double x) noexcept {
  return one_nan(Sleef_cinz_lgammad1_u10purec(x));
}
double erfc(double x) noexcept {
  return one_nan(Sleef_cinz_erfcd1_u15purec(x));
}

void exp(std::span<const double> x, std::span<double> out) {
  apply(kernels().exp, x, out);
}
void expm1(std::span<const double> x, std::span<double> out) {
  apply(kernels().expm1, x, out);
}
void log(std::span<const double> x, std::span<double> out) {
  apply(kernels().log, x, out);
}
void log1p(std::span<const double> x, std::span<double> out) {
  apply(kernels().log1p, x, out);
}
void asinh(std::span<const double> x, std::span<double> out) {
  apply(kernels().asinh, x, out);
}
void lgamma(std::span<const double> x, std::span<double> out) {
  apply(kernels().lgamma, x, out);
}

}  // namespace fullbase::base
