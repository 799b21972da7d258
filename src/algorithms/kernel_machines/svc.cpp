#include "algorithms/kernel_machines/svc.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include "base/contract.hpp"
#include "comm/agreement.hpp"

namespace fullbase::kernel_machines {

namespace {

/// The rows of two classes, as solve_smo() takes them.
struct PairRows {
  std::vector<std::int64_t> positions;  ///< in the rank's rows
  std::vector<std::int64_t> numbers;
  std::vector<double> signs;
  std::vector<double> bounds;
  data::Reservation reservation;
  RowPanel rows;
};

PairRows rows_of_pair(const SvcRows& rows, std::int32_t first, std::int32_t second, const SvcOptions& options,
                      data::Budget& budget) {
  PairRows pair;
  for (std::size_t i = 0; i < rows.classes.size(); ++i) {
    const auto c = rows.classes[i];
    if (c != first && c != second) continue;
    pair.positions.push_back(static_cast<std::int64_t>(i));
    pair.numbers.push_back(rows.first + static_cast<std::int64_t>(i));
    pair.signs.push_back(c == second ? 1.0 : -1.0);
    pair.bounds.push_back(options.cost * options.class_weights[static_cast<std::size_t>(c)]);
  }
  // Positions, numbers, signs, bounds; and alphas and scores of a machine that goes on.
  constexpr std::int64_t lists = 6 * 8;
  const auto count = static_cast<std::int64_t>(pair.positions.size());
  pair.reservation = budget.require(RowPanel::bytes(count, rows.rows.columns()) + lists * count, "the rows of two classes");
  pair.rows = rows.rows.subset(pair.positions);
  return pair;
}

/// The rows that support, from all ranks: class after class, each in row order.
void gather_points(comm::Communicator& communicator, const SvcRows& rows, Svc& svc) {
  auto& expansion = svc.expansion;
  const auto slots = static_cast<std::size_t>(expansion.slots());
  const auto width = static_cast<std::size_t>(expansion.columns);
  for (std::int32_t c = 0; c < expansion.classes; ++c) {
    std::vector<double> points;
    std::vector<double> coefficients;
    for (std::size_t i = 0; i < rows.classes.size(); ++i) {
      const auto own = std::span(svc.coefficients).subspan(i * slots, slots);
      if (rows.classes[i] != c || std::ranges::all_of(own, [](double value) { return value == 0; })) continue;
      coefficients.insert(coefficients.end(), own.begin(), own.end());
      points.resize(points.size() + width);
      rows.rows.copy_row(static_cast<std::int64_t>(i), std::span(points).last(width));
    }
    const auto all_points = communicator.all_gather_all(std::span<const double>(points)).values;
    const auto all_coefficients = communicator.all_gather_all(std::span<const double>(coefficients)).values;
    expansion.points.insert(expansion.points.end(), all_points.begin(), all_points.end());
    expansion.coefficients.insert(expansion.coefficients.end(), all_coefficients.begin(), all_coefficients.end());
    expansion.point_classes.resize(expansion.coefficients.size() / slots, c);
  }
}

class Fit {
 public:
  Fit(comm::Communicator& communicator, const SvcRows& rows, std::int64_t classes, const SvcOptions& options,
      data::Budget& budget, const SvcObserver& observer)
      : communicator_(communicator), rows_(rows), options_(options), budget_(budget), observer_(observer) {
    FULLBASE_EXPECTS(classes >= 2 && std::ssize(options.class_weights) == classes, "each of the classes has a weight");
    svc_.expansion = {.scheme = Scheme::one_vs_one, .classes = classes, .columns = rows.rows.columns(), .gamma = options.gamma};
    slots_ = static_cast<std::size_t>(svc_.expansion.slots());
    comm::collective_try(communicator, "coefficients of a support vector machine", [&] {
      const auto count = rows.classes.size();
      svc_.reservation = budget.require(static_cast<std::int64_t>(count * slots_ * sizeof(double)), "coefficients of rows");
      reservation_ = budget.require(static_cast<std::int64_t>(2 * count * sizeof(double)), "where a machine stands");
      svc_.coefficients.assign(count * slots_, 0.0);
      alphas_.resize(count);
      scores_.resize(count);
    });
  }

