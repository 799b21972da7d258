// Two-class problems for tests of kernel machines, solved on any ranks, threads and memory.
#pragma once

#include <gtest/gtest.h>

#include <vector>

#include "algorithms/kernel_machines/smo.hpp"
#include "base/block.hpp"
#include "base/math.hpp"
#include "comm/launch.hpp"
#include "parallel/for_each.hpp"
#include "random/distributions.hpp"

namespace fullbase::testing {

/// Rows of features with a class each (by default two).
struct Points {
  std::int64_t columns = 0;
  std::vector<double> values;
  std::vector<std::int32_t> classes;

  std::int64_t rows() const { return static_cast<std::int64_t>(classes.size()); }
  std::span<const double> row(std::int64_t i) const {
    return std::span(values).subspan(static_cast<std::size_t>(i * columns), static_cast<std::size_t>(columns));
  }
};

/// Clouds of deviation 1 around points of deviation `apart`, one a class, classes in turn by chance; a share of `wrong` has
/// another's class.
inline Points clouds(std::int64_t rows, std::int64_t columns, std::int32_t classes, double apart, double wrong,
                     std::uint64_t seed) {
  const random::Generator noise(random::Key{seed});
  const random::Generator centres(random::Key{seed + 1});
  const random::Generator draws(random::Key{seed + 2});
  Points points{columns, {}, {}};
  for (std::int64_t i = 0; i < rows; ++i) {
    const auto c = static_cast<std::int32_t>(draws.below(static_cast<std::uint64_t>(classes), i));
    for (std::int64_t f = 0; f < columns; ++f)
      points.values.push_back(apart * random::normal(centres, c, f) + random::normal(noise, i, f));
    const bool is_wrong = draws.uniform(i, 1) < wrong;
    points.classes.push_back(is_wrong ? (c + 1) % classes : c);
  }
  return points;
}

inline kernel_machines::RowPanel panel_of(const Points& points, base::RowRange rows) {
  kernel_machines::RowPanel panel(rows.size(), points.columns);
  for (auto row = rows.first; row < rows.last; ++row) panel.set_row(row - rows.first, points.row(row));
  return panel;
}

struct Setting {
  int ranks = 1;
  int threads = 1;
  std::int64_t memory = std::int64_t{1} << 30;
};

/// What solve_smo() gives for classes 0 and 1, bounds[class] each, put together from all ranks.
inline kernel_machines::SmoResult solve(const Points& points, double gamma, std::vector<double> bounds,
                                        const kernel_machines::SmoOptions& options = {}, const Setting& setting = {}) {
  kernel_machines::SmoResult whole;
  parallel::set_thread_count(setting.threads);
  comm::run_threads(setting.ranks, [&](comm::Communicator& communicator) {
    const auto rows = base::Partition(points.rows(), communicator.size()).rows_of(communicator.rank());
    const auto panel = panel_of(points, rows);
    std::vector<std::int64_t> numbers;
    std::vector<double> signs;
    std::vector<double> own_bounds;
    for (auto row = rows.first; row < rows.last; ++row) {
      const auto c = points.classes[static_cast<std::size_t>(row)];
      numbers.push_back(row);
      signs.push_back(c == 1 ? 1 : -1);
      own_bounds.push_back(bounds[static_cast<std::size_t>(c)]);
    }
    data::Budget budget(setting.memory);
    auto result = kernel_machines::solve_smo(communicator, {panel, numbers, signs, own_bounds, gamma}, options, budget);
    EXPECT_LE(budget.peak(), budget.limit());
    auto alphas = communicator.gather(std::span<const double>(result.alphas)).values;
    if (!communicator.is_root()) return;
    whole = std::move(result);
    whole.alphas = std::move(alphas);
  });
  return whole;
}

/// exp(-gamma ||a - b||^2), the plain way.
inline double rbf(std::span<const double> a, std::span<const double> b, double gamma) {
  double sum = 0;
  for (std::size_t f = 0; f < a.size(); ++f) sum += (a[f] - b[f]) * (a[f] - b[f]);
  return base::exp(-gamma * sum);
}

}  // namespace fullbase::testing
