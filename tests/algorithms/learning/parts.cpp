// Rows of one value fall into one part, whichever other rows there are; strata are the values of a column.
#include <gmock/gmock.h>

#include <algorithm>
#include <map>
#include <mutex>
#include <set>

#include "algorithms/learning/folds.hpp"
#include "algorithms/learning/parts_by_value.hpp"
#include "algorithms/learning/strata.hpp"
#include "comm/launch.hpp"
#include "data/make_batch.hpp"
#include "error_text.hpp"
#include "every_read.hpp"
#include "parallel/for_each.hpp"

namespace fullbase::learning {
namespace {

using namespace fullbase::testing;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

const random::Key key = random::make_key(42, "parts", "test");
const std::vector<double> fifth = {0.2, 0.8};

struct Parts {
  std::vector<std::int32_t> of_rows;
  std::int64_t missing = 0;
};

Parts by_value(const data::MemoryTable& table, std::span<const double> shares, int ranks = 1, int threads = 1,
               random::Key seed = key) {
  parallel::set_thread_count(threads);
  Parts all;
  all.of_rows.resize(static_cast<std::size_t>(table.rows()));
  std::mutex mutex;
  comm::run_threads(ranks, [&](comm::Communicator& communicator) {
    data::Budget budget(1 << 24);
    const auto mine = assign_parts_by_value(communicator, seed, table, 0, shares, budget);
    const auto local = base::Partition(table.rows(), ranks).rows_of(communicator.rank());
    const std::scoped_lock lock(mutex);
    std::ranges::copy(mine.parts, all.of_rows.begin() + local.first);
    all.missing = mine.missing;
  });
  return all;
}

Optional<std::string> customers(int rows, int of) {
  Optional<std::string> values;
  for (int i = 0; i < rows; ++i) values.push_back("customer " + std::to_string(i * 7'919 % of));
  return values;
}

TEST(PartsByValue, AValueIsInOnePartAndStaysThere) {
  const auto few = customers(6'000, 900);
  auto more = customers(9'000, 1'300);
  const auto first = by_value(make_table("t", {string_column("customer", few)}), fifth, 3, 2);
  const auto later = by_value(make_table("t", {category_column("customer", more)}), fifth, 2);
  std::map<std::string, std::int32_t> part;
  for (std::size_t i = 0; i < few.size(); ++i) EXPECT_EQ(part.emplace(*few[i], first.of_rows[i]).first->second, first.of_rows[i]);
  for (std::size_t i = 0; i < more.size(); ++i)
    EXPECT_EQ(part.emplace(*more[i], later.of_rows[i]).first->second, later.of_rows[i]);
  EXPECT_EQ(part.size(), 1'300U);
}

TEST(PartsByValue, SharesAreMetByTheValuesAboutAsABinomialDraw) {
  const std::vector<double> shares = {0.1, 0.2, 0.7};
  Optional<std::int64_t> values;
  for (std::int64_t i = 0; i < 20'000; ++i) values.push_back(i * i);
  const auto parts = by_value(make_table("t", {int64_column("customer", values)}), shares).of_rows;
  for (std::size_t p = 0; p < shares.size(); ++p) {
    const double deviation = std::sqrt(20'000 * shares[p] * (1 - shares[p]));
    EXPECT_NEAR(static_cast<double>(std::ranges::count(parts, static_cast<std::int32_t>(p))), 20'000 * shares[p], 4 * deviation);
  }
}

TEST(PartsByValue, AnotherKeyDrawsOthers) {
  const auto table = make_table("t", {string_column("customer", customers(5'000, 5'000))});
  const auto one = by_value(table, std::vector<double>{0.5, 0.5}).of_rows;
  const auto other = by_value(table, std::vector<double>{0.5, 0.5}, 1, 1, random::make_key(43, "parts", "test")).of_rows;
  int agreed = 0;
  for (std::size_t i = 0; i < one.size(); ++i) agreed += one[i] == other[i];
  EXPECT_NEAR(agreed, 2'500, 4 * 36);
}

TEST(PartsByValue, RowsOfNobodyFallByThemselves) {
  const auto table = make_table("t", {int64_column("customer", Optional<std::int64_t>(8'000))});
  const auto found = by_value(table, std::vector<double>{0.5, 0.5}, 3);
  EXPECT_EQ(found.missing, 8'000);
  EXPECT_NEAR(static_cast<double>(std::ranges::count(found.of_rows, 0)), 4'000, 4 * 45);
  EXPECT_EQ(found.of_rows, by_value(table, std::vector<double>{0.5, 0.5}, 1, 2).of_rows);
}

TEST(PartsByValue, AreTheSameOnAnyRanksAndThreads) {
  const auto table = make_table("t", {string_column("customer", customers(150'000, 800))});
  const auto one = by_value(table, fifth).of_rows;
  for (const auto& [ranks, threads] : std::vector<std::pair<int, int>>{{2, 1}, {3, 2}, {4, 1}, {1, 2}})
    EXPECT_EQ(by_value(table, fifth, ranks, threads).of_rows, one);
}

TEST(PartsByValue, AReadErrorOnOneRankIsTheErrorOfAll) {
  parallel::set_thread_count(1);
  const auto table = make_table("t", {string_column("customer", customers(4'000, 800))});
  EXPECT_EQ(
      break_every_read(table, [](comm::Communicator& communicator, const data::BlockSource& source,
                                 data::Budget& budget) { assign_parts_by_value(communicator, key, source, 0, fifth, budget); }),
      3);
}

TEST(Strata, AreTheValuesAndThoseWithout) {
  for (const int ranks : {1, 2}) {
    comm::run_threads(ranks, [](comm::Communicator& communicator) {
      data::Budget budget(1 << 20);
      const auto table = make_table("t", {category_column("x", {"b", "a", std::nullopt, "b"})});
      const auto strata = read_strata(communicator, table, 0, budget);
      EXPECT_EQ(strata.count(), 3);
      EXPECT_EQ(strata.rows, (std::vector<std::int64_t>{1, 2, 1}));
      EXPECT_EQ(strata.name(1), "b");
      EXPECT_EQ(strata.name(2), "(missing)");
      // Four rows are one block, of the last rank.
      const bool none = base::Partition(4, communicator.size()).rows_of(communicator.rank()).empty();
      EXPECT_EQ(strata.codes, none ? std::vector<std::int32_t>() : std::vector<std::int32_t>({1, 0, 2, 1}));
    });
  }
}

TEST(Strata, TooManyAreAnErrorOfAllRanks) {
  Optional<std::int64_t> values;
  for (std::int64_t i = 0; i < 5'000; ++i) values.push_back(i % 1'001);
  const auto many = make_table("customers", {int64_column("x", values)});
  for (auto& value : values) value = std::max<std::int64_t>(*value, 1);
  const auto just = make_table("customers", {int64_column("x", values)});
  comm::run_threads(3, [&](comm::Communicator& communicator) {
    data::Budget budget(1 << 20);
    EXPECT_EQ(std::ranges::count_if(read_strata(communicator, just, 0, budget).rows, [](auto rows) { return rows > 0; }), 1'000);
    EXPECT_THAT(error_text([&] { read_strata(communicator, many, 0, budget); }),
                HasSubstr("customers.x: the column has 1,001 values"));
  });
}

}  // namespace
}  // namespace fullbase::learning
