// Alone, and with threads as ranks.
#include <tuple>

#include "comm/collective_truths.hpp"
#include "comm/launch.hpp"

namespace fullbase::testing {
namespace {

class Collectives : public ::testing::TestWithParam<std::tuple<int, std::int64_t>> {
 protected:
  void on_ranks(const std::function<void(comm::Communicator&)>& body) {
    const auto [ranks, limit] = GetParam();
    comm::run_threads(ranks, [&, limit = limit](comm::Communicator& world) {
      world.set_message_limit(limit);
      body(world);
    });
  }
};

TEST_P(Collectives, HoldWithThreadsAsRanks) {
  on_ranks(collectives_hold);
}

TEST_P(Collectives, AreCounted) {
  on_ranks(statistics_hold);
}

INSTANTIATE_TEST_SUITE_P(RanksAndMessages, Collectives,
                         ::testing::Combine(::testing::Values(1, 2, 3, 4, 7), ::testing::Values(1, 8, 24, 64, usual_message)));

TEST(SingleRank, CollectivesHold) {
  const auto world = comm::single();
  collectives_hold(*world);
  statistics_hold(*world);
  world->set_message_limit(64);
  collectives_hold(*world);
}

}  // namespace
}  // namespace fullbase::testing
