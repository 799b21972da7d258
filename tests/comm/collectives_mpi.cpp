// The same truths between processes.
#include "comm/collective_truths.hpp"
#include "mpi_world.hpp"

namespace fullbase::testing {
namespace {

class MpiCollectives : public ::testing::TestWithParam<std::int64_t> {
  void SetUp() override { world().set_message_limit(GetParam()); }
  void TearDown() override { world().set_message_limit(usual_message); }
};

TEST_P(MpiCollectives, Hold) {
  collectives_hold(world());
}

TEST_P(MpiCollectives, AreCounted) {
  statistics_hold(world());
}

INSTANTIATE_TEST_SUITE_P(Messages, MpiCollectives, ::testing::Values(1, 8, 24, 64, 4096, usual_message));

}  // namespace
}  // namespace fullbase::testing
