#include "algorithms/kernel_machines/svc.hpp"

#include <algorithm>

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
  constexpr std::int64_t lists = 4 * 8;
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

}  // namespace

Svc fit_svc(comm::Communicator& communicator, const SvcRows& rows, std::int64_t classes, const SvcOptions& options,
            data::Budget& budget, const SvcObserver& observer) {
  FULLBASE_EXPECTS(classes >= 2 && std::ssize(options.class_weights) == classes, "each of the classes has a weight");
  Svc svc;
  svc.expansion = {.scheme = Scheme::one_vs_one, .classes = classes, .columns = rows.rows.columns(), .gamma = options.gamma};
  const auto slots = static_cast<std::size_t>(svc.expansion.slots());
  comm::collective_try(communicator, "coefficients of a support vector machine", [&] {
    const auto count = rows.classes.size() * slots;
    svc.reservation = budget.require(static_cast<std::int64_t>(count * sizeof(double)), "coefficients of rows");
    svc.coefficients.assign(count, 0.0);
  });
  for (std::int32_t first = 0; first < classes; ++first)
    for (std::int32_t second = first + 1; second < classes; ++second) {
      const auto pair = comm::collective_try(communicator, "rows of two classes",
                                             [&] { return rows_of_pair(rows, first, second, options, budget); });
      const auto machine = std::ssize(svc.machines);
      const auto result = solve_smo(
          communicator, {pair.rows, pair.numbers, pair.signs, pair.bounds, options.gamma}, options.smo, budget,
          observer ? SmoObserver([&](std::int64_t rounds, double gap) { observer(machine, rounds, gap); }) : SmoObserver());
      for (std::size_t i = 0; i < pair.positions.size(); ++i) {
        const auto at = static_cast<std::size_t>(pair.positions[i]);
        const std::int32_t slot = rows.classes[at] == second ? first : second - 1;
        svc.coefficients[at * slots + static_cast<std::size_t>(slot)] = result.alphas[i] * pair.signs[i];
      }
      svc.machines.push_back({first, second, communicator.sum_value(std::ssize(pair.numbers)), result.support, result.bias,
                              result.objective, result.gap, result.steps, result.rounds, result.converged});
      svc.expansion.biases.push_back(result.bias);
    }
  gather_points(communicator, rows, svc);
  return svc;
}

}  // namespace fullbase::kernel_machines
