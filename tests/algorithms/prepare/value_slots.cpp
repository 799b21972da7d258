// Slots number the values of a column in order; rows of slots are those of a plain count.
#include "algorithms/prepare/value_slots.hpp"

#include <gmock/gmock.h>

#include "comm/launch.hpp"
#include "data/make_batch.hpp"
#include "every_read.hpp"
#include "parallel/for_each.hpp"

namespace fullbase::prepare {
namespace {

using namespace fullbase::testing;
using ::testing::ElementsAre;

/// The values that occur, as text, each with its rows; then those that are missing.
std::vector<std::string> counted(const data::MemoryTable& table, int ranks = 1, int threads = 1) {
  parallel::set_thread_count(threads);
  std::vector<std::vector<std::string>> found(static_cast<std::size_t>(ranks));
  comm::run_threads(ranks, [&](comm::Communicator& communicator) {
    data::Budget budget(1 << 24);
    const auto slots = ValueSlots::build(communicator, table, 0, budget);
    const auto rows = rows_of_slots(communicator, table, 0, slots, budget);
    auto& mine = found[static_cast<std::size_t>(communicator.rank())];
    for (std::int32_t slot = 0; slot < slots.size(); ++slot) {
      if (rows[static_cast<std::size_t>(slot)] > 0)
        mine.push_back(slots.text(slot) + " " + std::to_string(rows[static_cast<std::size_t>(slot)]));
    }
    mine.push_back("missing " + std::to_string(rows.back()));
  });
  for (const auto& other : found) EXPECT_EQ(other, found.front());
  return found.front();
}

TEST(ValueSlots, AreInOrderWhateverTheType) {
  for (const int ranks : {1, 3}) {
    EXPECT_THAT(counted(make_table("t", {bool_column("x", {true, false, std::nullopt, true})}), ranks),
                ElementsAre("false 1", "true 2", "missing 1"));
    EXPECT_THAT(counted(make_table("t", {int64_column("x", {30, -4, std::nullopt, 200, 30})}), ranks),
                ElementsAre("-4 1", "30 2", "200 1", "missing 1"));
    EXPECT_THAT(counted(make_table("t", {int64_column("x", {std::int64_t{1} << 60, -(std::int64_t{1} << 60), 0})}), ranks),
                ElementsAre("-1152921504606846976 1", "0 1", "1152921504606846976 1", "missing 0"));
    EXPECT_THAT(counted(make_table("t", {category_column("x", {"b", "a", std::nullopt, "Z", "b"})}), ranks),
                ElementsAre("Z 1", "a 1", "b 2", "missing 1"));
    EXPECT_THAT(counted(make_table("t", {string_column("x", {"b", "", std::nullopt, "a", "b"})}), ranks),
                ElementsAre(" 1", "a 1", "b 2", "missing 1"));
  }
}

TEST(ValueSlots, RowsAreCountedOnAllRanksAndThreads) {
  Optional<std::string> values;
  for (int i = 0; i < 200'000; ++i) values.push_back(i % 10 == 0 ? std::nullopt : std::optional(i % 4 == 1 ? "one" : "others"));
  const auto table = make_table("t", {string_column("x", values)});
  for (const int ranks : {1, 2, 4})
    EXPECT_THAT(counted(table, ranks, 2), ElementsAre("one 50000", "others 130000", "missing 20000"));
}

TEST(ValueSlots, NoRows) {
  EXPECT_THAT(counted(make_table("t", {string_column("x", {})}), 2), ElementsAre("missing 0"));
  EXPECT_THAT(counted(make_table("t", {bool_column("x", {})}), 2), ElementsAre("missing 0"));
}

TEST(ValueSlots, FloatsAndTimesHaveNone) {
  EXPECT_FALSE(ValueSlots::takes(data::Type::float64));
  EXPECT_FALSE(ValueSlots::takes(data::Type::float32));
  EXPECT_FALSE(ValueSlots::takes(data::Type::decimal));
  EXPECT_FALSE(ValueSlots::takes(data::Type::date));
  EXPECT_FALSE(ValueSlots::takes(data::Type::timestamp));
}

TEST(ValueSlots, AReadErrorOnOneRankIsTheErrorOfAll) {
  parallel::set_thread_count(1);
  Optional<std::int64_t> values(4'000);
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<std::int64_t>(i);
  const auto table = make_table("t", {int64_column("x", values)});
  const int reads =
      break_every_read(table, [](comm::Communicator& communicator, const data::BlockSource& source, data::Budget& budget) {
        const auto slots = ValueSlots::build(communicator, source, 0, budget);
        rows_of_slots(communicator, source, 0, slots, budget);
      });
  EXPECT_GE(reads, 3 * 2);
}

}  // namespace
}  // namespace fullbase::prepare
