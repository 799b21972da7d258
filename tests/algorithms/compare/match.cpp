// Rows of two tables find each other by key, whatever the ranks, the memory and the order in which the rows lie.
#include "algorithms/compare/match.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <map>
#include <mutex>
#include <random>

#include "base/error.hpp"
#include "comm/launch.hpp"
#include "data/make_batch.hpp"

namespace fullbase::compare {
namespace {

using namespace fullbase::testing;
using ::testing::HasSubstr;

constexpr std::int64_t plenty = std::int64_t{1} << 30;
constexpr std::int64_t little = std::int64_t{1} << 10;
const std::vector<std::string> by_id = {"id"};

/// key -> row in the earlier and in the later table.
using Pairs = std::map<std::string, std::pair<std::int64_t, std::int64_t>>;

struct Outcome {
  Pairs pairs;
  MatchCounts counts;
};

std::string key_of(const MatchedRows& rows, std::int64_t position) {
  std::string text;
  for (std::size_t k = 0; k < rows.keys; ++k) {
    const auto& column = rows.rows.columns[k];
    text += column.field().type == data::Type::int64 ? std::to_string(column.int64s()[static_cast<std::size_t>(position)])
                                                     : std::string(column.text(position));
    text += '|';
  }
  return text;
}

Outcome match(const data::MemoryTable& earlier, const data::MemoryTable& later, int ranks, std::int64_t memory,
              const std::vector<std::string>& keys = by_id) {
  Outcome outcome;
  std::mutex mutex;
  comm::run_threads(ranks, [&](comm::Communicator& communicator) {
    data::Budget budget(memory);
    const MatchRequest request{earlier, later, key_columns(earlier, later, keys), {}};
    const auto counts = match_rows(communicator, request, budget, [&](const MatchedRows& rows) {
      const std::scoped_lock lock(mutex);
      for (const auto& found : rows.matches) {
        const std::pair numbers(found.before < 0 ? -1 : rows.row_number(found.before),
                                found.after < 0 ? -1 : rows.row_number(found.after));
        const bool fresh = outcome.pairs.emplace(key_of(rows, std::max(found.before, found.after)), numbers).second;
        EXPECT_TRUE(fresh);
      }
    });
    EXPECT_EQ(budget.available(), memory);
    if (communicator.is_root()) outcome.counts = counts;
  });
  return outcome;
}

std::string complaint(const data::MemoryTable& earlier, const data::MemoryTable& later, int ranks, std::int64_t memory,
                      const std::vector<std::string>& keys = by_id) {
  try {
    match(earlier, later, ranks, memory, keys);
  } catch (const base::Error& error) {
    EXPECT_EQ(error.kind(), base::ErrorKind::input_data);
    EXPECT_TRUE(error.is_known_to_all());
    return error.what();
  }
  return {};
}

Optional<std::int64_t> shuffled_ids(std::int64_t first, std::int64_t last, unsigned seed) {
  Optional<std::int64_t> ids;
  for (auto id = first; id < last; ++id) ids.emplace_back(id * 7919 % 1'000'003);
  std::shuffle(ids.begin(), ids.end(), std::mt19937(seed));
  return ids;
}

TEST(MatchRows, EveryKeyIsMetOnceWithItsRows) {
  const auto before = shuffled_ids(0, 9'000, 1);
  auto after = shuffled_ids(2'000, 12'000, 2);
  after[17] = {};
  Pairs expected;
  for (std::int64_t row = 0; row < std::ssize(before); ++row) {
    expected.emplace(std::to_string(*before[static_cast<std::size_t>(row)]) + "|", std::pair(row, std::int64_t{-1}));
  }
  for (std::int64_t row = 0; row < std::ssize(after); ++row) {
    const auto& id = after[static_cast<std::size_t>(row)];
    if (id) expected.emplace(std::to_string(*id) + "|", std::pair(std::int64_t{-1}, row)).first->second.second = row;
  }
  const auto earlier = make_table("old", {int64_column("id", before)});
  const auto later = make_table("new", {int64_column("id", after)});
  for (const int ranks : {1, 2, 3, 4}) {
    for (const auto memory : {plenty, little}) {
      const auto outcome = match(earlier, later, ranks, memory);
      EXPECT_EQ(outcome.pairs, expected);
      EXPECT_EQ(outcome.counts.matched + outcome.counts.after_only, 9'999);
      EXPECT_EQ(outcome.counts.matched + outcome.counts.before_only, 9'000);
      EXPECT_EQ(outcome.counts.after_without_key, 1);
      EXPECT_EQ(outcome.counts.before_without_key, 0);
    }
  }
}

TEST(MatchRows, CategoriesAndTextsAreKeysByTheirTexts) {
  const auto earlier = make_table("old", {category_column("id", {"b", "a", "d"})});
  const auto texts = make_table("new", {string_column("id", {"c", "b", "a"})});
  const auto categories = make_table("new", {category_column("id", {"c", "b", "a"})});
  const Pairs expected = {{"a|", {1, 2}}, {"b|", {0, 1}}, {"c|", {-1, 0}}, {"d|", {2, -1}}};
  for (const int ranks : {1, 3}) {
    EXPECT_EQ(match(earlier, texts, ranks, plenty).pairs, expected);
    EXPECT_EQ(match(earlier, categories, ranks, plenty).pairs, expected);
    EXPECT_EQ(match(earlier, categories, ranks, little).pairs, expected);
  }
}

TEST(MatchRows, TwoColumnsMakeAKey) {
  const auto earlier = make_table("old", {int64_column("id", {1, 1, 2}), string_column("shop", {"x", "y", "x"})});
  const auto later = make_table("new", {int64_column("id", {1, 2, 2}), string_column("shop", {"y", "y", "x"})});
  const Pairs expected = {{"1|x|", {0, -1}}, {"1|y|", {1, 0}}, {"2|x|", {2, 2}}, {"2|y|", {-1, 1}}};
  EXPECT_EQ(match(earlier, later, 2, plenty, {"id", "shop"}).pairs, expected);
}

TEST(MatchRows, EmptyTablesMatchNothing) {
  const auto empty = make_table("old", {int64_column("id", {})});
  const auto later = make_table("new", {int64_column("id", {5})});
  EXPECT_EQ(match(empty, later, 4, plenty).pairs, (Pairs{{"5|", {-1, 0}}}));
  EXPECT_TRUE(match(empty, empty, 2, plenty).pairs.empty());
}

TEST(MatchRows, ARepeatedKeyIsNamedWithItsFirstRow) {
  auto ids = shuffled_ids(0, 20'000, 3);
  const auto good = make_table("old", {int64_column("id", ids)});
  ids[19'000] = *ids[4];
  ids[9'000] = *ids[8'999];
  const auto bad = make_table("new", {int64_column("id", ids)});
  for (const int ranks : {1, 3}) {
    for (const auto memory : {plenty, little}) {
      EXPECT_THAT(complaint(good, bad, ranks, memory),
                  HasSubstr("new.id: 2 rows repeat the key of an earlier one; the first is row 9000, with the key of row 8999"));
      EXPECT_EQ(complaint(good, good, ranks, memory), "");
    }
  }
}

TEST(MatchRows, ARepeatedKeyOfTwoColumnsIsShownWhole) {
  const auto good = make_table("old", {int64_column("id", {1}), string_column("shop", {"x"})});
  const auto bad = make_table("new", {int64_column("id", {1, 2, 1}), string_column("shop", {"x", "x", "x"})});
  EXPECT_THAT(complaint(good, bad, 2, plenty, {"id", "shop"}),
              HasSubstr("new.(id, shop): 1 row repeats the key of an earlier one; the first is row 2, with the key of row 0"));
}

TEST(MatchRows, KeysOfOtherTypesAreRefused) {
  const auto number = make_table("old", {int64_column("id", {1})});
  const auto text = make_table("new", {string_column("id", {"1"})});
  const auto real = make_table("new", {float64_column("id", {1})});
  EXPECT_THAT(complaint(number, text, 1, plenty), HasSubstr("new: 'id' is string here and int64 in old"));
  EXPECT_THAT(complaint(real, real, 1, plenty), HasSubstr("is float64, which is no key"));
  EXPECT_THAT(complaint(number, number, 2, plenty, {"customer"}), HasSubstr("there is no column 'customer'"));
}

TEST(MatchRows, WhatFailsOnOneRankIsThrownOnAll) {
  const auto table = make_table("t", {int64_column("id", shuffled_ids(0, 5'000, 4))});
  for (int failing = 0; failing < 3; ++failing) {
    std::atomic<int> thrown = 0;
    comm::run_threads(3, [&](comm::Communicator& communicator) {
      data::Budget budget(plenty);
      const MatchRequest request{table, table, key_columns(table, table, by_id), {}};
      try {
        match_rows(communicator, request, budget, [&](const MatchedRows&) {
          if (communicator.rank() == failing) throw base::input_error("planted");
        });
      } catch (const base::Error& error) {
        if (error.problem() == "planted") ++thrown;
      }
    });
    EXPECT_EQ(thrown, 3);
  }
}

}  // namespace
}  // namespace fullbase::compare
