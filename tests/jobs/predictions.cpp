// Columns that predict writes, from a model whose outputs are its first features.
#include "jobs/predictions.hpp"

#include <gmock/gmock.h>

#include <cmath>
#include <limits>

#include "data/make_batch.hpp"

namespace fullbase::jobs {
namespace {

using learning::Scorer;
using learning::Task;
using ::testing::ElementsAre;

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

/// Output k is feature k (of two classes, the second's is feature 0), the effect of a feature its value.
class Echo final : public Scorer {
 public:
  Echo(learning::ModelHead head, Output output) : Scorer(std::move(head)), output_(output) {}
  Output output() const noexcept override { return output_; }
  void score(const double* values, std::int64_t stride, std::int64_t rows, double* out, double* effects) const override {
    const std::int64_t outputs = head().outputs();
    for (std::int64_t i = 0; i < rows; ++i) {
      for (std::int64_t k = 0; k < outputs; ++k) out[i * outputs + k] = values[k * stride + i];
      if (head().task == Task::binary) {
        out[i * 2 + 1] = values[i];
        out[i * 2] = output_ == Output::probability ? 1 - values[i] : -values[i];
      }
      const std::int64_t features = std::ssize(head().features);
      for (std::int64_t f = 0; effects != nullptr && f < features; ++f) effects[i * features + f] = values[f * stride + i];
    }
  }

