// Sigmoids of rows that machines were not trained on: a fit that is broken off goes on, with the same sigmoids, on any ranks.
#include "jobs/out_of_fold.hpp"

#include <gmock/gmock.h>

#include <cmath>
#include <deque>

#include "comm/launch.hpp"
#include "jobs/customers.hpp"
#include "jobs/memory_context.hpp"

namespace fullbase::jobs {
namespace {

using testing::ByFeature;
using testing::Customers;
using testing::Interruption;
using testing::MemoryContext;
using testing::MemoryState;

struct Outcome {
  std::vector<std::vector<double>> sigmoids;  ///< slope and offset of each, by rank
  int trainings = 0;
};

/// The step ends a round in each training, and one when the sigmoids are there.
Outcome run(const Customers& customers, int ranks, const Interruption& interruption) {
  Outcome outcome{std::vector<std::vector<double>>(static_cast<std::size_t>(ranks)), 0};
  comm::run_threads(ranks, [&](comm::Communicator& communicator) {
    MemoryContext context(communicator, interruption);
    StepPart step(context);
    StepPart part(step, "probability");
    const auto target = learning::read_target(communicator, customers.source, {.column = "label"}, context.budget());
    const auto head = learning::head_of(customers.features, target);
    const auto train = [&](const LabelledSource& rows, StepPart& fold) -> std::unique_ptr<learning::Scorer> {
      if (communicator.is_root()) ++outcome.trainings;
      const auto seen = static_cast<double>(rows.source.rows());
      fold.end_round({1, 1});
      return std::make_unique<ByFeature>(head, learning::Scorer::Output::decision,
                                         [seen](double id) { return std::fmod(id * 0.37 + seen, 1.0) - 0.4; });
    };
    const auto sigmoids = fit_sigmoids(part, {customers.source, target}, train);
    part.end_round({1, 1});
    auto& own = outcome.sigmoids[static_cast<std::size_t>(communicator.rank())];
    for (const auto& sigmoid : sigmoids) own.insert(own.end(), {sigmoid.slope, sigmoid.offset});
  });
  return outcome;
}

TEST(Sigmoids, GoOnInTheTrainingInWhichTheyWereBrokenOff) {
  const Customers customers(3'000);
  std::deque<MemoryState> states;
  const auto expected = run(customers, 2, {.states = &states});
  ASSERT_EQ(expected.trainings, 5);
  ASSERT_EQ(states.size(), 6U);
  ASSERT_EQ(expected.sigmoids[0].size(), 2U);
  EXPECT_NE(expected.sigmoids[0][0], 0);
  for (std::size_t i = 0; i < states.size(); ++i) {
    const int ranks = static_cast<int>(i) % 3 + 1;
    // What goes on keeps all that there is, so that it may be broken off again.
    std::deque<MemoryState> again;
    const auto outcome = run(customers, ranks, {.states = &again, .resume = &states[i]});
    EXPECT_EQ(outcome.trainings, 5 - static_cast<int>(i)) << i;
    for (const auto& sigmoids : outcome.sigmoids) EXPECT_EQ(sigmoids, expected.sigmoids[0]) << i << " on " << ranks << " ranks";
    EXPECT_EQ(run(customers, 1, {.resume = &again.back()}).trainings, 0) << i;
    EXPECT_EQ(run(customers, 1, {.resume = &again.back()}).sigmoids[0], expected.sigmoids[0]) << i;
  }
}

}  // namespace
}  // namespace fullbase::jobs