  Svc run(const SvcResume& resume) {
    std::optional<SmoState> left;
    if (resume) {
      auto before =
          comm::collective_try(communicator_, "a checkpoint", [&] { return resume(svc_.coefficients, alphas_, scores_); });
      left = std::move(before.running);
      svc_.machines = std::move(before.machines);
      for (const auto& machine : svc_.machines) svc_.expansion.biases.push_back(machine.bias);
    }
    std::int64_t number = 0;
    for (std::int32_t first = 0; first < svc_.expansion.classes; ++first)
      for (std::int32_t second = first + 1; second < svc_.expansion.classes; ++second)
        if (number++ == std::ssize(svc_.machines)) solve(first, second, std::exchange(left, std::nullopt));
    gather_points(communicator_, rows_, svc_);
    return std::move(svc_);
  }

 private:
  /// From `left`, and what is in alphas and scores then, where it is given.
  void solve(std::int32_t first, std::int32_t second, std::optional<SmoState> left) {
    const auto pair = comm::collective_try(communicator_, "rows of two classes",
                                           [&] { return rows_of_pair(rows_, first, second, options_, budget_); });
    const auto observe = [&](const SmoState& state) {
      spread(state.alphas, pair, alphas_);
      spread(state.scores, pair, scores_);
      observer_({svc_.machines, svc_.coefficients, {alphas_, scores_, state.set, state.steps, state.rounds, state.gap}});
    };
    std::vector<double> alphas;
    std::vector<double> scores;
    if (left) {
      left->alphas = alphas = of_pair(alphas_, pair);
      left->scores = scores = of_pair(scores_, pair);
    }
    const auto result = solve_smo(communicator_, {pair.rows, pair.numbers, pair.signs, pair.bounds, options_.gamma}, options_.smo,
                                  budget_, observer_ ? SmoObserver(observe) : SmoObserver(), left ? &*left : nullptr);
    for (std::size_t i = 0; i < pair.positions.size(); ++i) {
      const auto at = static_cast<std::size_t>(pair.positions[i]);
      const std::int32_t slot = rows_.classes[at] == second ? first : second - 1;
      svc_.coefficients[at * slots_ + static_cast<std::size_t>(slot)] = result.alphas[i] * pair.signs[i];
    }
    svc_.machines.push_back({first, second, communicator_.sum_value(std::ssize(pair.numbers)), result.support, result.bias,
                             result.objective, result.gap, result.steps, result.rounds, result.converged});
    svc_.expansion.biases.push_back(result.bias);
  }

  /// Values of the pair's rows to their places among all local rows.
  static void spread(std::span<const double> values, const PairRows& pair, std::vector<double>& all) {
    std::ranges::fill(all, 0.0);
    for (std::size_t i = 0; i < values.size(); ++i) all[static_cast<std::size_t>(pair.positions[i])] = values[i];
  }
  /// The other way round.
  static std::vector<double> of_pair(std::span<const double> all, const PairRows& pair) {
    std::vector<double> values;
    for (const auto position : pair.positions) values.push_back(all[static_cast<std::size_t>(position)]);
    return values;
  }

  comm::Communicator& communicator_;
  const SvcRows& rows_;
  const SvcOptions& options_;
  data::Budget& budget_;
  const SvcObserver& observer_;
  std::size_t slots_ = 0;
  Svc svc_;
  data::Reservation reservation_;  ///< of what follows
  std::vector<double> alphas_;     ///< of the local rows, of the machine that runs
  std::vector<double> scores_;
};

}  // namespace

Svc fit_svc(comm::Communicator& communicator, const SvcRows& rows, std::int64_t classes, const SvcOptions& options,
            data::Budget& budget, const SvcObserver& observer, const SvcResume& resume) {
  return Fit(communicator, rows, classes, options, budget, observer).run(resume);
}

}  // namespace fullbase::kernel_machines
