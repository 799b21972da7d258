// Objectives against their definition, summed in long double, and their derivatives against differences of it.
#include "algorithms/linear/objective.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "algorithms/linear/cases.hpp"

namespace fullbase::linear {
namespace {

using fullbase::testing::drawn_rows;
using fullbase::testing::Labelled;
using fullbase::testing::on_design;

struct Case {
  Loss loss;
  int classes;
  double ridge, intercept_ridge;
};
const std::vector<Case> cases{{Loss::logistic, 2, 1, 0},
                              {Loss::logistic, 2, 0, 0},
                              {Loss::softmax, 3, 1, 0},
                              {Loss::softmax, 4, 0, 0},
                              {Loss::squared_hinge, 2, 1, 0.25}};

ObjectiveOptions options_of(const Case& one) {
  ObjectiveOptions options;
  options.loss = one.loss;
  options.outputs = one.loss == Loss::softmax ? one.classes : 1;
  for (int k = 0; k < one.classes; ++k) options.weights.push_back(0.5 + k);
  options.ridge = one.ridge;
  options.intercept_ridge = one.intercept_ridge;
  return options;
}

/// Row by row, as the definitions are written.
long double defined(const Labelled& rows, const Encoding& encoding, const ObjectiveOptions& options,
                    const std::vector<double>& w) {
  const auto places = encoding.places();
  long double total = 0;
  for (std::int64_t i = 0; i < rows.rows(); ++i) {
    const auto code = rows.classes[static_cast<std::size_t>(i)];
    std::vector<long double> scores;
    for (int k = 0; k < options.outputs; ++k) {
      const double* own = w.data() + k * places;
      long double score = own[encoding.intercept()];
      for (std::size_t j = 0; j < rows.numbers.size(); ++j)
        score +=
            static_cast<long double>(own[j]) *
            ((static_cast<long double>(rows.numbers[j][static_cast<std::size_t>(i)]) - encoding.mean[j]) / encoding.deviation[j]);
      for (std::size_t c = 0; c < rows.categories.size(); ++c)
        score += own[encoding.first[c] + rows.categories[c][static_cast<std::size_t>(i)]];
      scores.push_back(score);
    }
    const auto margin = code == options.positive ? scores[0] : -scores[0];
    long double loss = 0;
    if (options.loss == Loss::logistic) {
      loss = std::log1p(std::exp(-margin));
    } else if (options.loss == Loss::squared_hinge) {
      const long double short_of = std::max(0.0L, 1 - margin);
      loss = short_of * short_of;
    } else {
      long double sum = 0;
      for (const auto score : scores) sum += std::exp(score);
      loss = std::log(sum) - scores[static_cast<std::size_t>(code)];
    }
    total += options.weights[static_cast<std::size_t>(code)] * loss;
  }
  for (std::size_t p = 0; p < w.size(); ++p)
    total += 0.5L * (static_cast<std::int64_t>(p) % places == encoding.intercept() ? options.intercept_ridge : options.ridge) *
             w[p] * w[p];
  return total;
}

std::vector<double> some_coefficients(std::int64_t size, double scale, std::uint64_t seed) {
  std::vector<double> values;
  const random::Generator generator(random::Key{seed});
  for (std::int64_t i = 0; i < size; ++i) values.push_back(scale * random::normal(generator, i));
  return values;
}

TEST(Objective, IsItsDefinitionAndDerivativesAreThoseOfIt) {
  for (const auto& one : cases) {
    SCOPED_TRACE(::testing::Message() << "loss " << static_cast<int>(one.loss) << ", " << one.classes << " classes, ridge "
                                      << one.ridge);
    const auto rows = drawn_rows(1500, 3, {3, 4}, one.classes, 5);
    on_design(rows, {}, {}, 0,
              [&](comm::Communicator& communicator, const Design& design, const learning::Target& target, data::Budget&) {
                const auto options = options_of(one);
                const Objective objective(communicator, design, target.codes, options);
                const auto w = some_coefficients(objective.size(), 0.3, 9);
                const auto value = objective.evaluate(w, Objective::Second::full);
                const auto at = [&](const std::vector<double>& x) { return defined(rows, design.encoding(), options, x); };
                EXPECT_NEAR(value.objective, static_cast<double>(at(w)), 1e-12 * value.objective);

                const auto n = static_cast<std::size_t>(objective.size());
                for (std::size_t p = 0; p < n; ++p) {
                  // Fourth-order differences of the definition for the gradient, and of the gradient for the Hessian.
                  const double h = 1e-4;
                  const auto moved = [&](double by) {
                    auto x = w;
                    x[p] += by;
                    return x;
                  };
                  const auto slope = (8 * (at(moved(h)) - at(moved(-h))) - (at(moved(2 * h)) - at(moved(-2 * h)))) / (12 * h);
                  const double rough = one.loss == Loss::squared_hinge ? 1e-3 : 1e-8;
                  ASSERT_NEAR(value.gradient[p], static_cast<double>(slope), rough * (1 + std::fabs(value.gradient[p]))) << p;
                  if (one.loss == Loss::squared_hinge) continue;
                  const auto up = objective.evaluate(moved(h), Objective::Second::diagonal).gradient;
                  const auto down = objective.evaluate(moved(-h), Objective::Second::diagonal).gradient;
                  for (std::size_t q = 0; q < n; ++q)
                    ASSERT_NEAR(value.hessian[p * n + q], (up[q] - down[q]) / (2 * h), 1e-5 * (1 + std::fabs(value.diagonal[p])))
                        << p << ", " << q;
                }

                // What is found without the Hessian is what it says.
                const auto diagonal = objective.evaluate(w, Objective::Second::diagonal);
                EXPECT_EQ(diagonal.objective, value.objective);
                EXPECT_EQ(diagonal.gradient, value.gradient);
                const auto v = some_coefficients(objective.size(), 1, 10);
                const auto product = objective.product(w, v);
                for (std::size_t p = 0; p < n; ++p) {
                  double sum = 0;
                  double bound = 0;
                  for (std::size_t q = 0; q < n; ++q) {
                    sum += value.hessian[p * n + q] * v[q];
                    bound += std::fabs(value.hessian[p * n + q] * v[q]);
                  }
                  EXPECT_NEAR(product[p], sum, 1e-12 * bound) << p;
                  EXPECT_NEAR(diagonal.diagonal[p], value.hessian[p * n + p], 1e-12 * value.diagonal[p]) << p;
                }
              });
  }
}

// The generalised Hessian of the squared hinge: 2 sum over rows short of their margin.
TEST(Objective, SquaredHingeCurvesWhereRowsAreShortOfTheirMargin) {
  Labelled rows;
  rows.numbers = {{-2, -1, 0.5, 3}};
  rows.classes = {0, 1, 0, 1};
  on_design(rows, {.standardize = false}, {}, 0,
            [&](comm::Communicator& communicator, const Design& design, const learning::Target& target, data::Budget&) {
              ObjectiveOptions options;
              options.loss = Loss::squared_hinge;
              options.weights = {1, 1};
              const Objective objective(communicator, design, target.codes, options);
              // Mean 0.125. Scores at w = 1, b = 0: -2.125, -1.125, 0.375, 2.875: short by 0, 2.125, 1.375, 0.
              const auto value = objective.evaluate(std::vector<double>{1, 0}, Objective::Second::full);
              EXPECT_DOUBLE_EQ(value.objective, 2.125 * 2.125 + 1.375 * 1.375 + 0.5);
              EXPECT_DOUBLE_EQ(value.gradient[0], -2 * 2.125 * -1.125 + 2 * 1.375 * 0.375 + 1);
              EXPECT_DOUBLE_EQ(value.gradient[1], -2 * 2.125 + 2 * 1.375);
              EXPECT_DOUBLE_EQ(value.hessian[0], 2 * (1.125 * 1.125 + 0.375 * 0.375) + 1);
              EXPECT_DOUBLE_EQ(value.hessian[1], 2 * (-1.125 + 0.375));
              EXPECT_DOUBLE_EQ(value.hessian[3], 4);
              const auto margins = objective.margins(std::vector<double>{1, 0});
              EXPECT_DOUBLE_EQ(margins.least, -1.125);
              EXPECT_DOUBLE_EQ(margins.greatest, 2.875);
            });
}

TEST(Objective, SaysThatScoresAreTooGreat) {
  const auto rows = drawn_rows(50, 2, {}, 2, 3);
  on_design(rows, {}, {}, 0,
            [&](comm::Communicator& communicator, const Design& design, const learning::Target& target, data::Budget&) {
              ObjectiveOptions options;
              options.loss = Loss::squared_hinge;
              options.weights = {1, 1};
              const Objective objective(communicator, design, target.codes, options);
              const auto value = objective.evaluate(std::vector<double>{1e200, 0, 0}, Objective::Second::full);
              EXPECT_TRUE(std::isinf(value.objective));
            });
}

}  // namespace
}  // namespace fullbase::linear
