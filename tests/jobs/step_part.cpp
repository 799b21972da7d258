// Parts of a step that is broken off in any round find what they had brought, and no other part's.
#include "jobs/step_part.hpp"

#include <gmock/gmock.h>

#include <deque>

#include "comm/launch.hpp"
#include "jobs/memory_context.hpp"

namespace fullbase::jobs {
namespace {

using testing::Interruption;
using testing::MemoryContext;
using testing::MemoryState;

/// Adds up the numbers from 1 to `last`, a round each, from `first` on; the sum is the part's array.
std::int64_t add_up(StepPart& part, std::int64_t last, int& rounds) {
  std::int64_t sum = 0;
  std::int64_t next = 1;
  if (part.has_left("sum"))
    part.read_left([&](const data::StateReader& reader, const std::string& prefix) {
      sum = reader.value<std::int64_t>(prefix + "sum");
      next = reader.value<std::int64_t>(prefix + "next");
    });
  const auto save = [&](data::StateWriter& writer, const std::string& prefix) {
    writer.put_value(prefix + "sum", sum);
    writer.put_value(prefix + "next", next);
  };
  while (next <= last) {
    sum += next++;
    ++rounds;
    part.end_round({next - 1, last}, save);
  }
  part.keep([sum, next](data::StateWriter& writer, const std::string& prefix) {
    writer.put_value(prefix + "sum", sum);
    writer.put_value(prefix + "next", next);
  });
  return sum;
}

/// A first sum, then three sums of which those that are done are kept by the whole, then a last one.
std::vector<std::int64_t> run(const Interruption& interruption, int& rounds) {
  std::vector<std::int64_t> sums;
  rounds = 0;
  comm::run_threads(1, [&](comm::Communicator& communicator) {
    MemoryContext context(communicator, interruption);
    StepPart step(context);
    StepPart first(step, "first");
    sums.push_back(add_up(first, 4, rounds));
    StepPart folds(step, "folds");
    std::vector<std::int64_t> done;
    if (folds.has_left("done"))
      done = folds.read_left(
          [](const data::StateReader& reader, const std::string& prefix) { return reader.get<std::int64_t>(prefix + "done"); });
    folds.keep([&](data::StateWriter& writer, const std::string& prefix) { writer.put(prefix + "done", done); });
    while (done.size() < 3) {
      StepPart fold(folds, "fold " + std::to_string(done.size()));
      done.push_back(add_up(fold, 2 + std::ssize(done), rounds));
    }
    sums.insert(sums.end(), done.begin(), done.end());
    StepPart last(step, "last");
    sums.push_back(add_up(last, 3, rounds));
  });
  return sums;
}

TEST(StepPart, GoesOnWhereItWasBrokenOffInAnyRound) {
  std::deque<MemoryState> states;
  int rounds = 0;
  const auto expected = run({.states = &states}, rounds);
  EXPECT_THAT(expected, ::testing::ElementsAre(10, 3, 6, 10, 6));
  ASSERT_EQ(rounds, 4 + 2 + 3 + 4 + 3);
  ASSERT_EQ(std::ssize(states), rounds);
  for (std::size_t i = 0; i < states.size(); ++i) {
    int left = 0;
    // What goes on keeps all that there is, so that it may be broken off again.
    std::deque<MemoryState> again;
    EXPECT_EQ(run({.states = &again, .resume = &states[i]}, left), expected) << i;
    // No round is done twice.
    EXPECT_EQ(left, rounds - static_cast<int>(i) - 1) << i;
    for (const auto& state : again) {
      int after = 0;
      EXPECT_EQ(run({.resume = &state}, after), expected) << i;
    }
  }
}

}  // namespace
}  // namespace fullbase::jobs
