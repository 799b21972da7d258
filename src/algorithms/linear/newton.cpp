#include "algorithms/linear/newton.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "algorithms/linear/cholesky.hpp"
#include "base/exact_sum.hpp"
#include "base/math.hpp"

namespace fullbase::linear {
namespace {

constexpr double sufficient = 1e-4;  ///< share of the slope by which a step has to lower the objective
constexpr int most_halvings = 60;
constexpr std::int64_t most_products = 1000;

double dot(const std::vector<double>& a, const std::vector<double>& b) {
  std::vector<double> terms(a.size());
  for (std::size_t i = 0; i < a.size(); ++i) terms[i] = a[i] * b[i];
  return base::ordered_sum(terms);
}

std::vector<double> divided(const std::vector<double>& a, const std::vector<double>& diagonal) {
  std::vector<double> result(a.size());
  for (std::size_t i = 0; i < a.size(); ++i) result[i] = diagonal[i] > 0 ? a[i] / diagonal[i] : 0.0;
  return result;
}

double scaled_norm(const Objective::Value& value) {
  return base::sqrt(dot(value.gradient, divided(value.gradient, value.diagonal)));
}

class Newton {
 public:
  Newton(const Objective& objective, Descent& descent, const NewtonOptions& options, const std::function<void()>& observer)
      : objective_(objective), descent_(descent), options_(options), observer_(observer) {}

  void run() {
    if (has_ended()) return;
    value_ = evaluate(descent_.coefficients);
    norm_ = scaled_norm(value_);
    if (descent_.history.empty()) {
      descent_.first_norm = norm_;
      descent_.converged = norm_ == 0;
      note(0, 0);
    }
    const double enough = options_.tolerance * descent_.first_norm;
    while (!has_ended()) {
      std::int64_t products = 0;
      auto direction = options_.factor ? factored() : conjugate_gradients(enough, products);
      const double slope = dot(direction, value_.gradient);
      const double before = norm_;
      const bool at_rounding = -slope <= 1e-14 * std::fabs(value_.objective);
      const double step = slope < 0 ? advance(direction, slope, at_rounding) : 0.0;
      if (is_whole_) descent_.last_step = std::move(direction);
      descent_.converged = norm_ <= enough || (at_rounding && !(norm_ <= 0.5 * before));
      note(step, products);
    }
  }

 private:
  bool has_ended() const { return descent_.has_ended() || std::ssize(descent_.history) > options_.max_iterations; }

  Objective::Value evaluate(const std::vector<double>& coefficients) const {
    return objective_.evaluate(coefficients, options_.factor ? Objective::Second::full : Objective::Second::diagonal);
  }

  void note(double step, std::int64_t products) {
    descent_.history.push_back({.output = options_.output,
                                .iteration = static_cast<int>(std::ssize(descent_.history)),
                                .objective = value_.objective,
                                .gradient_norm = base::sqrt(dot(value_.gradient, value_.gradient)),
                                .step = step,
                                .products = products});
    observer_();
  }

  /// Moves along the direction; returns the share of it that was gone, 0 if none lowers the objective.
  double advance(const std::vector<double>& direction, double slope, bool at_rounding) {
    double step = 1;
    for (int halving = 0; halving < most_halvings; ++halving) {
      auto trial = descent_.coefficients;
      for (std::size_t i = 0; i < trial.size(); ++i) trial[i] += step * direction[i];
      auto value = evaluate(trial);
      if (std::isfinite(value.objective)) {
        const double norm = scaled_norm(value);
        // Where differences of the objective are lost in its rounding, the gradient tells.
        const bool falls = value.objective <= value_.objective + sufficient * step * slope;
        const bool flat = -step * slope <= 1e-9 * std::fabs(value_.objective) && norm <= norm_;
        if (falls || flat) {
          descent_.coefficients = std::move(trial);
          value_ = std::move(value);
          norm_ = norm;
          return step;
        }
        if (at_rounding) return 0;
        // Where the parabola through both values and the slope is lowest.
        const double curve = value.objective - value_.objective - step * slope;
        const double lowest = curve > 0 ? -slope * step * step / (2 * curve) : 0.5 * step;
        step = std::clamp(lowest, 0.1 * step, 0.5 * step);
      } else {
        step *= 0.1;
      }
    }
    return 0;
  }

  std::vector<double> factored() {
    auto& hessian = value_.hessian;
    anchor(hessian);
    auto solution = solve_cholesky(hessian, value_.gradient);
    if (descent_.history.size() == 1) descent_.undetermined = solution.undetermined;
    is_whole_ = solution.undetermined == descent_.undetermined;
    for (double& x : solution.x) x = -x;
    return std::move(solution.x);
  }

  /// Softmax is the same if all classes' coefficients of a column move alike: where no penalty holds them, the Hessian is
  /// singular along that, and the gradient has no part in it. A term for that direction leaves the step as it is.
  void anchor(std::vector<double>& hessian) const {
    if (objective_.options().loss != Loss::softmax) return;
    const auto n = static_cast<std::size_t>(objective_.size());
    const auto places = static_cast<std::size_t>(objective_.places());
    for (std::size_t p = 0; p < places; ++p) {
      if (objective_.ridge(static_cast<std::int64_t>(p)) > 0) continue;
      double greatest = 0;
      for (std::size_t i = p; i < n; i += places) greatest = std::max(greatest, hessian[i * n + i]);
      for (std::size_t i = p; i < n; i += places)
        for (std::size_t j = p; j < n; j += places) hessian[i * n + j] += greatest;
    }
  }

  /// Preconditioned by the Hessian's diagonal, from 0, until the residual is small enough beside the gradient.
  std::vector<double> conjugate_gradients(double enough, std::int64_t& products) const {
    std::vector<double> direction(value_.gradient.size(), 0.0);
    auto residual = value_.gradient;
    for (double& r : residual) r = -r;
    auto z = divided(residual, value_.diagonal);
    auto p = z;
    double product_rz = dot(residual, z);
    const double relative = std::min(0.1, base::sqrt(norm_ / std::max(descent_.first_norm, norm_)));
    const double target = std::max(relative * norm_, 0.1 * enough);
    while (products < most_products && base::sqrt(product_rz) > target) {
      const auto hp = objective_.product(descent_.coefficients, p);
      ++products;
      const double curvature = dot(p, hp);
      if (!(curvature > 0)) break;
      const double alpha = product_rz / curvature;
      for (std::size_t i = 0; i < p.size(); ++i) {
        direction[i] += alpha * p[i];
        residual[i] -= alpha * hp[i];
      }
      z = divided(residual, value_.diagonal);
      const double next = dot(residual, z);
      const double beta = next / product_rz;
      for (std::size_t i = 0; i < p.size(); ++i) p[i] = z[i] + beta * p[i];
      product_rz = next;
    }
    return direction;
  }

  const Objective& objective_;
  Descent& descent_;
  const NewtonOptions& options_;
  const std::function<void()>& observer_;
  Objective::Value value_;
  double norm_ = 0;
  bool is_whole_ = true;  ///< the step is not one from which a curvature that has vanished left something out
};

}  // namespace

void minimise(const Objective& objective, Descent& descent, const NewtonOptions& options, const std::function<void()>& observer) {
  Newton(objective, descent, options, observer).run();
}

}  // namespace fullbase::linear
