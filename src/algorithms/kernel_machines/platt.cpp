#include "algorithms/kernel_machines/platt.hpp"

#include <cmath>

#include "base/contract.hpp"
#include "base/exact_sum.hpp"
#include "base/math.hpp"

namespace fullbase::kernel_machines {

namespace {

/// The rows, and the two targets that stand for yes and no.
struct Targets {
  std::span<const double> decisions;
  std::span<const std::uint8_t> yes;
  double high = 1;
  double low = 0;

  double target(std::size_t i) const noexcept { return yes[i] != 0 ? high : low; }
};

/// Cross-entropy of all ranks' rows, in the form that does not overflow.
double cross_entropy(comm::Communicator& communicator, const Targets& rows, const Sigmoid& sigmoid) {
  base::ExactSum sum;
  for (std::size_t i = 0; i < rows.decisions.size(); ++i) {
    const double z = rows.decisions[i] * sigmoid.slope + sigmoid.offset;
    const double t = rows.target(i);
    sum.add(z >= 0 ? t * z + base::log1p(base::exp(-z)) : (t - 1) * z + base::log1p(base::exp(z)));
  }
  communicator.sum(std::span(&sum, 1));
  return sum.value();
}

struct Derivatives {
  double slope = 0;
  double offset = 0;
  double slope_slope = 0;
  double slope_offset = 0;
  double offset_offset = 0;
};

Derivatives derivatives(comm::Communicator& communicator, const Targets& rows, const Sigmoid& sigmoid) {
  base::ExactSum sums[5];
  for (std::size_t i = 0; i < rows.decisions.size(); ++i) {
    const double f = rows.decisions[i];
    const double p = sigmoid.probability(f);
    const double curvature = p * (1 - p);
    const double error = rows.target(i) - p;
    sums[0].add(f * error);
    sums[1].add(error);
    sums[2].add(f * f * curvature);
    sums[3].add(f * curvature);
    sums[4].add(curvature);
  }
  communicator.sum(std::span<base::ExactSum>(sums));
  constexpr double ridge = 1e-12;  // keeps the Hessian positive definite
  return {sums[0].value(), sums[1].value(), sums[2].value() + ridge, sums[3].value(), sums[4].value() + ridge};
}

}  // namespace

double Sigmoid::probability(double decision) const noexcept {
  const double z = decision * slope + offset;
  if (z < 0) return 1 / (1 + base::exp(z));
  const double e = base::exp(-z);
  return e / (1 + e);
}

Sigmoid fit_sigmoid(comm::Communicator& communicator, std::span<const double> decisions, std::span<const std::uint8_t> yes) {
  FULLBASE_EXPECTS(decisions.size() == yes.size(), "each decision has an outcome");
  std::int64_t counts[2] = {};
  for (const auto one : yes) ++counts[one != 0 ? 1 : 0];
  communicator.sum(std::span<std::int64_t>(counts));
  const auto no_count = static_cast<double>(counts[0]);
  const auto yes_count = static_cast<double>(counts[1]);
  const Targets rows{decisions, yes, (yes_count + 1) / (yes_count + 2), 1 / (no_count + 2)};
  Sigmoid sigmoid{0, base::log((no_count + 1) / (yes_count + 1))};
  double value = cross_entropy(communicator, rows, sigmoid);
  constexpr int most_iterations = 100;
  constexpr double enough = 1e-5;
  constexpr double least_step = 1e-10;
  for (int iteration = 0; iteration < most_iterations; ++iteration) {
    const auto d = derivatives(communicator, rows, sigmoid);
    if (std::fabs(d.slope) < enough && std::fabs(d.offset) < enough) break;
    const double determinant = d.slope_slope * d.offset_offset - d.slope_offset * d.slope_offset;
    const double by_slope = -(d.offset_offset * d.slope - d.slope_offset * d.offset) / determinant;
    const double by_offset = -(d.slope_slope * d.offset - d.slope_offset * d.slope) / determinant;
    const double descent = d.slope * by_slope + d.offset * by_offset;
    double step = 1;
    for (; step >= least_step; step /= 2) {
      const Sigmoid next{sigmoid.slope + step * by_slope, sigmoid.offset + step * by_offset};
      const double there = cross_entropy(communicator, rows, next);
      if (there >= value + 1e-4 * step * descent) continue;
      sigmoid = next;
      value = there;
      break;
    }
    if (step < least_step) break;
  }
  return sigmoid;
}

}  // namespace fullbase::kernel_machines
