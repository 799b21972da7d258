#include "algorithms/linear/fit.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "algorithms/linear/newton.hpp"
#include "algorithms/linear/objective.hpp"
#include "base/contract.hpp"
#include "base/error.hpp"
#include "base/math.hpp"
#include "comm/agreement.hpp"
#include "parallel/for_each.hpp"

namespace fullbase::linear {
namespace {

/// Most coefficients whose Hessian is factored whatever the rows, and most where few rows make it cheap.
constexpr std::int64_t always_factored = 256;
constexpr std::int64_t most_factored = 1024;
constexpr double cheap_work = 2e10;  ///< multiply-adds of one Hessian

/// A margin in log-odds that no fit without separation reaches for want of iterations alone.
constexpr double suspicious_margin = 15;
/// What rounding may leave of a margin that is 0, beside the greatest.
constexpr double margin_rounding = 1e-4;

std::vector<double> weights_of(const learning::Target& target, const FitOptions& options) {
  std::vector<double> weights(target.classes.size(), std::isfinite(options.c) ? options.c : 1.0);
  for (std::size_t k = 0; k < weights.size(); ++k) {
    if (!options.class_weights.empty()) weights[k] *= options.class_weights.at(k);
    if (!(weights[k] > 0))
      throw base::input_error(
          fmt::format("the class '{}' has the weight 0, so that no intercept is small enough for it", target.classes[k]),
          target.column, "leave its rows out with `where`")
          .known_to_all();
  }
  return weights;
}

ObjectiveOptions objective_options(const learning::Target& target, const FitOptions& options, Loss loss) {
  ObjectiveOptions objective;
  objective.loss = loss;
  objective.outputs = loss == Loss::softmax ? target.class_count() : 1;
  objective.weights = weights_of(target, options);
  objective.ridge = std::isfinite(options.c) ? 1 : 0;
  objective.intercept_ridge = options.intercept_penalty;
  return objective;
}

/// The intercepts that tell the classes' shares; everything else 0.
std::vector<double> start_of(const Objective& objective, const Design& design, const learning::Target& target) {
  std::vector<double> start(static_cast<std::size_t>(objective.size()), 0.0);
  const auto& options = objective.options();
  if (options.loss == Loss::squared_hinge || options.intercept_ridge > 0 || target.rows_of_class.empty()) return start;
  std::vector<double> logs;
  double mean = 0;
  for (std::size_t k = 0; k < options.weights.size(); ++k) {
    logs.push_back(base::log(options.weights[k] * static_cast<double>(std::max<std::int64_t>(1, target.rows_of_class[k]))));
    mean += logs.back() / static_cast<double>(options.weights.size());
  }
  const auto intercept = static_cast<std::size_t>(design.encoding().intercept());
  if (options.outputs == 1) {
    start[intercept] = logs[1] - logs[0];
  } else {
    for (std::size_t k = 0; k < logs.size(); ++k)
      start[k * static_cast<std::size_t>(objective.places()) + intercept] = logs[k] - mean;
  }
  return start;
}

/// Of all softmax fits that are equal, the one whose coefficients sum to 0 over the classes, where no penalty says so.
void centre(const Objective& objective, std::vector<double>& coefficients) {
  const auto& options = objective.options();
  if (options.loss != Loss::softmax) return;
  for (std::int64_t p = 0; p < objective.places(); ++p) {
    if (objective.ridge(p) > 0) continue;
    double sum = 0;
    for (int k = 0; k < options.outputs; ++k) sum += coefficients[static_cast<std::size_t>(k * objective.places() + p)];
    for (int k = 0; k < options.outputs; ++k)
      coefficients[static_cast<std::size_t>(k * objective.places() + p)] -= sum / options.outputs;
  }
}

Separation separation_of(const Objective& objective, const Descent& fit) {
  const auto margins = objective.margins(fit.coefficients);
  if (margins.least > 0) return Separation::complete;
  if (objective.options().ridge > 0 || margins.greatest < suspicious_margin || fit.last_step.empty()) return Separation::none;
  const auto along = objective.margins(fit.last_step);
  return along.greatest > 0 && along.least >= -margin_rounding * along.greatest ? Separation::quasi : Separation::none;
}

class Fit {
 public:
  Fit(comm::Communicator& communicator, const Design& design, const learning::Target& target, const FitOptions& options,
      const FitObserver& observer, const FitState* resume)
      : communicator_(communicator), design_(design), target_(target), options_(options), observer_(observer) {
    FULLBASE_EXPECTS(options.c > 0, "C is above 0");
    FULLBASE_EXPECTS(target.class_count() >= 2, "there are two classes and more");
    fit_.converged = true;
    fit_.outputs = 0;
    if (resume != nullptr) state_ = *resume;
  }

