// Alternating least squares against dense arithmetic, over ranks and threads.
#include "algorithms/recommendation/als.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <mutex>
#include <vector>

#include "base/block.hpp"
#include "comm/launch.hpp"
#include "parallel/for_each.hpp"
#include "random/distributions.hpp"

namespace fullbase::recommendation {
namespace {

/// Row after row, 0 where there is no entry.
struct Dense {
  std::int64_t customers;
  std::int64_t items;
  std::vector<float> values;
  float at(std::int64_t customer, std::int64_t item) const { return values[static_cast<std::size_t>(customer * items + item)]; }
};

Dense random_matrix(std::int64_t customers, std::int64_t items, double share) {
  const random::Generator draws(random::Key{11});
  Dense matrix{customers, items, {}};
  for (std::int64_t u = 0; u < customers; ++u) {
    for (std::int64_t i = 0; i < items; ++i) {
      const bool there = u != 3 && i != 5 && draws.uniform(u, i) < share;  // a customer and an item without any entry
      matrix.values.push_back(there ? static_cast<float>(1 + (u * 7 + i * 3) % 5) : 0);
    }
  }
  return matrix;
}

Interactions of_rank(const Dense& matrix, int rank, int ranks) {
  Interactions made;
  made.customers = {matrix.customers, ranks};
  made.items = {matrix.items, ranks};
  const auto side = [&](SparseRows& rows, base::RowRange own, std::int64_t columns, auto value) {
    for (auto row = own.first; row < own.last; ++row) {
      for (std::int64_t column = 0; column < columns; ++column) {
        if (value(row, column) == 0) continue;
        rows.columns.push_back(static_cast<std::int32_t>(column));
        rows.values.push_back(value(row, column));
      }
      rows.starts.push_back(std::ssize(rows.columns));
    }
  };
  side(made.of_customers, base::Partition(matrix.customers, ranks).rows_of(rank), matrix.items,
       [&](std::int64_t row, std::int64_t column) { return matrix.at(row, column); });
  side(made.of_items, base::Partition(matrix.items, ranks).rows_of(rank), matrix.customers,
       [&](std::int64_t row, std::int64_t column) { return matrix.at(column, row); });
  return made;
}

struct Fit {
  std::vector<float> customers;  ///< of all ranks
  std::vector<float> items;
  std::vector<double> objectives;
  friend bool operator==(const Fit&, const Fit&) = default;
};

Fit fitted(const Dense& matrix, const AlsOptions& options, int ranks) {
  Fit fit;
  std::vector<Factors> parts(static_cast<std::size_t>(ranks));
  comm::run_threads(ranks, [&](comm::Communicator& communicator) {
    auto interactions = of_rank(matrix, communicator.rank(), ranks);
    parts[static_cast<std::size_t>(communicator.rank())] =
        fit_als(communicator, interactions, options, random::Generator(random::Key{5}), [&](const AlsRound& round) {
          if (communicator.is_root()) fit.objectives.push_back(round.objective);
        });
  });
  for (const auto& part : parts) {
    fit.customers.insert(fit.customers.end(), part.customers.values().begin(), part.customers.values().end());
    fit.items.insert(fit.items.end(), part.items.values().begin(), part.items.values().end());
  }
  return fit;
}

double by_definition(const Dense& matrix, const Fit& fit, const AlsOptions& options) {
  const auto stride = FactorRows::stride_of(options.rank);
  double sum = 0;
  for (std::int64_t u = 0; u < matrix.customers; ++u) {
    for (std::int64_t i = 0; i < matrix.items; ++i) {
      double score = 0;
      for (int f = 0; f < options.rank; ++f)
        score += static_cast<double>(fit.customers[static_cast<std::size_t>(u * stride + f)]) *
                 static_cast<double>(fit.items[static_cast<std::size_t>(i * stride + f)]);
      const double value = matrix.at(u, i);
      if (options.feedback == Feedback::implicit) {
        sum += value > 0 ? (1 + options.alpha * value) * (1 - score) * (1 - score) : score * score;
      } else if (value > 0) {
        sum += (value - score) * (value - score);
      }
    }
  }
  for (const float x : fit.customers) sum += options.regularisation * static_cast<double>(x) * static_cast<double>(x);
  for (const float y : fit.items) sum += options.regularisation * static_cast<double>(y) * static_cast<double>(y);
  return sum;
}

TEST(Als, ObjectiveIsTheDefinitionAndFalls) {
  const auto matrix = random_matrix(120, 70, 0.15);
  for (const auto kind : {Feedback::implicit, Feedback::explicit_}) {
    const AlsOptions options{.feedback = kind, .rank = 9, .regularisation = 0.1, .alpha = 3, .iterations = 12};
    const auto fit = fitted(matrix, options, 1);
    EXPECT_NEAR(fit.objectives.back(), by_definition(matrix, fit, options), 1e-5 * fit.objectives.back());
    EXPECT_TRUE(std::ranges::is_sorted(fit.objectives, std::greater<>()));
    EXPECT_LT(fit.objectives.back(), 0.9 * fit.objectives.front());
  }
}

TEST(Als, RowsSolveTheirNormalEquations) {
  const auto matrix = random_matrix(200, 90, 0.3);
  for (const auto kind : {Feedback::implicit, Feedback::explicit_}) {
    for (const int size : {1, 8, 20}) {
      const AlsOptions options{.feedback = kind, .rank = size, .regularisation = 0.5, .alpha = 2, .iterations = 3};
      const auto fit = fitted(matrix, options, 1);
      const auto stride = FactorRows::stride_of(size);
      // Items were solved last.
      for (std::int64_t item = 0; item < matrix.items; ++item) {
        const auto n = static_cast<std::size_t>(size);
        std::vector<std::vector<long double>> a(n, std::vector<long double>(n, 0));
        std::vector<long double> b(n, 0);
        for (std::size_t f = 0; f < n; ++f) a[f][f] = options.regularisation;
        bool any = false;
        for (std::int64_t u = 0; u < matrix.customers; ++u) {
          const float* const x = fit.customers.data() + u * stride;
          const double value = matrix.at(u, item);
          any = any || value > 0;
          const bool implicit = kind == Feedback::implicit;
          const double confidence = implicit ? (value > 0 ? 1 + options.alpha * value : 1) : (value > 0 ? 1 : 0);
          const double target = implicit ? (value > 0 ? 1 : 0) : value;
          for (std::size_t f = 0; f < n; ++f) {
            b[f] += static_cast<long double>(confidence * target) * static_cast<long double>(x[f]);
            for (std::size_t g = 0; g < n; ++g)
              a[f][g] += static_cast<long double>(confidence) * static_cast<long double>(x[f]) * static_cast<long double>(x[g]);
          }
        }
        const float* const y = fit.items.data() + item * stride;
        for (std::size_t f = 0; f < n; ++f) {
          long double left = 0;
          long double magnitude = std::abs(b[f]);
          for (std::size_t g = 0; g < n; ++g) {
            left += a[f][g] * static_cast<long double>(y[g]);
            magnitude += std::abs(a[f][g] * static_cast<long double>(y[g]));
          }
          ASSERT_LE(std::abs(left - b[f]), 1e-6L * magnitude) << "item " << item << ", " << size << " factors";
          if (!any) {
            ASSERT_EQ(y[f], 0);
          }
        }
      }
    }
  }
}

TEST(Als, SameBitsOnAnyRanksAndThreads) {
  const auto matrix = random_matrix(3100, 1300, 0.01);
  const auto threads = parallel::thread_count();
  for (const auto kind : {Feedback::implicit, Feedback::explicit_}) {
    const AlsOptions options{.feedback = kind, .rank = 12, .regularisation = 0.1, .alpha = 3, .iterations = 3};
    parallel::set_thread_count(1);
    const auto expected = fitted(matrix, options, 1);
    for (const int ranks : {1, 2, 3, 4}) {
      parallel::set_thread_count(2);
      EXPECT_EQ(fitted(matrix, options, ranks), expected) << ranks << " ranks";
    }
  }
  parallel::set_thread_count(threads);
}

}  // namespace
}  // namespace fullbase::recommendation
