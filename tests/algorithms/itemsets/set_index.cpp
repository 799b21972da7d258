// The table of sets in memory says what the table says, and a table that is none is refused where that shows first.
#include "algorithms/itemsets/set_index.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <mutex>

#include "algorithms/itemsets/mined_sets.hpp"
#include "broken_source.hpp"
#include "comm/launch.hpp"
#include "error_text.hpp"

namespace fullbase::itemsets {
namespace {

using namespace fullbase::testing;

constexpr std::int64_t plenty = std::int64_t{1} << 30;

void read(const data::BlockSource& table, int ranks, const std::function<void(const SetIndex&)>& look = {}) {
  comm::run_threads(ranks, [&](comm::Communicator& communicator) {
    data::Budget budget(plenty);
    const auto sets = SetIndex::read(communicator, table, budget);
    if (look && communicator.is_root()) look(sets);
  });
}

TEST(SetIndex, FindsEverySetByItsItems) {
  const auto found = mined(random_baskets(200, 10, 4), 10, 8);
  read(sets_table(found), 2, [&](const SetIndex& sets) {
    ASSERT_EQ(sets.rows(), std::ssize(found.sets));
    EXPECT_EQ(sets.baskets(), 200);
    std::int64_t here = 0;
    for (std::uint32_t set = 1; set < 1U << found.items.size(); ++set) {
      std::vector<std::int32_t> items;
      for (int n = 31; n >= 0; --n) {
        if ((set >> n & 1) != 0) items.push_back(n);
      }
      const auto row = sets.find(items);
      const bool frequent = std::ranges::binary_search(found.sets, set);
      ASSERT_EQ(row, frequent ? found.row(set) : -1);
      if (!frequent) continue;
      ++here;
      EXPECT_EQ(sets.count(row), found.count(set));
      EXPECT_EQ(sets.items_of(row), items);
      EXPECT_EQ(sets.size(row), std::ssize(items));
    }
    EXPECT_EQ(here, sets.rows());
    for (std::int32_t item = 0; item < sets.items(); ++item)
      EXPECT_EQ(sets.name(item), item_name(found.items[static_cast<std::size_t>(item)]));
  });
}

TEST(SetIndex, NamesItemsThatAreNumbers) {
  // {7} {-5} {-5 7}.
  const auto table = make_table(
      "sets", {int64_column("size", {1, 1, 2}), int64_column("count", {3, 2, 1}), float64_column("support", {0.75, 0.5, 0.25}),
               int64_column("item", {7, -5, 7}), int64_column("rest", {{}, {}, 1})});
  read(table, 2, [&](const SetIndex& sets) {
    EXPECT_EQ(sets.baskets(), 4);
    EXPECT_EQ(sets.name(0), "7");
    EXPECT_EQ(sets.name(1), "-5");
    EXPECT_EQ(sets.with(1, 0), 2);
  });
}

TEST(SetIndex, KnowsTheNumberOfBasketsFromSupports) {
  for (const std::int64_t baskets :
       {std::int64_t{1}, std::int64_t{3}, std::int64_t{9835}, (std::int64_t{1} << 51) - 1, std::int64_t{1'000'000'000'000'007}}) {
    for (const std::int64_t count : {std::int64_t{1}, baskets / 3, baskets - 1, baskets}) {
      if (count < 1) continue;
      const MinedSets one{.sets = {1}, .counts = {count}, .baskets = baskets, .items = {0}};
      read(sets_table(one), 1, [&](const SetIndex& sets) { EXPECT_EQ(sets.baskets(), baskets); });
    }
  }
}

TEST(SetIndex, RefusesATableThatIsNone) {
  const auto found = mined(random_baskets(200, 8, 4), 8, 2);
  // Rows of {0} {1} {1 0} {2} {2 0} {2 1} {2 1 0}.
  ASSERT_EQ(found.sets[6], 7U);
  const auto refused = [&](const char* where, const char* why, const std::function<void(SetColumns&)>& damage) {
    auto columns = set_columns(found);
    damage(columns);
    const auto table = sets_table(columns);
    for (const int ranks : {1, 3}) {
      const auto text = error_text([&] { read(table, ranks); });
      EXPECT_NE(text.find(where), std::string::npos) << text;
      EXPECT_NE(text.find(why), std::string::npos) << text;
    }
  };
  refused("sets.support[3]", "is not count / baskets", [](SetColumns& c) { c.support[3] += 1e-9; });
  refused("sets.support[0]", "is not count / baskets", [](SetColumns& c) { c.support[0] = 0; });
  refused("sets.support[2]", "is not count / baskets", [](SetColumns& c) { c.support[2] = data::missing_float64; });
  refused("sets.support[5]", "is not count / baskets", [](SetColumns& c) { c.count[5] = *c.count[5] + 1; });
  refused("sets.count[5]", "a value is missing", [](SetColumns& c) { c.count[5] = {}; });
  refused("sets.item[4]", "a value is missing", [](SetColumns& c) { c.item[4] = {}; });
  refused("sets.size[2]", "0 items", [](SetColumns& c) { c.size[2] = 0; });
  refused("sets.size[2]", "not all subsets of 29 items are here", [](SetColumns& c) { c.size[2] = 29; });
  refused("sets.size[6]", "2 items, and 2 in row 5", [](SetColumns& c) { c.size[6] = 2; });
  refused("sets.rest[4]", "9 is no earlier row", [](SetColumns& c) { c.rest[4] = 9; });
  refused("sets.rest[4]", "-1 is no earlier row", [](SetColumns& c) { c.rest[4] = -1; });
  refused("sets.rest[6]", "a set of 3 items without a rest", [](SetColumns& c) { c.rest[6] = {}; });
  refused("sets.item[1]", "has a set of its own before", [](SetColumns& c) { c.item[1] = c.item[0]; });
  refused("sets.item[2]", "no earlier row has 'x' alone", [](SetColumns& c) { c.item[2] = "x"; });
  refused("sets.item[2]", "is rarer than an item of row 1", [](SetColumns& c) { c.item[2] = c.item[1]; });
  refused("sets.rest[5]", "do not stand in their order", [](SetColumns& c) { std::swap(c.item[4], c.item[5]); });
  refused("sets.rest[4]", "do not stand in their order", [](SetColumns& c) { c.rest[4] = 1; });
  refused("sets.count[6]", "baskets have the items of this row", [](SetColumns& c) {
    c.count[6] = *c.count[4] + 1;
    c.support[6] = static_cast<double>(*c.count[6]) / 200;
  });
}

TEST(SetIndex, RefusesATableWithoutASubsetOfASet) {
  // {0} {1} {2} {2 0} {2 1} {2 1 0} {3}: {1 0} is not there.
  const SetColumns columns{.size = {1, 1, 1, 2, 2, 3, 1},
                           .count = {4, 4, 4, 3, 3, 2, 1},
                           .support = {0.8, 0.8, 0.8, 0.6, 0.6, 0.4, 0.2},
                           .item = {"a", "b", "c", "a", "b", "a", "d"},
                           .rest = {{}, {}, {}, 2, 2, 4, {}}};
  // Their one block is of the second of two ranks.
  const auto text = error_text([&] { read(sets_table(columns), 2); });
  EXPECT_EQ(text,
            "rank 1: sets.item[5]: this is no table of itemsets: no row has the items of this one without 'c'; take the table "
            "of an itemsets step, all its rows as they are");
}

TEST(SetIndex, AFailedReadOfOneRankIsThatOfAll) {
  const auto table = sets_table(mined(random_baskets(200, 8, 4), 8, 8));
  for (int broken = 0; broken < 3; ++broken) {
    const BrokenSource cannot_read(table, {0, table.rows()});
    std::mutex mutex;
    std::vector<std::string> texts;
    comm::run_threads(3, [&](comm::Communicator& communicator) {
      data::Budget budget(plenty);
      const data::BlockSource& source =
          communicator.rank() == broken ? static_cast<const data::BlockSource&>(cannot_read) : table;
      const auto text = error_text([&] { SetIndex::read(communicator, source, budget); }, base::ErrorKind::io);
      const std::scoped_lock lock(mutex);
      texts.push_back(text);
      EXPECT_EQ(budget.available(), plenty);
    });
    EXPECT_EQ(texts, std::vector<std::string>(3, fmt::format("rank {}: sets: cannot read", broken)));
  }
}

TEST(SetIndex, SaysThatEveryRankHoldsItWhole) {
  const auto found = mined(random_baskets(200, 10, 4), 10, 8);
  const auto table = sets_table(found);
  comm::run_threads(2, [&](comm::Communicator& communicator) {
    data::Budget budget(100);
    try {
      SetIndex::read(communicator, table, budget);
      ADD_FAILURE() << "nothing was thrown";
    } catch (const base::Error& error) {
      EXPECT_EQ(error.kind(), base::ErrorKind::job_file);
      EXPECT_NE(error.problem().find("on every rank"), std::string::npos) << error.what();
      EXPECT_EQ(error.advice().find("more ranks"), std::string::npos) << error.what();
      EXPECT_NE(error.advice().find("a greater support"), std::string::npos) << error.what();
    }
  });
}

}  // namespace
}  // namespace fullbase::itemsets