  /// One objective with all its outputs, after those that are there.
  void add(ObjectiveOptions options) {
    const int first = fit_.outputs;
    const Objective objective(communicator_, design_, target_.codes, std::move(options));
    const NewtonOptions newton{options_.tolerance, options_.max_iterations, factors_hessian(design_.rows(), objective.size()),
                               first};
    const auto number = descents_done_++;
    if (number == state_.descents.size()) state_.descents.emplace_back().coefficients = start_of(objective, design_, target_);
    auto& descent = state_.descents[number];
    minimise(objective, descent, newton, [&] {
      if (observer_) observer_(state_);
    });
    const auto separation = separation_of(objective, descent);
    auto coefficients = descent.coefficients;
    centre(objective, coefficients);
    fit_.outputs += objective.options().outputs;
    fit_.coefficients.insert(fit_.coefficients.end(), coefficients.begin(), coefficients.end());
    fit_.history.insert(fit_.history.end(), descent.history.begin(), descent.history.end());
    fit_.converged = fit_.converged && descent.converged;
    fit_.objective += descent.history.back().objective;
    fit_.gradient_norm = std::max(fit_.gradient_norm, descent.history.back().gradient_norm);
    fit_.separation = std::max(fit_.separation, separation);
    for (const auto coefficient : descent.undetermined) fit_.undetermined.push_back(coefficient % objective.places());
  }

  LinearFit result() {
    std::ranges::sort(fit_.undetermined);
    fit_.undetermined.erase(std::unique(fit_.undetermined.begin(), fit_.undetermined.end()), fit_.undetermined.end());
    return std::move(fit_);
  }

 private:
  comm::Communicator& communicator_;
  const Design& design_;
  const learning::Target& target_;
  const FitOptions& options_;
  const FitObserver& observer_;
  FitState state_;
  std::size_t descents_done_ = 0;
  LinearFit fit_;
};

data::Reservation reserve(comm::Communicator& communicator, const Design& design, int outputs, data::Budget& budget) {
  return comm::collective_try(communicator, "fit", [&] {
    return budget.require(fit_bytes(design.rows(), design.encoding().places(), outputs), "the sums of a linear fit");
  });
}

}  // namespace

bool factors_hessian(std::int64_t rows, std::int64_t coefficients) noexcept {
  if (coefficients <= always_factored) return true;
  const auto n = static_cast<double>(coefficients);
  return coefficients <= most_factored && static_cast<double>(rows) * n * n <= cheap_work;
}

std::int64_t fit_bytes(std::int64_t rows, std::int64_t places, std::int64_t outputs) {
  const std::int64_t size = places * outputs;
  const bool full = factors_hessian(rows, size);
  const auto second = full ? Objective::Second::full : Objective::Second::diagonal;
  // Two values at a time, while a step is tried, and the vectors of conjugate gradients.
  return Objective::bytes(places, static_cast<int>(outputs), second, parallel::thread_count()) +
         2 * (full ? 8 * size * size : 0) + 14 * 8 * size;
}

LinearFit fit_logistic(comm::Communicator& communicator, const Design& design, const learning::Target& target,
                       const FitOptions& options, data::Budget& budget, const FitObserver& observer, const FitState* resume) {
  comm::StageScope stage(communicator.statistics(), "fit");
  const auto loss = target.class_count() == 2 ? Loss::logistic : Loss::softmax;
  auto objective = objective_options(target, options, loss);
  const auto reserved = reserve(communicator, design, objective.outputs, budget);
  Fit fit(communicator, design, target, options, observer, resume);
  fit.add(std::move(objective));
  return fit.result();
}

LinearFit fit_squared_hinge(comm::Communicator& communicator, const Design& design, const learning::Target& target,
                            const FitOptions& options, data::Budget& budget, const FitObserver& observer,
                            const FitState* resume) {
  comm::StageScope stage(communicator.statistics(), "fit");
  const auto objective = objective_options(target, options, Loss::squared_hinge);
  const auto reserved = reserve(communicator, design, 1, budget);
  Fit fit(communicator, design, target, options, observer, resume);
  const int classes = target.class_count();
  for (int k = classes == 2 ? 1 : 0; k < classes; ++k) {
    auto own = objective;
    own.positive = k;
    fit.add(std::move(own));
  }
  return fit.result();
}

}  // namespace fullbase::linear
