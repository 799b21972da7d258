// From a table of pairs to both sides' rows, on any ranks.
#include "algorithms/recommendation/read_interactions.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <map>
#include <mutex>
#include <vector>

#include "algorithms/recommendation/random_pairs.hpp"
#include "base/error.hpp"
#include "comm/launch.hpp"
#include "data/memory_table.hpp"
#include "error_text.hpp"

namespace fullbase::recommendation {
namespace {

using ::testing::HasSubstr;
using testing::random_pairs;
using testing::RatedPair;
using testing::table_of;

using Entries = std::map<std::pair<std::int64_t, std::int64_t>, float>;

std::vector<std::int64_t> keys_of(const SideKeys& side) {
  const auto keys = side.keys({0, side.rows()});
  return {keys.int64s().begin(), keys.int64s().end()};
}

/// Rows by `row_keys`, columns by `column_keys`; customers first.
void add_rows(const SparseRows& rows, std::int64_t first, bool turned, const std::vector<std::int64_t>& row_keys,
              const std::vector<std::int64_t>& column_keys, Entries& into) {
  for (std::int64_t row = 0; row < rows.rows(); ++row) {
    const auto columns = rows.columns_of(row);
    EXPECT_TRUE(std::ranges::is_sorted(columns, std::less_equal<>()) || columns.size() < 2);
    for (std::size_t i = 0; i < columns.size(); ++i) {
      const auto column_key = column_keys[static_cast<std::size_t>(columns[i])];
      const auto row_key = row_keys[static_cast<std::size_t>(first + row)];
      const auto pair = turned ? std::pair(column_key, row_key) : std::pair(row_key, column_key);
      EXPECT_TRUE(into.emplace(pair, rows.values_of(row)[i]).second);
    }
  }
}

struct Read {
  Entries of_customers;
  Entries of_items;
  std::int64_t missing = 0;
};

Read read(const std::vector<RatedPair>& pairs, int ranks) {
  const auto table = table_of(pairs);
  Read result;
  std::mutex mutex;
  comm::run_threads(ranks, [&](comm::Communicator& communicator) {
    data::Budget budget(1 << 28);
    const auto read = read_interactions(communicator, table, {0, 1, 2}, budget);
    const std::scoped_lock lock(mutex);
    const auto customer_keys = keys_of(read.customers);
    const auto item_keys = keys_of(read.items);
    add_rows(read.matrix.of_customers, read.matrix.customers.rows_of(communicator.rank()).first, false, customer_keys, item_keys,
             result.of_customers);
    add_rows(read.matrix.of_items, read.matrix.items.rows_of(communicator.rank()).first, true, item_keys, customer_keys,
             result.of_items);
    result.missing = read.missing;
  });
  return result;
}

TEST(ReadInteractions, BothSidesHoldEveryPairOnAnyRanks) {
  const auto pairs = random_pairs(2500, 1100, 0.004);
  Entries expected;
  for (const auto& pair : pairs) expected[{pair.customer, pair.item}] = static_cast<float>(pair.value);
  for (const int ranks : {1, 2, 3, 4}) {
    const auto found = read(pairs, ranks);
    EXPECT_EQ(found.of_customers, expected) << ranks << " ranks";
    EXPECT_EQ(found.of_items, expected) << ranks << " ranks";
    EXPECT_EQ(found.missing, 0);
  }
}

TEST(ReadInteractions, TakesFromTheBudgetWhatComesToARank) {
  const auto table = table_of(random_pairs(8000, 60, 0.2));  // the items are one block, and so one rank's
  comm::run_threads(4, [&](comm::Communicator& communicator) {
    data::Budget budget(1 << 28);
    const auto read = read_interactions(communicator, table, {0, 1, 2}, budget);
    EXPECT_GE(budget.peak(), 24 * read.matrix.of_items.entries() + 8 * read.matrix.of_customers.entries());
  });
}

TEST(ReadInteractions, LeavesOutWhatIsMissingAndRefusesWhatCannotBe) {
  auto pairs = random_pairs(60, 40, 0.5);
  pairs[7].value = data::missing_float64;
  for (const int ranks : {1, 2}) EXPECT_EQ(read(pairs, ranks).missing, 1);
  pairs[9].value = 1e39;
  for (const int ranks : {1, 2})
    EXPECT_THAT(testing::error_text([&] { read(pairs, ranks); }), HasSubstr("pairs.value[9]: the value is beyond"))
        << ranks << " ranks";
}

TEST(ReadInteractions, RefusesAPairThatStoodEarlier) {
  auto pairs = random_pairs(3000, 50, 0.05);
  pairs[4000] = pairs[17];
  pairs[5000] = pairs[18];
  for (const int ranks : {1, 3})
    EXPECT_THAT(testing::error_text([&] { read(pairs, ranks); }), HasSubstr("stood in row")) << ranks << " ranks";
  EXPECT_THAT(testing::error_text([&] { read(pairs, 1); }), HasSubstr("the item of row 4000 stood in row 17 already"));
}

TEST(ReadInteractions, RefusesATableWithoutEntries) {
  for (const int ranks : {1, 2})
    EXPECT_THAT(testing::error_text([&] { read({}, ranks); }), HasSubstr("there is no entry")) << ranks << " ranks";
  const std::vector<RatedPair> missing = {{1, 2, data::missing_float64}};
  for (const int ranks : {1, 2})
    EXPECT_THAT(testing::error_text([&] { read(missing, ranks); }), HasSubstr("there is no entry")) << ranks << " ranks";
}

}  // namespace
}  // namespace fullbase::recommendation