 private:
  Output output_;
};

learning::ModelHead head(Task task, data::Type type, std::vector<std::string> classes) {
  return {{{.name = "z"}, {.name = "b"}, {.name = "a"}}, task, "label", type, std::move(classes)};
}

struct Made {
  data::Batch batch;
  PredictionCounts counts;
  std::vector<double> outputs;
};
/// Columns z, b, a.
Made made(const Scorer& scorer, std::vector<std::vector<double>> columns, int reasons = 0, double threshold = 0.5) {
  const auto table = testing::make_table("t", {testing::float64_column("z", columns[0]), testing::float64_column("b", columns[1]),
                                               testing::float64_column("a", columns[2])});
  const learning::FeatureReader reader(table, scorer.head().features);
  const Predictions predictions(scorer, reader, reasons, threshold);
  Made made;
  const std::vector<int> read(reader.columns().begin(), reader.columns().end());
  const auto batch = table.read({0, table.rows()}, read);
  made.batch = {batch.rows, predictions.columns(batch, made.counts, [&](base::RowRange rows, std::span<const double> outputs) {
                  EXPECT_EQ(std::ssize(outputs), rows.size() * scorer.head().outputs());
                  made.outputs.insert(made.outputs.end(), outputs.begin(), outputs.end());
                })};
  EXPECT_EQ(made.batch.columns.size(), predictions.dictionaries().size());
  for (std::size_t c = 0; c < made.batch.columns.size(); ++c)
    EXPECT_EQ(made.batch[c].dictionary(), predictions.dictionaries()[c]);
  return made;
}

std::vector<std::string> shown(const data::Column& column) {
  std::vector<std::string> texts;
  for (std::int64_t row = 0; row < column.rows(); ++row) {
    if (column.is_missing(row)) {
      texts.emplace_back("-");
    } else if (column.field().type == data::Type::category) {
      texts.emplace_back(column.text(row));
    } else if (column.field().type == data::Type::boolean) {
      texts.emplace_back(column.bools()[static_cast<std::size_t>(row)] != 0 ? "true" : "false");
    } else {
      texts.push_back(std::to_string(static_cast<std::int64_t>(column.number(row))));
    }
  }
  return texts;
}

const std::vector<double> nothing(4, 0.0);

TEST(Predictions, OfTwoClassesTheSecondFromTheThresholdOn) {
  const Echo scorer(head(Task::binary, data::Type::boolean, {"false", "true"}), Scorer::Output::probability);
  const auto told = made(scorer, {{0.5, 0.49, 1, nan}, nothing, nothing});
  EXPECT_THAT(shown(told.batch.at("predicted")), ElementsAre("true", "false", "true", "-"));
  const auto score = told.batch.at("score").float64s();
  EXPECT_EQ(score[0], 0.5);
  EXPECT_EQ(score[1], 0.49);
  EXPECT_TRUE(std::isnan(score[3]));
  EXPECT_EQ(told.counts.not_scored, 1);
  EXPECT_THAT(shown(made(scorer, {{0.5, 0.49, 1, nan}, nothing, nothing}, 0, 0.49).batch.at("predicted")),
              ElementsAre("true", "true", "true", "-"));
}

TEST(Predictions, TheSecondClassNeedNotFollowTheFirst) {
  // `positive: no` makes "no" the second class.
  const Echo scorer(head(Task::binary, data::Type::category, {"yes", "no"}), Scorer::Output::decision);
  const auto told = made(scorer, {{-1, 0, 1, nan}, nothing, nothing}, 0, 0.0);
  EXPECT_THAT(shown(told.batch.at("predicted")), ElementsAre("yes", "no", "no", "-"));
  EXPECT_EQ(told.batch.at("score").float64s()[0], -1);
}

TEST(Predictions, OfMoreClassesTheGreatestOutputTiesToTheLowest) {
  const Echo scorer(head(Task::multiclass, data::Type::int64, {"-3", "10", "200"}), Scorer::Output::probability);
  const auto told = made(scorer, {{0.2, 0.4, 0.1, nan}, {0.3, 0.4, 0.1, nan}, {0.5, 0.2, 0.8, nan}});
  EXPECT_THAT(shown(told.batch.at("predicted")), ElementsAre("200", "-3", "200", "-"));
  EXPECT_THAT(told.batch.at("score").float64s().subspan(0, 3), ElementsAre(0.5, 0.4, 0.8));
  EXPECT_EQ(told.outputs[4], 0.4) << "outputs are row by row";
}

TEST(Predictions, OfDistancesTheLeastTiesToTheLowest) {
  const Echo scorer(head(Task::multiclass, data::Type::int64, {"0", "1", "2"}), Scorer::Output::distance);
  const auto told = made(scorer, {{2, 1, 5, 0}, {1, 1, 7, 3}, {3, 1, 5, 3}});
  EXPECT_THAT(shown(told.batch.at("predicted")), ElementsAre("1", "0", "0", "0"));
  EXPECT_THAT(told.batch.at("score").float64s(), ElementsAre(1, 1, 5, 0));
}

TEST(Predictions, ARegressionHasNoScore) {
  const Echo scorer(head(Task::regression, data::Type::float64, {}), Scorer::Output::value);
  const auto told = made(scorer, {{7, -0.0, 3, nan}, nothing, nothing}, 1);
  EXPECT_EQ(told.batch.columns.size(), 3U);
  EXPECT_EQ(told.batch.at("predicted").float64s()[0], 7);
  EXPECT_FALSE(std::signbit(told.batch.at("predicted").float64s()[1]));
  EXPECT_EQ(told.counts.not_scored, 1);
}

TEST(Predictions, ReasonsAreTheGreatestEffectsAndNoneIsAnEffectOfZero) {
  const Echo scorer(head(Task::regression, data::Type::float64, {}), Scorer::Output::value);
  // Effects of z, b, a: of equal magnitudes the one that the model names first leads.
  const auto told = made(scorer, {{1, -2, 0, nan}, {-3, 2, 0, nan}, {2, 2, 5, nan}}, 2).batch;
  EXPECT_THAT(shown(told.at("reason_1")), ElementsAre("b", "z", "a", "-"));
  EXPECT_THAT(shown(told.at("reason_2")), ElementsAre("a", "b", "-", "-"));
  EXPECT_THAT(told.at("effect_1").float64s().subspan(0, 3), ElementsAre(-3, -2, 5));
  EXPECT_TRUE(std::isnan(told.at("effect_2").float64s()[2]));
  // More than there are features.
  EXPECT_THAT(shown(made(scorer, {{1}, {2}, {3}}, 5).batch.at("reason_5")), ElementsAre("-"));
}

TEST(Predictions, BlocksAreScoredAlikeWhetherTheirOutputsAreWantedOrNot) {
  const Echo scorer(head(Task::multiclass, data::Type::int64, {"0", "1", "2"}), Scorer::Output::probability);
  std::vector<std::vector<double>> columns(3);
  for (int i = 0; i < 3000; ++i) {
    for (int c = 0; c < 3; ++c) columns[static_cast<std::size_t>(c)].push_back((i * (7 + c)) % 11);
  }
  const auto told = made(scorer, columns, 2);
  ASSERT_EQ(told.outputs.size(), 9000U);
  for (std::size_t i = 0; i < 3000; ++i)
    for (std::size_t c = 0; c < 3; ++c) ASSERT_EQ(told.outputs[3 * i + c], columns[c][i]);
}

TEST(Predictions, CategoriesThatTrainingDidNotMeetAreCounted) {
  learning::ModelHead with = head(Task::regression, data::Type::float64, {});
  with.features[1] = {.name = "b", .categorical = true, .categories = {"red", "white"}};
  const Echo scorer(with, Scorer::Output::value);
  const auto table = testing::make_table(
      "t", {testing::float64_column("z", {-1, 0, 0, 0}),  // -1 of a number is no unseen category
            testing::category_column("b", {"blue", "red", std::nullopt, "azure"}), testing::float64_column("a", nothing)});
  const learning::FeatureReader reader(table, scorer.head().features);
  const std::vector<int> read(reader.columns().begin(), reader.columns().end());
  PredictionCounts counts;
  const Predictions predictions(scorer, reader, 0, 0.5);
  predictions.columns(table.read({0, 4}, read), counts);
  predictions.columns(table.read({0, 1}, read), counts);
  EXPECT_THAT(counts.unseen, ElementsAre(0, 3, 0));
  EXPECT_EQ(counts.not_scored, 0);
}

}  // namespace
}  // namespace fullbase::jobs
