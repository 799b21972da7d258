// The same between processes, the messages cut small.
#include "comm/table_truths.hpp"
#include "mpi_world.hpp"

namespace fullbase::testing {
namespace {

class MpiTables : public ::testing::TestWithParam<std::int64_t> {
  void SetUp() override { world().set_message_limit(GetParam()); }
  void TearDown() override { world().set_message_limit(std::int64_t{1} << 30); }
};

TEST_P(MpiTables, ShuffleSortsTheWhole) {
  shuffle_sorts_the_whole(world());
}
TEST_P(MpiTables, ShuffleKeepsGroupsWhole) {
  shuffle_keeps_groups_whole(world());
}
TEST_P(MpiTables, RedistributionKeepsTheOrder) {
  redistribution_keeps_the_order(world());
}
TEST_P(MpiTables, RowsOfValuesArriveWhole) {
  rows_of_values_arrive_whole(world());
}
TEST_P(MpiTables, GatheringKeepsTheOrder) {
  gathering_keeps_the_order(world());
}
TEST_P(MpiTables, QuantilesAreSortedElements) {
  quantiles_are_sorted_elements(world());
}
TEST_P(MpiTables, DrawsFindTheirOwner) {
  draws_find_their_owner(world());
}
TEST_P(MpiTables, DictionariesUnite) {
  dictionaries_unite(world());
}

INSTANTIATE_TEST_SUITE_P(Messages, MpiTables, ::testing::Values(std::int64_t{1} << 14, std::int64_t{1} << 30));

}  // namespace
}  // namespace fullbase::testing
