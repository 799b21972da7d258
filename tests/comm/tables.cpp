// Rows that move between threads as ranks, and on a rank alone.
#include <algorithm>
#include <numeric>

#include "base/error.hpp"
#include "comm/launch.hpp"
#include "comm/rows_of_test.hpp"
#include "comm/shuffle.hpp"
#include "comm/table_truths.hpp"

namespace fullbase::testing {
namespace {

class Tables : public ::testing::TestWithParam<int> {};

TEST_P(Tables, ShuffleSortsTheWhole) {
  comm::run_threads(GetParam(), shuffle_sorts_the_whole);
}
TEST_P(Tables, ShuffleKeepsGroupsWhole) {
  comm::run_threads(GetParam(), shuffle_keeps_groups_whole);
}
TEST_P(Tables, RedistributionKeepsTheOrder) {
  comm::run_threads(GetParam(), redistribution_keeps_the_order);
}
TEST_P(Tables, RowsOfValuesArriveWhole) {
  comm::run_threads(GetParam(), rows_of_values_arrive_whole);
}
TEST_P(Tables, GatheringKeepsTheOrder) {
  comm::run_threads(GetParam(), gathering_keeps_the_order);
}
TEST_P(Tables, QuantilesAreSortedElements) {
  comm::run_threads(GetParam(), quantiles_are_sorted_elements);
}
TEST_P(Tables, DrawsFindTheirOwner) {
  comm::run_threads(GetParam(), draws_find_their_owner);
}
TEST_P(Tables, DictionariesUnite) {
  comm::run_threads(GetParam(), dictionaries_unite);
}

INSTANTIATE_TEST_SUITE_P(Ranks, Tables, ::testing::Values(1, 2, 3, 4, 7));

TEST(Shuffle, AFloatIsNoKey) {
  const auto world = comm::single();
  try {
    comm::shuffle(*world, whole_table(3, 0, 1), {.keys = {6}});
    ADD_FAILURE() << "no error";
  } catch (const base::Error& error) {
    EXPECT_EQ(error.kind(), base::ErrorKind::job_file);
    EXPECT_EQ(error.where(), "column 'float'");
  }
}

TEST(Shuffle, SendsNothingFromRowsThatLieRight) {
  comm::run_threads(4, [](comm::Communicator& world) {
    const auto whole = whole_table(8 * base::block_rows, 0, 2);
    const auto owned = base::Partition(whole.rows.size(), 4).rows_of(world.rank());
    comm::shuffle(world, part_of(whole, owned.first, owned.last), {.keys = {7}});
    EXPECT_EQ(world.statistics().table().at({"shuffle", "all_to_all"}).bytes, 3 * 8);  // the counts of rows
  });
}

// The formula of the docstring: what changes rank, once, and the counts of rows.
TEST(Shuffle, SendsRowsThatChangeRankOnce) {
  constexpr int ranks = 4;
  constexpr std::int64_t rows = 20 * base::block_rows;
  const auto whole = whole_table(rows, 0, 9);
  const auto wide = whole[4].int64s();
  std::vector<std::int64_t> order(rows);
  std::iota(order.begin(), order.end(), std::int64_t{0});
  std::ranges::stable_sort(order, {}, [&](std::int64_t i) { return wide[static_cast<std::size_t>(i)]; });
  const base::Partition partition(rows, ranks);
  std::vector<std::int64_t> leaving(ranks, 0);
  for (std::int64_t i = 0; i < rows; ++i) {
    const int from = partition.owner_of_row(order[static_cast<std::size_t>(i)]);
    if (from != partition.owner_of_row(i)) ++leaving[static_cast<std::size_t>(from)];
  }
  comm::run_threads(ranks, [&](comm::Communicator& world) {
    const auto owned = partition.rows_of(world.rank());
    auto part = part_of(whole, owned.first, owned.last);
    auto two = make_batch({part[4], part[6]});
    comm::shuffle(world, std::move(two), {.keys = {0}});
    EXPECT_EQ(world.statistics().table().at({"shuffle", "all_to_all"}).bytes,
              leaving[static_cast<std::size_t>(world.rank())] * 16 + (ranks - 1) * 8);
  });
}

}  // namespace
}  // namespace fullbase::testing
