// Lists written as a table and read back, on any ranks.
#include "algorithms/recommendation/ranked_table.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <mutex>
#include <utility>
#include <vector>

#include "algorithms/recommendation/random_pairs.hpp"
#include "algorithms/recommendation/read_interactions.hpp"
#include "base/error.hpp"
#include "comm/launch.hpp"
#include "data/memory_table.hpp"
#include "error_text.hpp"
#include "parallel/for_each.hpp"

namespace fullbase::recommendation {
namespace {

using ::testing::HasSubstr;

constexpr std::int64_t customers = 3000;
constexpr std::int64_t items = 50;

/// One pair for each customer, 3 u, and each item, 1000 - i.
data::MemoryTable few_pairs() {
  std::vector<testing::RatedPair> pairs;
  for (std::int64_t u = 0; u < customers; ++u) pairs.push_back({3 * u, 1000 - u % items, 1});
  return testing::table_of(pairs);
}

/// Nothing for customers 0 to 1499, then u mod 17 items.
std::vector<std::pair<std::int32_t, float>> list_of(std::int64_t row) {
  std::vector<std::pair<std::int32_t, float>> list;
  for (std::int32_t k = 0; row >= 1500 && k < row % 17; ++k)
    list.emplace_back(static_cast<std::int32_t>((row + 3 * k) % items), static_cast<float>(-k / 2));
  // Of equal scores the lowest id is first.
  std::ranges::sort(list, {}, [](const auto& entry) { return std::pair(-entry.second, entry.first); });
  return list;
}

RankedRows lists_of(base::RowRange rows) {
  RankedRows lists;
  for (auto row = rows.first; row < rows.last; ++row) {
    for (const auto& [id, score] : list_of(row)) {
      lists.ids.push_back(id);
      lists.scores.push_back(score);
    }
    lists.starts.push_back(std::ssize(lists.ids));
  }
  return lists;
}

const RankedTable layout{.row = {.name = "customer", .type = data::Type::int64},
                         .listed = {.name = "item", .type = data::Type::int64},
                         .score = "liking",
                         .more = {{.name = "place", .type = data::Type::int64}}};

data::MemoryTable written(int ranks) {
  const auto pairs = few_pairs();
  data::MemorySink sink;
  comm::run_threads(ranks, [&](comm::Communicator& communicator) {
    data::Budget budget(1 << 28);
    const auto read = read_interactions(communicator, pairs, {0, 1, 2}, budget);
    const auto lists = lists_of(read.matrix.customers.rows_of(communicator.rank()));
    const auto before = communicator.exclusive_sum(lists.entries());
    write_ranked(communicator, lists, read.matrix.customers, read.customers, read.items, layout, sink,
                 [&](std::int64_t first, std::int64_t last) {
                   std::vector<std::int64_t> places;
                   for (auto entry = first; entry < last; ++entry) places.push_back(before + entry);
                   std::vector<data::Column> columns;
                   columns.emplace_back(layout.more[0], std::move(places));
                   return columns;
                 });
  });
  return sink.table("lists");
}

TEST(RankedTable, HasARowAnEntryInTheOrderOfRowsOnAnyRanks) {
  const auto threads = parallel::thread_count();
  for (const int ranks : {1, 2, 3, 4}) {
    parallel::set_thread_count(ranks % 2 + 1);
    const auto table = written(ranks);
    EXPECT_EQ(table.schema(), layout.schema());
    const auto& all = table.whole();
    std::int64_t at = 0;
    for (std::int64_t row = 0; row < customers; ++row) {
      std::int64_t rank = 0;
      for (const auto& [id, score] : list_of(row)) {
        ASSERT_LT(at, table.rows());
        ASSERT_EQ(all[0].int64s()[static_cast<std::size_t>(at)], 3 * row);
        ASSERT_EQ(all[1].int64s()[static_cast<std::size_t>(at)], ++rank);
        ASSERT_EQ(all[2].int64s()[static_cast<std::size_t>(at)], 1000 - items + 1 + id);  // keys ascend
        ASSERT_EQ(all[3].float32s()[static_cast<std::size_t>(at)], score);
        ASSERT_EQ(all[4].int64s()[static_cast<std::size_t>(at)], at);
        ++at;
      }
    }
    EXPECT_EQ(at, table.rows()) << ranks << " ranks";
  }
  parallel::set_thread_count(threads);
}

/// What ranks have read, one after the other.
std::vector<std::vector<std::pair<std::int32_t, float>>> read_back(const data::MemoryTable& table, int ranks) {
  const auto pairs = few_pairs();
  std::vector<RankedRows> parts(static_cast<std::size_t>(ranks));
  comm::run_threads(ranks, [&](comm::Communicator& communicator) {
    data::Budget budget(1 << 28);
    const auto read = read_interactions(communicator, pairs, {0, 1, 2}, budget);
    auto lists = read_ranked(communicator, table, {}, read.customers, read.matrix.customers, read.items, budget);
    EXPECT_EQ(lists.memory.bytes(), 8 * lists.lists.entries() + 8 * lists.lists.rows());
    parts[static_cast<std::size_t>(communicator.rank())] = std::move(lists.lists);
  });
  std::vector<std::vector<std::pair<std::int32_t, float>>> all;
  for (const auto& part : parts) {
    for (std::int64_t row = 0; row < part.rows(); ++row) {
      auto& list = all.emplace_back();
      for (std::int64_t k = 0; k < part.length(row); ++k)
        list.emplace_back(part.ids_of(row)[static_cast<std::size_t>(k)], part.scores_of(row)[static_cast<std::size_t>(k)]);
    }
  }
  return all;
}

TEST(RankedTable, IsReadBackAsItWasWhateverTheOrderOfItsRows) {
  std::vector<std::vector<std::pair<std::int32_t, float>>> expected;
  for (std::int64_t row = 0; row < customers; ++row) expected.push_back(list_of(row));
  const auto table = written(2);
  auto turned = data::empty_batch(table.schema(), std::vector<data::DictionaryPointer>(5));
  for (auto row = table.rows() - 1; row >= 0; --row) {
    for (std::size_t c = 0; c < turned.columns.size(); ++c) turned.columns[c].append_from(table.whole()[c], row);
  }
  turned.rows = table.whole().rows;
  const data::MemoryTable backwards("backwards", std::move(turned));
  for (const int ranks : {1, 2, 3, 4}) {
    EXPECT_EQ(read_back(table, ranks), expected) << ranks << " ranks";
    EXPECT_EQ(read_back(backwards, ranks), expected) << ranks << " ranks";
  }
}

/// Columns customer, rank, item, score.
data::MemoryTable table_of_entries(const std::vector<std::int64_t>& of, const std::vector<std::int64_t>& listed,
                                   std::vector<double> scores) {
  data::Batch batch{{0, std::ssize(of)}, {}};
  batch.columns.emplace_back(data::Field{.name = "customer", .type = data::Type::int64}, of);
  batch.columns.emplace_back(data::Field{.name = "rank", .type = data::Type::int64}, std::vector<std::int64_t>(of.size(), 1));
  batch.columns.emplace_back(data::Field{.name = "item", .type = data::Type::int64}, listed);
  batch.columns.emplace_back(data::Field{.name = "score", .type = data::Type::float64, .nullable = true}, std::move(scores));
  return {"lists", std::move(batch)};
}

TEST(RankedTable, LeavesOutWhatKeysDoNotKnowAndWhatIsMissing) {
  const auto table = table_of_entries({3, 4, 3, 3}, {1000, 1000, 7, 999}, {0.5, 0.5, 0.5, data::missing_float64});
  for (const int ranks : {1, 3}) {
    const auto lists = read_back(table, ranks);
    ASSERT_EQ(std::ssize(lists), customers);
    EXPECT_THAT(lists[1], ::testing::ElementsAre(std::pair(std::int32_t{items - 1}, 0.5F)));
    EXPECT_TRUE(std::ranges::all_of(lists, [&](const auto& list) { return list.empty() || &list == &lists[1]; }));
  }
}

TEST(RankedTable, RefusesAListThatHasSomethingTwice) {
  const auto table = table_of_entries({3, 6, 3, 6}, {1000, 999, 1000, 999}, {3, 2, 1, 2});
  for (const int ranks : {1, 3})
    EXPECT_THAT(testing::error_text([&] { read_back(table, ranks); }),
                HasSubstr("lists: the pair of row 2 stood in row 0 already"))
        << ranks << " ranks";
}

}  // namespace
}  // namespace fullbase::recommendation
