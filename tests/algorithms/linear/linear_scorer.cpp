// Scores of linear models against the definition, their effects, and what a stored model says when it is damaged.
#include "algorithms/linear/linear_scorer.hpp"

#include <gmock/gmock.h>

#include <cmath>

#include "algorithms/linear/cases.hpp"
#include "algorithms/linear/original_units.hpp"
#include "base/error.hpp"

namespace fullbase::linear {
namespace {

using fullbase::testing::drawn_rows;
using fullbase::testing::features_of;
using fullbase::testing::Labelled;
using fullbase::testing::on_design;
using ::testing::DoubleNear;
using ::testing::Pointwise;

LinearModel model_of(const Labelled& rows, bool probabilities, Missing missing = Missing::error) {
  LinearModel model;
  on_design(rows, {.missing = missing}, {}, 0,
            [&](comm::Communicator& communicator, const Design& design, const learning::Target& target, data::Budget& budget) {
              const auto result = probabilities ? fit_logistic(communicator, design, target, {}, budget)
                                                : fit_squared_hinge(communicator, design, target, {}, budget);
              model = linear_model(learning::head_of(features_of(rows), target), design, result, missing, probabilities);
            });
  return model;
}

/// The first `count` rows as FeatureReader would give them.
std::vector<double> values_of(const Labelled& rows, std::int64_t count) {
  std::vector<double> values;
  for (const auto& column : rows.numbers) values.insert(values.end(), column.begin(), column.begin() + count);
  for (const auto& column : rows.categories) values.insert(values.end(), column.begin(), column.begin() + count);
  return values;
}

struct Scored {
  std::vector<double> outputs, effects;
};
Scored score(const LinearScorer& scorer, const std::vector<double>& values, std::int64_t count) {
  Scored scored{std::vector<double>(static_cast<std::size_t>(count * scorer.head().outputs())),
                std::vector<double>(static_cast<std::size_t>(count * std::ssize(scorer.head().features)))};
  scorer.score(values.data(), count, count, scored.outputs.data(), scored.effects.data());
  return scored;
}

TEST(LinearScorer, ScoresAreWeightedSumsInTheColumnsOwnUnits) {
  for (const int classes : {2, 3})
    for (const bool probabilities : {true, false}) {
      SCOPED_TRACE(::testing::Message() << classes << " classes, probabilities " << probabilities);
      const auto rows = drawn_rows(1300, 3, {4}, classes, 3);
      const auto model = model_of(rows, probabilities);
      const LinearScorer scorer(model);
      constexpr std::int64_t count = 700;
      const auto values = values_of(rows, count);
      const auto scored = score(scorer, values, count);
      const auto original = original_units(model.encoding, model.outputs, model.coefficients);
      for (std::int64_t i = 0; i < count; ++i) {
        std::vector<double> scores;
        for (int k = 0; k < model.outputs; ++k) {
          const double* own = original.data() + k * model.encoding.places();
          double sum = own[3] + own[4 + static_cast<int>(values[static_cast<std::size_t>(3 * count + i)])];
          for (int j = 0; j < 3; ++j) sum += own[j] * values[static_cast<std::size_t>(j * count + i)];
          scores.push_back(sum);
        }
        std::vector<double> expected;
        if (classes == 2) {
          const double p = 1 / (1 + std::exp(-scores[0]));
          expected = probabilities ? std::vector{1 - p, p} : std::vector{-scores[0], scores[0]};
        } else if (probabilities) {
          double sum = 0;
          for (const double s : scores) sum += std::exp(s);
          for (const double s : scores) expected.push_back(std::exp(s) / sum);
        } else {
          expected = scores;
        }
        const auto first = scored.outputs.begin() + i * classes;
        ASSERT_THAT(std::vector<double>(first, first + classes), Pointwise(DoubleNear(1e-9), expected)) << i;
      }
    }
}

TEST(LinearScorer, EffectsAreWhatTheScoreIsBeyondThatOfAnAverageRow) {
  const auto rows = drawn_rows(900, 2, {3, 2}, 2, 4);
  const LinearScorer scorer(model_of(rows, false));
  const auto scored = score(scorer, values_of(rows, 900), 900);
  // Effects of all training rows sum to nothing, feature by feature; score less effects is one number.
  for (std::size_t f = 0; f < 4; ++f) {
    double sum = 0;
    for (std::size_t i = 0; i < 900; ++i) sum += scored.effects[i * 4 + f];
    EXPECT_NEAR(sum, 0, 1e-9) << f;
  }
  const auto rest = [&](std::size_t i) {
    double value = scored.outputs[i * 2 + 1];
    for (std::size_t f = 0; f < 4; ++f) value -= scored.effects[i * 4 + f];
    return value;
  };
  for (std::size_t i = 1; i < 900; ++i) ASSERT_NEAR(rest(i), rest(0), 1e-12);
}

TEST(LinearScorer, MissingAndUnseenValues) {
  const auto rows = drawn_rows(900, 2, {3}, 3, 5);
  const double nan = std::nan("");
  const std::vector<double> values = {nan, 1, 1, HUGE_VAL, /* x1 */ 100, 100, 100, 100, /* c0 */ 0, nan, -1, 0};
  const LinearScorer strict(model_of(rows, true));
  const auto not_scored = score(strict, values, 4);
  for (const std::size_t row : {0, 1, 3}) {
    EXPECT_TRUE(std::isnan(not_scored.outputs[row * 3])) << row;
    EXPECT_TRUE(std::isnan(not_scored.effects[row * 3 + 1])) << row;
  }
  EXPECT_NEAR(not_scored.outputs[6] + not_scored.outputs[7] + not_scored.outputs[8], 1, 1e-14);
  const LinearScorer filling(model_of(rows, true, Missing::mean));
  const auto filled = score(filling, values, 4);
  EXPECT_EQ(filled.effects[0], 0);
  EXPECT_FALSE(std::isnan(filled.outputs[0]));
  // Missing and unseen categories add nothing alike.
  for (std::size_t k = 0; k < 3; ++k) EXPECT_EQ(filled.outputs[3 + k], filled.outputs[6 + k]);
  EXPECT_TRUE(std::isnan(filled.outputs[9]));
}

std::vector<std::int64_t> words_of(const data::Batch& table) {
  const auto words = table[0].int64s();
  return {words.begin(), words.end()};
}

TEST(LinearModel, IsReadAsItWasWritten) {
  for (const bool probabilities : {true, false}) {
    const auto rows = drawn_rows(600, 2, {3}, 3, 6);
    const auto model = model_of(rows, probabilities, Missing::mean);
    const auto scorer = load_linear(learning::ModelReader(words_of(write_linear(model)), "model"));
    EXPECT_EQ(scorer->output(), probabilities ? learning::Scorer::Output::probability : learning::Scorer::Output::decision);
    const auto values = values_of(rows, 600);
    const auto expected = score(LinearScorer(model), values, 600);
    const auto got = score(dynamic_cast<const LinearScorer&>(*scorer), values, 600);
    EXPECT_EQ(got.outputs, expected.outputs);
    EXPECT_EQ(got.effects, expected.effects);
  }
}

TEST(LinearModel, WhatDoesNotFitTogetherIsRefused) {
  const auto rows = drawn_rows(600, 2, {3}, 2, 7);
  const auto model = model_of(rows, true);
  const auto refused = [&](const std::function<void(LinearModel&)>& damage) {
    auto damaged = model;
    damage(damaged);
    EXPECT_THROW(load_linear(learning::ModelReader(words_of(write_linear(damaged)), "model")), base::Error);
  };
  refused([](LinearModel& m) { m.coefficients.pop_back(); });
  refused([](LinearModel& m) { m.coefficients[1] = std::nan(""); });
  refused([](LinearModel& m) { m.encoding.mean.push_back(0); });
  refused([](LinearModel& m) { m.encoding.deviation[0] = 0; });
  refused([](LinearModel& m) { m.encoding.shares.clear(); });
  refused([](LinearModel& m) { m.head.features.pop_back(); });
  refused([](LinearModel& m) {
    m.head.classes.push_back("third");
    m.head.task = learning::Task::multiclass;
  });
}

}  // namespace
}  // namespace fullbase::linear
