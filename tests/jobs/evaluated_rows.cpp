// Which classes there are, which rows are left out, and what happens where a rank cannot read.
#include "jobs/evaluated_rows.hpp"

#include <gmock/gmock.h>

#include <functional>

#include "base/error.hpp"
#include "broken_source.hpp"
#include "comm/launch.hpp"
#include "data/make_batch.hpp"
#include "parallel/for_each.hpp"

namespace fullbase::jobs {
namespace {

using namespace fullbase::testing;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

EvaluatedColumns columns(std::optional<std::string> score = {}, std::optional<std::string> positive = {}) {
  return {"label", "predicted", std::move(score), std::move(positive)};
}

/// On one rank. What is read holds memory of the budget.
EvaluatedRows read(const data::MemoryTable& table, const EvaluatedColumns& wanted, const data::BlockSource* scores = nullptr) {
  const auto communicator = comm::single();
  static data::Budget budget(1 << 24);
  return read_classes(*communicator, table, wanted, scores, budget);
}

TEST(EvaluatedRows, LeavesOutWhatLacksSomethingAndCountsItOnce) {
  constexpr double nan = data::missing_float64;
  const auto table = make_table("scored", {bool_column("label", {true, std::nullopt, false, true, std::nullopt}),
                                           bool_column("predicted", {true, true, std::nullopt, false, std::nullopt}),
                                           float64_column("score", {0.9, 0.1, 0.5, nan, nan})});
  const auto rows = read(table, columns("score"));
  EXPECT_THAT(rows.classes, ElementsAre("false", "true"));
  EXPECT_THAT(rows.labels, ElementsAre(1));
  EXPECT_THAT(rows.predicted, ElementsAre(1));
  EXPECT_THAT(rows.scores, ElementsAre(0.9));
  EXPECT_EQ(rows.rows, 1);
  EXPECT_EQ(rows.without_label, 2);
  EXPECT_EQ(rows.without_prediction, 1);
  EXPECT_EQ(rows.without_score, 1);
}

TEST(EvaluatedRows, TextsAreTextsAndClassesThoseThatOccur) {
  const auto table = make_table(
      "scored", {category_column("label", {"b", "a", "c", std::nullopt}), string_column("predicted", {"c", "a", "d", "b"})});
  const auto rows = read(table, columns());
  EXPECT_THAT(rows.classes, ElementsAre("a", "b", "c", "d"));
  EXPECT_THAT(rows.labels, ElementsAre(1, 0, 2));
  EXPECT_THAT(rows.predicted, ElementsAre(2, 0, 3));
}

TEST(EvaluatedRows, WholeNumbersComeByValueAndPositiveLast) {
  const auto table = make_table("scored", {int64_column("label", {-5, 10, 10}), int64_column("predicted", {10, 10, -5})});
  EXPECT_THAT(read(table, columns()).classes, ElementsAre("-5", "10"));
  const auto turned = read(table, columns({}, "-5"));
  EXPECT_THAT(turned.classes, ElementsAre("10", "-5"));
  EXPECT_THAT(turned.labels, ElementsAre(1, 0, 0));
  const auto many = make_table("scored", {int64_column("label", {9, 10, -1}), int64_column("predicted", {9, 9, 9})});
  EXPECT_THAT(read(many, columns()).classes, ElementsAre("-1", "9", "10"));
}

TEST(EvaluatedRows, AKnownCategoryThatNobodyHasMayBePositive) {
  data::Strings texts;
  for (const auto* const text : {"active", "gone"}) texts.push_back(text);
  const auto dictionary = std::make_shared<const data::Dictionary>(std::move(texts));
  const auto column = [&](const char* name) {
    return data::Column({.name = name, .type = data::Type::category}, std::vector<std::int32_t>{0, 0}, {}, dictionary);
  };
  const auto table = make_table("scored", {column("label"), column("predicted")});
  EXPECT_THAT(read(table, columns({}, "gone")).classes, ElementsAre("active", "gone"));
  EXPECT_THAT(read(table, columns()).classes, ElementsAre("active"));
  try {
    read(table, columns({}, "lost"));
    FAIL() << "there is no class 'lost'";
  } catch (const base::Error& error) {
    EXPECT_EQ(error.exit_code(), 65);
    EXPECT_THAT(error.what(), HasSubstr("'lost' is not one of two classes"));
  }
}

TEST(EvaluatedRows, ScoresOfEveryClassComeInTheOrderOfTheClasses) {
  const auto table = make_table(
      "scored", {int64_column("id", {7, 8}), category_column("label", {"b", "c"}), category_column("predicted", {"a", "b"})});
  const auto scores = make_table("scores", {int64_column("id", {7, 7, 8, 8}), category_column("class", {"b", "a", "b", "a"}),
                                            float64_column("score", {0.25, 0.75, 0.5, 0.125})});
  const auto rows = read(table, columns(), &scores);
  EXPECT_EQ(rows.outputs, 3);  // c, which the model does not know, has the score 0
  EXPECT_THAT(rows.scores, ElementsAre(0.75, 0.25, 0, 0.125, 0.5, 0));
}

/// Three ranks read; each throws, or not, and what.
std::vector<std::string> errors_of_ranks(const std::function<void(comm::Communicator&, data::Budget&)>& read_on_rank) {
  std::vector<std::string> errors(3);
  comm::run_threads(3, [&](comm::Communicator& communicator) {
    data::Budget budget(1 << 24);
    try {
      read_on_rank(communicator, budget);
    } catch (const base::Error& error) {
      errors[static_cast<std::size_t>(communicator.rank())] = error.what();
    }
  });
  return errors;
}

TEST(EvaluatedRows, AReadErrorOnOneRankIsTheErrorOfAll) {
  parallel::set_thread_count(2);
  constexpr std::int64_t count = 6'000;
  Optional<std::int64_t> label, id, id_of_score;
  Optional<std::string> class_of_score;
  std::vector<double> score, value;
  for (std::int64_t i = 0; i < count; ++i) {
    label.push_back(i % 2);
    id.push_back(i);
    value.push_back(static_cast<double>(i));
    for (const auto* const name : {"0", "1"}) {
      id_of_score.push_back(i);
      class_of_score.push_back(name);
      score.push_back(0.5);
    }
  }
  const auto table = make_table("scored", {int64_column("id", id), int64_column("label", label), int64_column("predicted", label),
                                           float64_column("value", value)});
  const auto scores = make_table(
      "scores", {int64_column("id", id_of_score), string_column("class", class_of_score), float64_column("score", score)});
  const EvaluatedColumns of_numbers{"value", "label", {}, {}};
  for (int rank = 0; rank < 3; ++rank) {
    const auto broken = base::Partition(count, 3).rows_of(rank);
    for (const int column : {1, 2, 3}) {  // label, predicted, score
      const BrokenSource source(table, broken, column);
      const auto errors = errors_of_ranks([&](comm::Communicator& communicator, data::Budget& budget) {
        read_classes(communicator, source, columns("value"), nullptr, budget);
      });
      for (const auto& error : errors) EXPECT_THAT(error, HasSubstr("cannot read")) << rank << ' ' << column;
    }
    const BrokenSource numbers(table, broken, 3);
    const BrokenSource torn(scores, {broken.first * 2, broken.last * 2}, 2);
    for (const auto& error : errors_of_ranks([&](comm::Communicator&communicator, data::Budget&budget) {
           read_values(communicator, numbers, of_numbers, budget);
         }))
      EXPECT_THAT(error, HasSubstr("cannot read")) << rank;
    for (const auto& error : errors_of_ranks([&](comm::Communicator&communicator, data::Budget&budget) {
           read_classes(communicator, table, columns(), &torn, budget);
         }))
      EXPECT_THAT(error, HasSubstr("cannot read")) << rank;
  }
}

TEST(EvaluatedRows, TooLittleMemoryIsAnError) {
  const auto table = make_table(
      "scored", {bool_column("label", Optional<bool>(2'000, true)), bool_column("predicted", Optional<bool>(2'000, true))});
  const auto communicator = comm::single();
  data::Budget budget(1'000);
  EXPECT_THROW(read_classes(*communicator, table, columns(), nullptr, budget), base::Error);
}

}  // namespace
}  // namespace fullbase::jobs
