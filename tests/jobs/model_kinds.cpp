// What a table `model` says it is decides who reads it.
#include "jobs/model_kinds.hpp"

#include <gmock/gmock.h>

#include "algorithms/clustering/kmeans_scorer.hpp"
#include "error_text.hpp"

namespace fullbase::jobs {
namespace {

using ::testing::HasSubstr;

learning::ModelReader stored(const learning::ModelWriter& writer) {
  const auto table = writer.table({});
  const auto words = table.at("word").int64s();
  return {{words.begin(), words.end()}, "last_week"};
}

TEST(ModelKinds, TheKindDecidesWhoReadsIt) {
  const auto scorer = load_scorer(
      stored(clustering::write_model({.columns = {{.column = "a"}}, .centre = {0}, .centroids = {0, 1}, .segments = {0, 1}})));
  EXPECT_EQ(scorer->output(), learning::Scorer::Output::distance);
}

TEST(ModelKinds, AKindThatIsNotThereIsRefused) {
  EXPECT_THAT(testing::error_text([] { load_scorer(stored(learning::ModelWriter("oracle"))); }),
              HasSubstr("last_week: the model is of the kind 'oracle', which this fullbase does not have"));
}

TEST(ModelKinds, NamesThatTellNothingApartAreRefused) {
  EXPECT_THAT(
      testing::error_text([] {
        load_scorer(stored(clustering::write_model(
            {.columns = {{.column = "a"}, {.column = "a"}}, .centre = {0, 0}, .centroids = {0, 1, 2, 3}, .segments = {0, 1}})));
      }),
      HasSubstr("the model names the feature 'a' twice"));
}

}  // namespace
}  // namespace fullbase::jobs
