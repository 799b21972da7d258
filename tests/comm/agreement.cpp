#include <atomic>
#include <csignal>

#include "comm/agreement_truths.hpp"
#include "comm/launch.hpp"
#include "parallel/for_each.hpp"
#include "parallel/stop.hpp"

namespace fullbase::testing {
namespace {

class Agreement : public ::testing::TestWithParam<int> {};

TEST_P(Agreement, OneErrorOnAllRanks) {
  comm::run_threads(GetParam(), agreement_holds);
}

TEST_P(Agreement, AllIsWellCostsOneSmallReduction) {
  comm::run_threads(GetParam(), [](comm::Communicator& world) {
    comm::collective_try(world, "fine", [] {});
    EXPECT_EQ(world.statistics().total("fine").calls, 1);
    EXPECT_EQ(world.statistics().total("fine").bytes, 8);
  });
}

TEST_P(Agreement, AStopIsEverybodysAndHasNoPlace) {
  for (int asked = 0; asked < GetParam(); ++asked) {
    comm::run_threads(GetParam(), [&](comm::Communicator& world) {
      try {
        comm::collective_try(world, "work", [&] {
          if (world.rank() == asked) throw parallel::stopped_error(SIGTERM);
        });
        ADD_FAILURE() << "a stop was overlooked";
      } catch (const base::Error& error) {
        EXPECT_EQ(error.exit_code(), 75);
        EXPECT_EQ(error.where(), "");
      }
    });
  }
}

TEST_P(Agreement, LoopsOfLocalWorkStopAndNoOthers) {
  std::atomic<int> stopped = 0;
  parallel::request_stop(SIGTERM);
  comm::run_threads(GetParam(), [&](comm::Communicator& world) {
    const auto loop = [] { parallel::for_each(0, 1, [](std::int64_t, int) {}); };
    EXPECT_NO_THROW(loop());
    try {
      comm::collective_try(world, "work", loop);
    } catch (const base::Error&) {
      ++stopped;
    }
    EXPECT_NO_THROW(loop());
  });
  parallel::request_stop(0);
  EXPECT_EQ(stopped, GetParam());
}

INSTANTIATE_TEST_SUITE_P(Ranks, Agreement, ::testing::Values(1, 2, 3, 4, 7));

TEST(Agreement, HoldsOnARankAlone) {
  agreement_holds(*comm::single());
}

TEST(ThreadRanks, AThrowReleasesThoseThatWait) {
  for (int failing = 0; failing < 4; ++failing) {
    try {
      comm::run_threads(4, [&](comm::Communicator& world) {
        world.barrier();
        if (world.rank() == failing) throw base::io_error("disk full", "rank " + std::to_string(failing));
        world.sum_value(std::int64_t{1});
        ADD_FAILURE() << "a collective without rank " << failing << " came to an end";
      });
      ADD_FAILURE() << "no error";
    } catch (const base::Error& error) {
      EXPECT_EQ(error.where(), "rank " + std::to_string(failing));
    }
  }
}

TEST(ThreadRanks, TheLowestOfSeveralErrorsIsReported) {
  try {
    comm::run_threads(4, [](comm::Communicator& world) {
      if (world.rank() > 0) throw base::io_error(std::to_string(world.rank()));
      world.barrier();
    });
    ADD_FAILURE() << "no error";
  } catch (const base::Error& error) {
    EXPECT_EQ(error.problem(), "1");
  }
}

TEST(ThreadRanks, OneThatReturnsEarlyReleasesThoseThatWait) {
  EXPECT_THROW(comm::run_threads(3,
                                 [](comm::Communicator& world) {
                                   if (world.rank() != 1) world.barrier();
                                 }),
               base::Error);
}

TEST(ThreadRanks, DifferentCollectivesAreAnError) {
  EXPECT_THROW(comm::run_threads(2,
                                 [](comm::Communicator& world) {
                                   if (world.rank() == 0) {
                                     world.barrier();
                                   } else {
                                     world.sum_value(std::int64_t{1});
                                   }
                                 }),
               base::Error);
  EXPECT_THROW(comm::run_threads(2,
                                 [](comm::Communicator& world) {
                                   std::vector<std::int64_t> values(world.rank() == 0 ? 3 : 4);
                                   world.sum(std::span(values));
                                 }),
               base::Error);
}

}  // namespace
}  // namespace fullbase::testing
