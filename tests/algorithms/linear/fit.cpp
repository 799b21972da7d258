// Fits against hand values and their own conditions, at the borders of what they are given, and the same however they are
// computed.
#include "algorithms/linear/fit.hpp"

#include <gmock/gmock.h>

#include <cmath>
#include <deque>

#include "algorithms/linear/cases.hpp"
#include "algorithms/linear/cholesky.hpp"
#include "algorithms/linear/objective.hpp"
#include "algorithms/linear/one_class_categories.hpp"
#include "base/cpu.hpp"
#include "base/error.hpp"
#include "error_text.hpp"
#include "memory_state.hpp"

namespace fullbase::linear {
namespace {

using fullbase::testing::drawn_rows;
using fullbase::testing::error_of;
using fullbase::testing::fit;
using fullbase::testing::FitFunction;
using fullbase::testing::Labelled;
using fullbase::testing::on_design;
using fullbase::testing::Setting;
using ::testing::DoubleNear;
using ::testing::Pointwise;

TEST(Cholesky, SolvesAndLeavesOutWhatFollows) {
  // A = B'B of B = [1 2 3; 0 1 1; 0 0 0]: the third column is the sum of the first two.
  std::vector<double> a = {1, 2, 3, 2, 5, 7, 3, 7, 10};
  const auto solution = solve_cholesky(a, std::vector<double>{5, 12, 17});
  EXPECT_THAT(solution.undetermined, ::testing::ElementsAre(2));
  EXPECT_THAT(solution.x, Pointwise(DoubleNear(1e-14), {1.0, 2.0, 0.0}));
}

// One column of two values: the likelihood's maximum is known. Of 40 rows at 0, 10 are of class 1, of 60 rows at 1, 45.
TEST(Logistic, OneColumnOfTwoValuesHasTheLogOddsOfItsHalves) {
  Labelled rows;
  rows.numbers.resize(1);
  for (int i = 0; i < 100; ++i) {
    rows.numbers[0].push_back(i < 40 ? 0 : 1);
    rows.classes.push_back(i < 40 ? (i < 10 ? 1 : 0) : (i < 85 ? 1 : 0));
  }
  FitOptions options;
  options.c = unpenalised;
  const auto result = fit(fit_logistic, rows, options, {.standardize = false});
  EXPECT_TRUE(result.converged);
  EXPECT_NEAR(result.coefficients[0], std::log(45.0 / 15) - std::log(10.0 / 30), 1e-11);
  EXPECT_NEAR(result.coefficients[1] - 0.6 * result.coefficients[0], std::log(10.0 / 30), 1e-11);
  EXPECT_EQ(result.separation, Separation::none);
}

TEST(Logistic, TwoClassesAsSoftmaxAreTheLogisticFitOfTwiceThePenalty) {
  // Softmax of two classes has w/2 and -w/2 as its scores' weights: 0.5 (|w/2|^2 + |w/2|^2) = 0.25 |w|^2.
  auto rows = drawn_rows(3000, 4, {}, 2, 31);
  FitOptions options;
  options.c = 0.02;
  const auto two = fit(fit_logistic, rows, options);
  options.c = 0.01;
  // The objective of K = 2 outputs is not a fit that is offered: its optimum is checked by its gradient.
  on_design(rows, {}, {}, 0,
            [&](comm::Communicator& communicator, const Design& design, const learning::Target& target, data::Budget&) {
              ObjectiveOptions softmax;
              softmax.loss = Loss::softmax;
              softmax.outputs = 2;
              softmax.weights = {0.01, 0.01};
              const Objective objective(communicator, design, target.codes, softmax);
              std::vector<double> halves;
              for (const double sign : {-0.5, 0.5})
                for (const double w : two.coefficients) halves.push_back(sign * w);
              const auto value = objective.evaluate(halves, Objective::Second::diagonal);
              EXPECT_THAT(value.gradient, ::testing::Each(DoubleNear(0, 1e-10)));
            });
}

/// The gradient at the result, in the encoded columns, each over the root of the Hessian's term.
void expect_optimum(FitFunction function, const Labelled& rows, const FitOptions& options, const DesignOptions& design_options) {
  const auto result = fit(function, rows, options, design_options);
  EXPECT_TRUE(result.converged);
  on_design(rows, design_options, {}, 0,
            [&](comm::Communicator& communicator, const Design& design, const learning::Target& target, data::Budget&) {
              const bool hinge = function == fit_squared_hinge;
              const int outputs = hinge || rows.class_count == 2 ? 1 : rows.class_count;
              for (int k = 0; k < result.outputs; k += outputs) {
                ObjectiveOptions objective_options;
                objective_options.loss = hinge ? Loss::squared_hinge : outputs > 1 ? Loss::softmax : Loss::logistic;
                objective_options.outputs = outputs;
                objective_options.positive = rows.class_count == 2 ? 1 : k;
                objective_options.weights.assign(static_cast<std::size_t>(rows.class_count), options.c);
                const Objective objective(communicator, design, target.codes, objective_options);
                const auto own =
                    std::span(result.coefficients)
                        .subspan(static_cast<std::size_t>(k * objective.places()), static_cast<std::size_t>(objective.size()));
                const auto value = objective.evaluate(own, Objective::Second::diagonal);
                for (std::size_t p = 0; p < value.gradient.size(); ++p)
                  EXPECT_LE(std::fabs(value.gradient[p]), 1e-7 * std::sqrt(value.diagonal[p])) << p;
              }
            });
}

TEST(Fits, EndWhereTheGradientVanishes) {
  FitOptions options;
  for (const double c : {1e-4, 1.0, 100.0}) {
    options.c = c;
    for (const auto function : {FitFunction(fit_logistic), FitFunction(fit_squared_hinge)}) {
      SCOPED_TRACE(::testing::Message() << "C " << c << (function == fit_logistic ? ", logistic" : ", squared hinge"));
      expect_optimum(function, drawn_rows(2500, 5, {4}, 2, 1), options, {});
      expect_optimum(function, drawn_rows(2500, 4, {3, 5}, 3, 2), options, {.standardize = false});
    }
  }
  options.c = 1;
  // Too many coefficients for their Hessian: conjugate gradients.
  ASSERT_FALSE(factors_hessian(3000, 1203));
  expect_optimum(fit_logistic, drawn_rows(3000, 2, {1200}, 2, 3), options, {});
  expect_optimum(fit_squared_hinge, drawn_rows(3000, 2, {1200}, 2, 4), options, {});
  expect_optimum(fit_logistic, drawn_rows(3000, 2, {500}, 3, 5), options, {});
}

TEST(Fits, CoefficientsOfSoftmaxSumToNothing) {
  FitOptions options;
  for (const double c : {1.0, unpenalised}) {
    options.c = c;
    const auto result = fit(fit_logistic, drawn_rows(1500, 3, {}, 4, 7), options);
    EXPECT_TRUE(result.converged);
    for (std::size_t p = 0; p < 4; ++p) {
      double sum = 0;
      for (std::size_t k = 0; k < 4; ++k) sum += result.coefficients[k * 4 + p];
      EXPECT_NEAR(sum, 0, 1e-9) << p;
    }
  }
}

void expect_same(const LinearFit& a, const LinearFit& b) {
  EXPECT_EQ(a.coefficients, b.coefficients);
  EXPECT_EQ(a.history, b.history);
  EXPECT_EQ(a.objective, b.objective);
  EXPECT_EQ(a.gradient_norm, b.gradient_norm);
  EXPECT_EQ(a.separation, b.separation);
}

TEST(Fits, RanksThreadsMemoryAndCpuDoNotMatter) {
  FitOptions options;
  struct Shape {
    FitFunction function;
    Labelled rows;
  };
  for (const auto& [function, rows] : {Shape{fit_logistic, drawn_rows(9 * 1024 + 77, 6, {5}, 2, 11)},
                                       Shape{fit_logistic, drawn_rows(5 * 1024 + 1, 3, {4}, 3, 12)},
                                       Shape{fit_logistic, drawn_rows(6 * 1024, 2, {900, 700}, 2, 13)},
                                       Shape{fit_squared_hinge, drawn_rows(7 * 1024 + 500, 5, {6}, 3, 14)}}) {
    const auto expected = fit(function, rows, options);
    EXPECT_TRUE(expected.converged);
    for (const auto isa : {base::Isa::baseline, base::Isa::avx2, base::Isa::avx512}) {
      if (isa > base::machine_isa()) continue;
      base::force_isa(isa);
      expect_same(fit(function, rows, options), expected);
    }
    base::force_isa(base::machine_isa());
    for (const int ranks : {1, 2, 3, 4, 11})
      for (const int threads : {1, 2}) {
        SCOPED_TRACE(::testing::Message() << ranks << " ranks, " << threads << " threads");
        expect_same(fit(function, rows, options, {}, {ranks, threads}), expected);
        if (ranks > 2) continue;
        parallel::set_thread_count(threads);
        const auto places = Encoding::of(fullbase::testing::features_of(rows)).places();
        const int outputs = function == fit_logistic && rows.class_count > 2 ? rows.class_count : 1;
        const auto numbers = std::ssize(rows.numbers);
        const auto categoricals = std::ssize(rows.categories);
        const auto least = fit_bytes(rows.rows(), places, outputs) + Design::least_bytes(2, numbers, categoricals);
        expect_same(fit(function, rows, options, {}, {ranks, threads, least, true}), expected);
      }
  }
}

TEST(Fits, AnInterruptedFitGoesOnAsIfItHadNotBeen) {
  struct Shape {
    FitFunction function;
    Labelled rows;
    double c = 1;
  };
  // Factored, softmax, by products, one against the rest, and one that separation never lets converge.
  for (const auto& [function, rows, c] : {Shape{fit_logistic, drawn_rows(5 * 1024 + 77, 6, {5}, 2, 21)},
                                          Shape{fit_logistic, drawn_rows(3 * 1024 + 1, 3, {4}, 3, 22)},
                                          Shape{fit_logistic, drawn_rows(3 * 1024, 2, {900, 700}, 2, 23)},
                                          Shape{fit_squared_hinge, drawn_rows(4 * 1024 + 500, 5, {6}, 3, 24)},
                                          Shape{fit_logistic, drawn_rows(300, 2, {150}, 2, 25), unpenalised}}) {
    FitOptions options;
    options.c = c;
    options.max_iterations = 25;
    std::deque<fullbase::testing::MemoryState> states;
    const auto expected = fit(function, rows, options, {}, {}, [&](const FitState& state) {
      fullbase::testing::MemoryStateWriter writer(states.emplace_back());
      put_state(writer, "fit/", state);
    });
    ASSERT_EQ(states.size(), expected.history.size());
    for (std::size_t i = 0; i < states.size(); ++i) {
      const int ranks = static_cast<int>(i) % 3 + 1;
      SCOPED_TRACE(::testing::Message() << "broken off after " << i << " of " << states.size() << " on " << ranks << " ranks");
      std::size_t seen = 0;
      const auto state = read_state(states[i], "fit/");
      const auto resumed = fit(
          function, rows, options, {}, {ranks, 2}, [&](const FitState&) { ++seen; }, &state);
      expect_same(resumed, expected);
      EXPECT_EQ(resumed.converged, expected.converged);
      EXPECT_EQ(resumed.undetermined, expected.undetermined);
      EXPECT_EQ(seen, states.size() - i - 1);
    }
  }
}

// More rows than a thread is handed at a time when they are encoded.
TEST(Fits, AreTheSameOverThreadsThatEncode) {
  const auto rows = drawn_rows(140'000, 3, {5}, 2, 15);
  const auto expected = fit(fit_logistic, rows, {});
  EXPECT_TRUE(expected.converged);
  for (const int ranks : {1, 2}) expect_same(fit(fit_logistic, rows, {}, {}, {ranks, 2}), expected);
}

Labelled line(std::int64_t count, const std::function<int(int)>& class_of) {
  Labelled rows;
  rows.numbers.resize(1);
  for (int i = 0; i < count; ++i) {
    rows.numbers[0].push_back(i);
    rows.classes.push_back(class_of(i));
  }
  return rows;
}

TEST(Separation, IsFoundWhereItIs) {
  FitOptions penalised;
  FitOptions free;
  free.c = unpenalised;
  const auto apart = line(60, [](int i) { return i < 30 ? 0 : 1; });
  EXPECT_EQ(fit(fit_logistic, apart, penalised).separation, Separation::complete);
  EXPECT_EQ(fit(fit_logistic, apart, free).separation, Separation::complete);
  EXPECT_EQ(fit(fit_squared_hinge, apart, penalised).separation, Separation::complete);
  const auto mixed = line(60, [](int i) { return i % 7 < 3 ? 0 : 1; });
  EXPECT_EQ(fit(fit_logistic, mixed, penalised).separation, Separation::none);
  EXPECT_EQ(fit(fit_logistic, mixed, free).separation, Separation::none);
  // Both classes at 29 alone.
  auto touching = line(60, [](int i) { return i < 30 ? 0 : 1; });
  touching.numbers[0].push_back(29);
  touching.classes.push_back(1);
  EXPECT_EQ(fit(fit_logistic, touching, free).separation, Separation::quasi);
  // A third class that stands apart on the line from two that do not.
  auto three = line(90, [](int i) { return i < 60 ? i % 2 : 2; });
  three.class_count = 3;
  EXPECT_EQ(fit(fit_logistic, three, free).separation, Separation::quasi);
  EXPECT_EQ(fit(fit_logistic, three, penalised).separation, Separation::none);
}

TEST(Separation, CategoriesOfOneClassAreCounted) {
  auto rows = drawn_rows(2000, 1, {3, 4}, 2, 41);
  for (std::size_t i = 0; i < rows.classes.size(); ++i)
    if (rows.categories[1][i] == 2) rows.classes[i] = 1;
  for (const int ranks : {1, 3})
    on_design(rows, {}, {ranks, 2}, 0,
              [&](comm::Communicator& communicator, const Design& design, const learning::Target& target, data::Budget&) {
                const auto found = one_class_categories(communicator, design, target);
                EXPECT_EQ(found.count, 1);
                EXPECT_EQ(found.first, 2 + 3 + 2);
              });
}

TEST(Borders, ConstantAndRepeatedColumns) {
  auto rows = drawn_rows(800, 2, {}, 2, 51);
  const auto expected = fit(fit_logistic, rows, {});
  rows.numbers.push_back(std::vector<double>(800, 0.1));
  const auto with_constant = fit(fit_logistic, rows, {});
  EXPECT_TRUE(with_constant.converged);
  EXPECT_EQ(with_constant.coefficients[2], 0);
  EXPECT_THAT((std::vector{with_constant.coefficients[0], with_constant.coefficients[1], with_constant.coefficients[3]}),
              Pointwise(DoubleNear(1e-12), expected.coefficients));
  rows.numbers.back() = rows.numbers.front();
  FitOptions free;
  free.c = unpenalised;
  const auto repeated = fit(fit_logistic, rows, free);
  EXPECT_TRUE(repeated.converged);
  EXPECT_THAT(repeated.undetermined, ::testing::ElementsAre(2));
  EXPECT_EQ(repeated.coefficients[2], 0);
  // With a penalty both share what one would have.
  const auto shared = fit(fit_logistic, rows, {});
  EXPECT_NEAR(shared.coefficients[0], shared.coefficients[2], 1e-10);
}

TEST(Borders, NoColumnsButTheIntercept) {
  auto rows = drawn_rows(300, 1, {}, 2, 61);
  rows.numbers[0].assign(300, 5.0);
  const auto result = fit(fit_logistic, rows, {});
  std::int64_t ones = 0;
  for (const auto code : rows.classes) ones += code;
  EXPECT_NEAR(result.coefficients[1], std::log(static_cast<double>(ones) / static_cast<double>(300 - ones)), 1e-12);
}

TEST(Failures, AreOneErrorOnEveryRank) {
  auto rows = drawn_rows(5000, 2, {3}, 2, 71);
  for (const int ranks : {1, 3}) {
    auto holes = rows;
    holes.numbers[1][4321] = std::nan("");
    holes.numbers[1][4400] = std::nan("");
    const auto missing = error_of([&] { fit(fit_logistic, holes, {}, {}, {ranks, 2}); });
    EXPECT_EQ(missing.kind(), base::ErrorKind::input_data);
    EXPECT_TRUE(missing.is_known_to_all());
    EXPECT_THAT(missing.what(), ::testing::HasSubstr("rows.x1: 2 values are missing, the first in row 4321"));
    EXPECT_TRUE(fit(fit_logistic, holes, {}, {.missing = Missing::mean}, {ranks, 2}).converged);
    holes.categories[0][17] = data::missing_code;
    EXPECT_THAT(error_of([&] { fit(fit_logistic, holes, {}, {}, {ranks, 1}); }).what(), ::testing::HasSubstr("missing"));
    auto infinite = rows;
    infinite.numbers[0][1] = -HUGE_VAL;
    EXPECT_THAT(error_of([&] {
                  fit(fit_logistic, infinite, {}, {.missing = Missing::mean}, {ranks, 1});
                }).what(),
                ::testing::HasSubstr("rows.x0: 1 value is infinite"));
    FitOptions options;
    options.class_weights = {1, 0};
    const auto weights = error_of([&] { fit(fit_logistic, rows, options, {}, {ranks, 1}); });
    EXPECT_EQ(weights.kind(), base::ErrorKind::input_data);
    EXPECT_TRUE(weights.is_known_to_all());
    const auto memory = error_of([&] { fit(fit_logistic, rows, {}, {}, {ranks, 1, 10000}); });
    EXPECT_EQ(memory.kind(), base::ErrorKind::job_file);
  }
}

TEST(Failures, ASpillThatCannotBeReadEndsTheFitOnEveryRank) {
  const auto rows = drawn_rows(20 * 1024, 2, {}, 2, 81);
  const auto table = fullbase::testing::table_of(rows);
  const auto features = fullbase::testing::features_of(rows);
  parallel::set_thread_count(1);
  for (const int failing : {0, 1, 2}) {
    const auto error = error_of([&] {
      comm::run_threads(3, [&](comm::Communicator& communicator) {
        const auto beside = fit_bytes(rows.rows(), 3, 1);
        data::Budget budget(beside + Design::least_bytes(2, 2, 0) + 1000);
        fullbase::testing::MemorySpill spill(communicator.rank() == failing ? 2 : -1);
        const auto local = base::Partition(rows.rows(), communicator.size()).rows_of(communicator.rank());
        const auto design = build_design(communicator, table, features, {}, budget, spill, beside);
        fit_logistic(communicator, design, fullbase::testing::target_of(rows, local), {}, budget);
      });
    });
    EXPECT_EQ(error.kind(), base::ErrorKind::io) << failing;
    EXPECT_THAT(error.what(), ::testing::HasSubstr("the disk is gone"));
  }
}

}  // namespace
}  // namespace fullbase::linear
