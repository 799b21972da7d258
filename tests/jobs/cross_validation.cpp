// Every row is scored once, by the model that has not seen it; the table is the same on any ranks; folds that training could not
// do without are refused.
#include "jobs/cross_validation.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <deque>
#include <map>
#include <set>

#include "base/error.hpp"
#include "comm/launch.hpp"
#include "jobs/customers.hpp"
#include "jobs/memory_context.hpp"
#include "parallel/for_each.hpp"

namespace fullbase::jobs {
namespace {

using learning::Task;
using testing::ByFeature;
using testing::Customers;
using ::testing::HasSubstr;

struct Table {
  std::optional<std::int64_t> fold;
  std::string metric;
  std::string of_class;
  double value = 0;
  std::int64_t rows = 0;
};
std::vector<Table> rows_of(const data::Batch& batch) {
  std::vector<Table> rows;
  for (std::int64_t i = 0; i < batch.rows.size(); ++i) {
    const auto at = static_cast<std::size_t>(i);
    rows.push_back({batch[0].is_missing(i) ? std::nullopt : std::optional(batch[0].int64s()[at]), std::string(batch[1].text(i)),
                    std::string(batch[2].text(i)), batch[3].float64s()[at], batch[5].int64s()[at]});
  }
  return rows;
}

using testing::Interruption;
using testing::MemoryContext;

/// One run; `fit` makes the score of a row from the rows that training sees.
using Fit = std::function<ByFeature::Score(comm::Communicator&, std::span<const std::uint8_t> used, const learning::Target&)>;
struct Outcome {
  std::vector<data::Batch> tables;  ///< by rank
  std::vector<std::string> errors;
  std::vector<int> rounds;
};
Outcome run(const Customers& one, const CrossValidation& options, const Fit& fit, int ranks = 1, int threads = 1,
            learning::Scorer::Output output = learning::Scorer::Output::probability, const Interruption& interruption = {}) {
  parallel::set_thread_count(threads);
  const auto n = static_cast<std::size_t>(ranks);
  Outcome outcome{std::vector<data::Batch>(n), std::vector<std::string>(n), std::vector<int>(n)};
  comm::run_threads(ranks, [&](comm::Communicator& communicator) {
    const auto r = static_cast<std::size_t>(communicator.rank());
    MemoryContext context(communicator, interruption);
    StepPart step(context);
    try {
      const auto target = learning::read_target(
          communicator, one.source, {.column = one.regression ? "id" : "label", .regression = one.regression}, context.budget());
      const auto head = learning::head_of(one.features, target);
      cross_validate(step, {one.source, one.features, target}, options, [&](std::span<const std::uint8_t> used, StepPart&) {
        return std::make_unique<ByFeature>(head, output, fit(communicator, used, target));
      });
      outcome.tables[r] = context.tables.at("cross_validation");
      outcome.rounds[r] = context.rounds;
    } catch (const base::Error& error) {
      outcome.errors[r] = error.what();
    }
  });
  return outcome;
}

/// Rows that training sees, of all ranks.
std::set<std::int64_t> seen_rows(comm::Communicator& communicator, std::span<const std::uint8_t> used, std::int64_t rows) {
  const auto first = base::Partition(rows, communicator.size()).rows_of(communicator.rank()).first;
  std::vector<std::int64_t> mine;
  for (std::size_t i = 0; i < used.size(); ++i) {
    if (used[i] != 0) mine.push_back(first + static_cast<std::int64_t>(i));
  }
  const auto all = communicator.all_gather_all(std::span<const std::int64_t>(mine)).values;
  return {all.begin(), all.end()};
}

double value_of(const std::vector<Table>& rows, std::optional<std::int64_t> fold, std::string_view metric,
                std::string_view of_class = "") {
  const auto found = std::ranges::find_if(
      rows, [&](const Table& row) { return row.fold == fold && row.metric == metric && row.of_class == of_class; });
  return found == rows.end() ? -1 : found->value;
}

TEST(CrossValidation, ScoresEveryRowOnceByTheModelThatHasNotSeenIt) {
  const Customers customers(5'000);
  std::map<std::int64_t, int> times;
  std::size_t most = 0;
  const Fit leak = [&](comm::Communicator& communicator, std::span<const std::uint8_t> used, const learning::Target&) {
    const auto seen = seen_rows(communicator, used, 5'000);
    most = std::max(most, seen.size());
    for (const auto row : seen) ++times[row];
    // "gone" wherever training has seen the row: right out of fold for those who are active alone.
    return [seen](double id) { return seen.contains(static_cast<std::int64_t>(id)) ? 1.0 : 0.0; };
  };
  const auto rows = rows_of(run(customers, {.folds = 4}, leak).tables[0]);
  EXPECT_EQ(value_of(rows, std::nullopt, "recall", "active"), 1);
  EXPECT_EQ(value_of(rows, std::nullopt, "recall", "gone"), 0);
  EXPECT_EQ(times.size(), 5'000u);
  for (const auto& [row, count] : times) EXPECT_EQ(count, 3) << row;
  EXPECT_LE(most, 3'751u);
  std::set<std::optional<std::int64_t>> folds;
  for (const auto& row : rows) {
    folds.insert(row.fold);
    EXPECT_NEAR(static_cast<double>(row.rows), row.fold ? 1'250 : 5'000, row.fold ? 1 : 0);  // of two strata, each rounded
  }
  EXPECT_EQ(folds.size(), 5u);
}

TEST(CrossValidation, StratifiedFoldsHaveTheClassesInTheirShares) {
  const Customers customers(1'000, false, 100);  // ten are gone
  const Fit nobody = [](comm::Communicator&, std::span<const std::uint8_t>, const learning::Target&) {
    return [](double) { return 0.0; };
  };
  const auto rows = rows_of(run(customers, {.folds = 5}, nobody).tables[0]);
  for (std::int64_t fold = 0; fold < 5; ++fold) EXPECT_EQ(value_of(rows, fold, "accuracy"), 1 - 2.0 / 200);
}

TEST(CrossValidation, SameTableOnAnyRanksAndThreads) {
  const Fit share = [](comm::Communicator& communicator, std::span<const std::uint8_t> used, const learning::Target&) {
    const auto count = communicator.sum_value(static_cast<std::int64_t>(std::ranges::count(used, 1)));
    return [count](double id) { return std::fmod(id * 0.37 + static_cast<double>(count), 1.0); };
  };
  for (const bool numbers : {false, true}) {
    const Customers customers(6'000, numbers);
    const Fit fit = numbers ? Fit([](comm::Communicator&, std::span<const std::uint8_t>, const learning::Target&) {
      return [](double id) { return id + std::fmod(id, 7.0); };
    })
                            : share;
    const auto output = numbers ? learning::Scorer::Output::value : learning::Scorer::Output::probability;
    const auto expected = run(customers, {.folds = 3}, fit, 1, 1, output);
    ASSERT_EQ(expected.errors[0], "");
    EXPECT_EQ(expected.rounds[0], 3);
    for (int ranks = 1; ranks <= 4; ++ranks) {
      for (int threads = 1; threads <= 2; ++threads) {
        const auto other = run(customers, {.folds = 3}, fit, ranks, threads, output);
        for (const auto& table : other.tables) {
          ASSERT_EQ(table.rows, expected.tables[0].rows);
          for (std::int64_t i = 0; i < table.rows.size(); ++i) {
            const auto at = static_cast<std::size_t>(i);
            EXPECT_EQ(table[1].text(i), expected.tables[0][1].text(i));
            EXPECT_EQ(std::bit_cast<std::uint64_t>(table[3].float64s()[at]),
                      std::bit_cast<std::uint64_t>(expected.tables[0][3].float64s()[at]))
                << table[1].text(i) << ' ' << ranks << ' ' << threads;
          }
        }
      }
    }
  }
}

// Folds that were scored before are not trained on again, and the table is the same.
TEST(CrossValidation, GoesOnInTheFoldInWhichItWasBrokenOff) {
  for (const bool numbers : {false, true}) {
    const Customers customers(3'000, numbers);
    int trainings = 0;
    const Fit fit = [&](comm::Communicator& communicator, std::span<const std::uint8_t> used, const learning::Target&) {
      const auto count = communicator.sum_value(static_cast<std::int64_t>(std::ranges::count(used, 1)));
      if (communicator.is_root()) ++trainings;
      return [count](double id) { return std::fmod(id * 0.37 + static_cast<double>(count), 1.0); };
    };
    const auto output = numbers ? learning::Scorer::Output::value : learning::Scorer::Output::decision;
    std::deque<testing::MemoryState> states;
    const auto expected = run(customers, {.folds = 4}, fit, 2, 1, output, {.states = &states}).tables[0];
    ASSERT_EQ(states.size(), 4U);
    for (std::size_t i = 0; i < states.size(); ++i) {
      trainings = 0;
      const auto outcome = run(customers, {.folds = 4}, fit, static_cast<int>(i % 3) + 1, 1, output, {.resume = &states[i]});
      EXPECT_EQ(outcome.errors[0], "");
      EXPECT_EQ(trainings, 3 - static_cast<int>(i));
      ASSERT_EQ(outcome.tables[0].rows, expected.rows);
      for (std::size_t row = 0; row < static_cast<std::size_t>(expected.rows.size()); ++row)
        EXPECT_EQ(std::bit_cast<std::uint64_t>(outcome.tables[0][3].float64s()[row]),
                  std::bit_cast<std::uint64_t>(expected[3].float64s()[row]));
    }
  }
}

TEST(CrossValidation, DecisionValuesAreNoProbabilities) {
  const Customers customers(100);
  const Fit fit = [](comm::Communicator&, std::span<const std::uint8_t>, const learning::Target&) {
    return [](double id) { return id / 100; };
  };
  const auto rows = rows_of(run(customers, {.folds = 2}, fit, 1, 1, learning::Scorer::Output::decision).tables[0]);
  EXPECT_TRUE(std::isnan(value_of(rows, std::nullopt, "log_loss")));
  EXPECT_FALSE(std::isnan(value_of(rows, std::nullopt, "roc_auc")));
}

TEST(CrossValidation, RefusesFoldsThatTrainingCouldNotDoWithout) {
  const Fit never = [](comm::Communicator&, std::span<const std::uint8_t>, const learning::Target&) -> ByFeature::Score {
    throw base::internal_error("training began");
  };
  const Customers single(60, false, 59);  // row 1 alone is gone
  for (const int ranks : {1, 3}) {
    for (const auto& error : run(single, {.folds = 5}, never, ranks).errors) {
      EXPECT_THAT(error, HasSubstr("all rows of the class 'gone' (1) fall into one of 5 folds"));
      EXPECT_THAT(error, HasSubstr("customers.label"));
    }
    for (const auto& error : run(Customers(4), {.folds = 5}, never, ranks).errors)
      EXPECT_THAT(error, HasSubstr("4 rows cannot be shared out over 5 folds"));
  }
}

TEST(CrossValidation, AnErrorOfTrainingIsTheErrorOfAll) {
  const Fit broken = [](comm::Communicator&, std::span<const std::uint8_t>, const learning::Target&) -> ByFeature::Score {
    throw base::input_error("cannot learn").known_to_all();
  };
  for (const auto& error : run(Customers(3'000), {.folds = 2}, broken, 3).errors) EXPECT_THAT(error, HasSubstr("cannot learn"));
}

TEST(CrossValidation, SchemaIsThatOfTheTable) {
  const Fit nobody = [](comm::Communicator&, std::span<const std::uint8_t>, const learning::Target&) {
    return [](double) { return 0.0; };
  };
  const auto table = run(Customers(50), {.folds = 2}, nobody).tables[0];
  const auto schema = cross_validation_schema();
  ASSERT_EQ(schema.columns(), std::ssize(table.columns));
  for (int c = 0; c < schema.columns(); ++c) EXPECT_EQ(schema[c], table[static_cast<std::size_t>(c)].field());
}

}  // namespace
}  // namespace fullbase::jobs
