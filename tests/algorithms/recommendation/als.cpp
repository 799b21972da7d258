// Alternating least squares against dense arithmetic, over ranks and threads.
#include "algorithms/recommendation/als.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "algorithms/recommendation/als_state.hpp"
#include "algorithms/recommendation/random_matrix.hpp"
#include "base/block.hpp"
#include "comm/launch.hpp"
#include "data/budget.hpp"
#include "error_text.hpp"
#include "memory_state.hpp"
#include "parallel/for_each.hpp"
#include "random/distributions.hpp"

namespace fullbase::recommendation {
namespace {

using ::testing::HasSubstr;

using testing::of_rank;
using Dense = testing::DenseMatrix;

/// An item has everybody's entry.
Dense random_matrix(std::int64_t customers, std::int64_t items, double share) {
  const auto random = testing::random_matrix(customers, items, share);
  return testing::matrix_of(customers, items, [&](std::int64_t u, std::int64_t i) {
    return i == 7 && u != 3 ? static_cast<float>(1 + (u * 7 + i * 3) % 5) : random.at(u, i);
  });
}

struct Fit {
  std::vector<float> customers;  ///< of all ranks, rows of stride values
  std::vector<float> items;
  double mean = 0;
  std::vector<double> objectives;
  std::vector<double> rmses;
  friend bool operator==(const Fit&, const Fit&) = default;
};

constexpr std::int64_t ample = std::int64_t{1} << 30;

Fit fitted(const Dense& matrix, const AlsOptions& options, int ranks, std::int64_t budget_bytes = ample,
           const testing::Interruption& interruption = {}) {
  Fit fit;
  std::vector<std::unique_ptr<data::Budget>> budgets;
  std::vector<Factors> parts(static_cast<std::size_t>(ranks));
  for (int rank = 0; rank < ranks; ++rank) budgets.push_back(std::make_unique<data::Budget>(budget_bytes));
  comm::run_threads(ranks, [&](comm::Communicator& communicator) {
    const auto rank = static_cast<std::size_t>(communicator.rank());
    auto interactions = of_rank(matrix, communicator.rank(), ranks);
    const int columns = options.rank + (has_biases(options) ? 2 : 0);
    // The fit leaves who has which rows as it is.
    const AlsShares shares{interactions.customers, interactions.items, communicator.rank(), columns};
    const auto observe = [&](const AlsState& state) {
      if (interruption.states == nullptr) return;
      testing::keep_state(communicator, *interruption.states,
                          [&](data::StateWriter& writer) { put_state(writer, "fit/", state, shares); });
    };
    parts[rank] = fit_als(communicator, interactions, options, random::Generator(random::Key{5}), *budgets[rank], observe, {},
                          interruption.resume != nullptr ? read_state(*interruption.resume, "fit/", shares) : AlsResume());
  });
  for (const auto& round : parts.front().rounds) {
    EXPECT_EQ(round.iteration, std::ssize(fit.objectives) + 1);
    fit.objectives.push_back(round.objective);
    fit.rmses.push_back(round.rmse);
  }
  for (const auto& part : parts) {
    fit.customers.insert(fit.customers.end(), part.customers.values().begin(), part.customers.values().end());
    fit.items.insert(fit.items.end(), part.items.values().begin(), part.items.values().end());
    fit.mean = part.mean;
  }
  return fit;
}

std::int64_t stride_of(const AlsOptions& options) {
  return FactorRows::stride_of(options.rank + (has_biases(options) ? 2 : 0));
}

/// x_u . y_i and what biases add.
double score_of(const Fit& fit, const AlsOptions& options, std::int64_t customer, std::int64_t item) {
  const auto stride = stride_of(options);
  double score = fit.mean;
  for (std::int64_t f = 0; f < stride; ++f)
    score += static_cast<double>(fit.customers[static_cast<std::size_t>(customer * stride + f)]) *
             static_cast<double>(fit.items[static_cast<std::size_t>(item * stride + f)]);
  return score;
}

/// A side's squares, without the column that is 1.
double squares_of(const std::vector<float>& rows, std::int64_t row, std::int64_t stride, const AlsOptions& options, int bias) {
  double sum = 0;
  for (int f = 0; f < options.rank; ++f)
    sum += std::pow(static_cast<double>(rows[static_cast<std::size_t>(row * stride + f)]), 2);
  if (has_biases(options)) sum += std::pow(static_cast<double>(rows[static_cast<std::size_t>(row * stride + bias)]), 2);
  return sum;
}

double by_definition(const Dense& matrix, const Fit& fit, const AlsOptions& options) {
  double sum = 0;
  std::vector<double> of_customer(static_cast<std::size_t>(matrix.customers), 0);
  std::vector<double> of_item(static_cast<std::size_t>(matrix.items), 0);
  for (std::int64_t u = 0; u < matrix.customers; ++u) {
    for (std::int64_t i = 0; i < matrix.items; ++i) {
      const double score = score_of(fit, options, u, i);
      const double value = matrix.at(u, i);
      of_customer[static_cast<std::size_t>(u)] += value > 0 ? 1 : 0;
      of_item[static_cast<std::size_t>(i)] += value > 0 ? 1 : 0;
      if (options.feedback == Feedback::implicit) {
        sum += value > 0 ? (1 + options.alpha * value) * (1 - score) * (1 - score) : score * score;
      } else if (value > 0) {
        sum += (value - score) * (value - score);
      }
    }
  }
  const auto stride = stride_of(options);
  for (std::int64_t u = 0; u < matrix.customers; ++u)
    sum += options.regularisation * (options.weighted ? of_customer[static_cast<std::size_t>(u)] : 1) *
           squares_of(fit.customers, u, stride, options, options.rank);
  for (std::int64_t i = 0; i < matrix.items; ++i)
    sum += options.regularisation * (options.weighted ? of_item[static_cast<std::size_t>(i)] : 1) *
           squares_of(fit.items, i, stride, options, options.rank + 1);
  return sum;
}

/// All kinds of fit.
std::vector<AlsOptions> kinds(int rank, double regularisation, int iterations) {
  std::vector<AlsOptions> kinds;
  for (const auto solver : {Solver::cholesky, Solver::conjugate_gradient}) {
    for (const bool weighted : {false, true}) {
      AlsOptions options{.rank = rank, .regularisation = regularisation, .alpha = 3, .iterations = iterations};
      options.weighted = weighted;
      options.solver = solver;
      kinds.push_back(options);
      options.feedback = Feedback::explicit_;
      for (const bool biases : {false, true}) {
        options.biases = biases;
        kinds.push_back(options);
      }
    }
  }
  return kinds;
}

std::string words(const AlsOptions& options) {
  return fmt::format("{}{}{}{}", options.feedback == Feedback::implicit ? "implicit" : "explicit",
                     has_biases(options) ? " with biases" : "", options.weighted ? " weighted" : "",
                     options.solver == Solver::cholesky ? "" : " by conjugate gradient");
}

TEST(Als, ObjectiveIsTheDefinitionAndFalls) {
  const auto matrix = random_matrix(120, 70, 0.15);
  for (const auto& options : kinds(9, 0.1, 12)) {
    const auto fit = fitted(matrix, options, 1);
    EXPECT_NEAR(fit.objectives.back(), by_definition(matrix, fit, options), 2e-6 * fit.objectives.back()) << words(options);
    EXPECT_TRUE(std::ranges::is_sorted(fit.objectives, std::greater<>())) << words(options);
    EXPECT_LT(fit.objectives.back(), 0.95 * fit.objectives.front()) << words(options);
  }
}

TEST(Als, RmseIsTheDefinition) {
  const auto matrix = random_matrix(100, 50, 0.2);
  for (const auto& options : kinds(4, 0.3, 4)) {
    const auto fit = fitted(matrix, options, 2);
    if (options.feedback == Feedback::implicit) {
      EXPECT_EQ(fit.rmses.back(), 0);
      continue;
    }
    double sum = 0;
    int entries = 0;
    for (std::int64_t u = 0; u < matrix.customers; ++u) {
      for (std::int64_t i = 0; i < matrix.items; ++i) {
        if (matrix.at(u, i) == 0) continue;
        sum += std::pow(static_cast<double>(matrix.at(u, i)) - score_of(fit, options, u, i), 2);
        ++entries;
      }
    }
    EXPECT_NEAR(fit.rmses.back(), std::sqrt(sum / entries), 1e-6) << words(options);
  }
}

/// How far the item's unknowns are from solving their normal equations, worked out from the definition in long double, as a share
/// of the terms' magnitude.
long double residual_of_item(const Dense& matrix, const Fit& fit, const AlsOptions& options, std::int64_t item) {
  const auto stride = stride_of(options);
  const auto rank = static_cast<std::size_t>(options.rank);
  const std::size_t unknowns = rank + (has_biases(options) ? 1 : 0);
  std::vector<long double> solution(fit.items.begin() + item * stride, fit.items.begin() + item * stride + options.rank);
  if (has_biases(options)) solution.push_back(fit.items[static_cast<std::size_t>(item * stride + options.rank + 1)]);
  std::vector<long double> gradient(unknowns, 0);
  std::vector<long double> magnitude(unknowns, 0);
  int entries = 0;
  for (std::int64_t u = 0; u < matrix.customers; ++u) {
    std::vector<long double> features(fit.customers.begin() + u * stride, fit.customers.begin() + u * stride + options.rank);
    long double offset = fit.mean;
    if (has_biases(options)) {
      features.push_back(1);
      offset += fit.customers[static_cast<std::size_t>(u * stride + options.rank)];
    }
    const double value = matrix.at(u, item);
    entries += value > 0 ? 1 : 0;
    const bool implicit = options.feedback == Feedback::implicit;
    const long double confidence = implicit ? 1 + (value > 0 ? options.alpha * value : 0) : (value > 0 ? 1 : 0);
    const long double target = implicit ? (value > 0 ? 1 : 0) : value - offset;
    long double score = 0;
    for (std::size_t f = 0; f < unknowns; ++f) score += features[f] * solution[f];
    for (std::size_t f = 0; f < unknowns; ++f) {
      gradient[f] += confidence * (score - target) * features[f];
      magnitude[f] += confidence * std::abs(target * features[f]);
      for (std::size_t g = 0; g < unknowns; ++g) magnitude[f] += confidence * std::abs(features[f] * features[g] * solution[g]);
    }
  }
  long double worst = 0;
  for (std::size_t f = 0; f < unknowns; ++f) {
    gradient[f] += options.regularisation * (options.weighted ? entries : 1) * solution[f];
    worst = std::max(worst, magnitude[f] > 0 ? std::abs(gradient[f]) / magnitude[f] : std::abs(gradient[f]));
  }
  return worst;
}

TEST(Als, RowsSolveTheirNormalEquations) {
  const auto matrix = random_matrix(200, 90, 0.3);
  for (const int size : {1, 8, 20, 40}) {
    for (const auto& options : kinds(size, 0.5, 3)) {
      if (options.solver != Solver::cholesky) continue;
      const auto fit = fitted(matrix, options, 1);
      // Items were solved last.
      for (std::int64_t item = 0; item < matrix.items; ++item)
        ASSERT_LE(residual_of_item(matrix, fit, options, item), 1e-6L) << "item " << item << ", " << size << words(options);
    }
  }
}

TEST(Als, ConjugateGradientComesToTheSameMinimum) {
  const auto matrix = random_matrix(150, 80, 0.3);
  for (auto options : kinds(10, 0.5, 60)) {
    if (options.solver == Solver::cholesky) continue;
    const auto stepped = fitted(matrix, options, 1);
    options.solver = Solver::cholesky;
    const auto exact = fitted(matrix, options, 1);
    EXPECT_NEAR(stepped.objectives.back(), exact.objectives.back(), 1e-2 * exact.objectives.back()) << words(options);
    options.solver = Solver::conjugate_gradient;
    options.steps = options.rank + 5;  // as many as there are unknowns solve a row
    const auto many = fitted(matrix, options, 1);
    for (std::int64_t item = 0; item < matrix.items; ++item)
      ASSERT_LE(residual_of_item(matrix, many, options, item), 1e-4L) << "item " << item << words(options);
  }
}

TEST(Als, RowsWithoutEntriesAreZero) {
  const auto matrix = random_matrix(60, 40, 0.2);
  for (const auto& options : kinds(5, 0.2, 2)) {
    const auto fit = fitted(matrix, options, 1);
    const auto stride = stride_of(options);
    const int one = has_biases(options) ? 1 : 0;
    EXPECT_EQ(std::ranges::count_if(
                  std::span(fit.customers).subspan(static_cast<std::size_t>(3 * stride), static_cast<std::size_t>(stride)),
                  [](float x) { return x != 0; }),
              one);
    EXPECT_EQ(std::ranges::count_if(
                  std::span(fit.items).subspan(static_cast<std::size_t>(5 * stride), static_cast<std::size_t>(stride)),
                  [](float x) { return x != 0; }),
              one);
  }
}

TEST(Als, EndsByTolerance) {
  const auto matrix = random_matrix(120, 70, 0.15);
  AlsOptions options{.rank = 4, .regularisation = 0.1, .iterations = 100, .tolerance = 1e-3};
  const auto fit = fitted(matrix, options, 2);
  ASSERT_GT(fit.objectives.size(), 2);
  ASSERT_LT(fit.objectives.size(), 100);
  for (std::size_t i = 1; i < fit.objectives.size(); ++i) {
    const bool is_last = i + 1 == fit.objectives.size();
    EXPECT_EQ(fit.objectives[i - 1] - fit.objectives[i] <= options.tolerance * fit.objectives[i - 1], is_last);
  }
}

TEST(Als, SameBitsOnAnyRanksAndThreads) {
  const auto matrix = random_matrix(3100, 1300, 0.01);
  const auto threads = parallel::thread_count();
  for (const auto& options : kinds(12, 0.1, 2)) {
    parallel::set_thread_count(1);
    const auto expected = fitted(matrix, options, 1);
    for (const int ranks : {2, 3, 4}) {
      parallel::set_thread_count(2);
      EXPECT_EQ(fitted(matrix, options, ranks), expected) << ranks << " ranks, " << words(options);
    }
  }
  parallel::set_thread_count(threads);
}

TEST(Als, AnInterruptedFitGoesOnAsIfItHadNotBeen) {
  const auto matrix = random_matrix(2100, 1100, 0.01);
  for (const auto& options : kinds(5, 0.1, 4)) {
    std::deque<testing::MemoryState> states;
    const auto expected = fitted(matrix, options, 2, ample, {.states = &states});
    ASSERT_EQ(states.size(), 4U);
    for (std::size_t i = 0; i < states.size(); ++i) {
      const int ranks = static_cast<int>(i) % 3 + 1;
      EXPECT_EQ(fitted(matrix, options, ranks, ample, {.resume = &states[i]}), expected)
          << words(options) << " broken off after " << i + 1 << " iterations, on " << ranks << " ranks";
    }
  }
}

TEST(Als, AFitThatEndedByToleranceDoesNotGoOn) {
  const auto matrix = random_matrix(120, 70, 0.15);
  const AlsOptions options{.rank = 4, .regularisation = 0.1, .iterations = 100, .tolerance = 1e-2};
  std::deque<testing::MemoryState> states;
  const auto expected = fitted(matrix, options, 1, ample, {.states = &states});
  EXPECT_EQ(fitted(matrix, options, 3, ample, {.resume = &states.back()}), expected);
}

/// Item 0 has everybody, and so more entries than a piece of work; every other a few.
Dense tall_matrix(std::int64_t customers) {
  return testing::matrix_of(customers, 9,
                            [](std::int64_t u, std::int64_t i) { return i == 0 || (u + i * i) % 9 == 0 ? 1 + (u + i) % 4 : 0; });
}

TEST(Als, SameBitsInRoundsAndWithRowsInPieces) {
  const auto matrix = tall_matrix(90'000);
  // So little that the customers of a piece of work, of another rank, come round after round.
  constexpr std::int64_t little = 17 << 20;
  for (const auto& options : kinds(3, 0.1, 2)) {
    const auto expected = fitted(matrix, options, 1);
    EXPECT_EQ(fitted(matrix, options, 2, little), expected) << words(options);
    EXPECT_EQ(fitted(matrix, options, 3), expected) << words(options);
  }
}

TEST(Als, SendsWhatItSays) {
  const auto matrix = random_matrix(3100, 1300, 0.002);
  const AlsOptions options{.rank = 12, .regularisation = 0.1, .iterations = 3};
  constexpr int ranks = 3;
  std::mutex mutex;
  std::int64_t sent = 0;
  comm::run_threads(ranks, [&](comm::Communicator& communicator) {
    data::Budget budget(ample);
    auto interactions = of_rank(matrix, communicator.rank(), ranks);
    fit_als(communicator, interactions, options, random::Generator(random::Key{5}), budget);
    const std::scoped_lock lock(mutex);
    sent += communicator.statistics().table().at({"factors that are needed", "all_to_all"}).bytes;
  });
  // By definition: each row of a side that a rank's entries name and another rank has, once an iteration.
  std::int64_t rows = 0;
  for (int rank = 0; rank < ranks; ++rank) {
    const auto mine = of_rank(matrix, rank, ranks);
    const auto foreign = [&](const SparseRows& entries, base::RowRange own) {
      const std::set<std::int32_t> named(entries.columns.begin(), entries.columns.end());
      return std::ranges::count_if(named, [&](std::int32_t row) { return !own.contains(row); });
    };
    rows += foreign(mine.of_customers, mine.items.rows_of(rank)) + foreign(mine.of_items, mine.customers.rows_of(rank));
  }
  EXPECT_EQ(sent, options.iterations * rows * options.rank * 4);
}

TEST(Als, TakesFromTheBudgetWhatItSolvesWith) {
  const auto matrix = random_matrix(60, 40, 0.3);
  for (const auto& options : kinds(36, 0.1, 1)) {
    const auto needed = bytes_to_solve(options, 60) + FactorRows::bytes(100, static_cast<int>(stride_of(options)));
    ASSERT_GE(needed, 12 * 48 * 48) << words(options);
    for (const int ranks : {1, 2}) {
      EXPECT_THAT(
          testing::error_text([&] { fitted(matrix, options, ranks, bytes_to_solve(options, 1)); }, base::ErrorKind::job_file),
          HasSubstr("memory"))
          << ranks << " ranks, " << words(options);
    }
    EXPECT_EQ(fitted(matrix, options, 1, needed + 10'000), fitted(matrix, options, 1)) << words(options);
  }
}

TEST(Als, RefusesWhatItCannotSolve) {
  const auto matrix = random_matrix(60, 40, 0.1);
  AlsOptions options{.feedback = Feedback::explicit_, .rank = 30, .regularisation = 0, .iterations = 2};
  for (const int ranks : {1, 2})
    EXPECT_THAT(testing::error_text([&] { fitted(matrix, options, ranks); }), HasSubstr("not determined")) << ranks << " ranks";
  options.regularisation = 0.1;
  for (const int ranks : {1, 2})
    EXPECT_THAT(testing::error_text([&] { fitted(matrix, options, ranks, 5000); }, base::ErrorKind::job_file),
                HasSubstr("memory"))
        << ranks << " ranks";
}

}  // namespace
}  // namespace fullbase::recommendation
