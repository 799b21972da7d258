// One class mined in memory, against every subset of its items counted row by row.
#include "algorithms/itemsets/class_miner.hpp"

#include <gtest/gtest.h>

#include <bit>
#include <tuple>
#include <vector>

#include "base/cpu.hpp"
#include "base/error.hpp"
#include "parallel/stop.hpp"
#include "random/distributions.hpp"

namespace fullbase::itemsets {
namespace {

struct Row {
  std::uint32_t items = 0;  ///< a bit each
  std::uint32_t weight = 1;
};

/// Rows that follow a few patterns and stray from them, so that some sets are large and many are not frequent.
std::vector<Row> random_rows(std::int64_t count, int items, bool weighted, std::uint64_t seed) {
  const random::Generator generator(random::Key{seed});
  std::vector<Row> rows;
  for (std::int64_t r = 0; r < count; ++r) {
    Row row;
    const auto pattern = generator.below(std::uint64_t{3}, r, 1);
    for (int item = 0; item < items; ++item) {
      const bool in_pattern = (static_cast<std::uint64_t>(item) * 7 + pattern) % 3 != 0;
      const std::uint64_t chance = in_pattern ? 80 : 15 + 2 * static_cast<std::uint64_t>(item % 5);
      if (generator.below(std::uint64_t{100}, r * 64 + item, 2) < chance) row.items |= 1U << item;
    }
    if (weighted) row.weight = 1 + static_cast<std::uint32_t>(generator.below(std::uint64_t{9}, r, 3));
    rows.push_back(row);
  }
  return rows;
}

using Found = std::tuple<std::int32_t, int, std::int64_t>;

std::int64_t count_of(const std::vector<Row>& rows, std::uint32_t set) {
  std::int64_t count = 0;
  for (const auto& row : rows) count += (row.items & set) == set ? row.weight : 0;
  return count;
}

/// The definition, in the order of the search tree: subsets as binary numbers, ascending.
std::vector<Found> by_definition(const std::vector<Row>& rows, int items, const MiningOptions& options) {
  std::vector<Found> found;
  for (std::uint32_t set = 1; set < 1U << items; ++set) {
    const auto count = count_of(rows, set);
    const int size = std::popcount(set) + 1;
    if (count >= options.least && size <= options.longest) found.emplace_back(10 * std::countr_zero(set), size, count);
  }
  return found;
}

/// Columns whose items are 0, 10, 20, ...; infrequent ones are left out, as a class does.
OccurrenceClass class_of(const std::vector<Row>& rows, int items, std::int64_t least, bool as_lists, bool weighted) {
  OccurrenceClass made;
  made.rarest = 1000;
  std::vector<int> columns;
  for (int item = 0; item < items; ++item) {
    const auto count = count_of(rows, 1U << item);
    if (count < least) continue;
    columns.push_back(item);
    made.items.push_back(10 * item);
    made.counts.push_back(count);
  }
  made.pairs.clear(std::ssize(columns));
  for (std::size_t a = 0; a < columns.size(); ++a) {
    for (std::size_t b = 0; b < a; ++b) {
      if (count_of(rows, 1U << columns[a] | 1U << columns[b]) >= least)
        made.pairs.set(static_cast<std::int64_t>(a), static_cast<std::int64_t>(b));
    }
  }
  if (as_lists) {
    auto& lists = made.rows.emplace<RowLists>();
    for (const auto& row : rows) {
      for (std::size_t c = 0; c < columns.size(); ++c) {
        if ((row.items >> columns[c] & 1) != 0) lists.columns.push_back(static_cast<std::int32_t>(c));
      }
      lists.starts.push_back(std::ssize(lists.columns));
      if (weighted) lists.weights.push_back(row.weight);
    }
    lists.turn(std::ssize(columns));
    return made;
  }
  auto& bits = made.rows.emplace<BitColumns>();
  std::vector<std::vector<std::uint32_t>> by_shift(4);
  for (const auto& row : rows) {
    for (std::size_t shift = 0; shift < by_shift.size(); ++shift) {
      if ((row.weight >> shift & 1) != 0) by_shift[shift].push_back(row.items);
    }
  }
  for (std::size_t shift = 0; shift < by_shift.size(); ++shift) {
    const auto words = (std::ssize(by_shift[shift]) + 63) / 64;
    if (words > 0) bits.ranges.push_back({bits.stride, bits.stride + words, static_cast<int>(shift)});
    bits.stride += words;
  }
  bits.stride += 1;  // a word that no range has
  bits.bits.assign(columns.size() * static_cast<std::size_t>(bits.stride), 0);
  for (std::size_t c = 0; c < columns.size(); ++c) {
    auto* const column = bits.column(static_cast<std::int64_t>(c));
    column[bits.stride - 1] = ~std::uint64_t{0};
    for (const auto& range : bits.ranges) {
      const auto& some = by_shift[static_cast<std::size_t>(range.shift)];
      for (std::size_t r = 0; r < some.size(); ++r)
        column[range.first + static_cast<std::int64_t>(r / 64)] |= std::uint64_t{some[r] >> columns[c] & 1} << (r % 64);
    }
  }
  return made;
}

std::vector<Found> mined(const OccurrenceClass& rows, const MiningOptions& options, SetAllowance& allowance) {
  data::Budget budget(std::int64_t{1} << 30);
  ClassMiner miner(options, allowance, budget);
  FoundSets sets;
  for (std::int64_t child = 0; child < std::ssize(rows.items); ++child) miner.mine(rows, child, sets);
  std::vector<Found> found;
  for (std::size_t i = 0; i < sets.items.size(); ++i) found.emplace_back(sets.items[i], sets.sizes[i], sets.counts[i]);
  return found;
}

TEST(ClassMiner, FindsWhatTheDefinitionSays) {
  for (const auto isa : {base::Isa::baseline, base::machine_isa()}) {
    base::force_isa(isa);
    for (const bool weighted : {false, true}) {
      for (const std::int64_t count : {1, 5, 64, 700}) {
        for (const int items : {1, 2, 7, 12}) {
          const auto rows = random_rows(count, items, weighted, 17);
          for (const std::int64_t least : {std::int64_t{1}, count / 8 + 1, count / 3 + 1, 2 * count}) {
            for (const int longest : {2, 3, 5, 100}) {
              const MiningOptions options{least, longest, count};
              const auto expected = by_definition(rows, items, options);
              for (const bool as_lists : {false, true}) {
                SetAllowance allowance(1 << 20);
                EXPECT_EQ(mined(class_of(rows, items, least, as_lists, weighted), options, allowance), expected)
                    << count << " rows, " << items << " items, least " << least << ", longest " << longest
                    << (as_lists ? ", lists" : ", bits") << (weighted ? ", weighted" : "");
              }
            }
          }
        }
      }
    }
  }
}

TEST(ClassMiner, SearchesDeepWhereClassesAreWide) {
  // 18 and more columns do not fit one pass over patterns at the first levels.
  const auto rows = random_rows(3000, 20, true, 5);
  const MiningOptions options{1500, 100, 3000};
  SetAllowance allowance(1 << 22);
  const auto expected = by_definition(rows, 20, options);
  ASSERT_GT(expected.size(), 1000U);
  EXPECT_EQ(mined(class_of(rows, 20, options.least, false, true), options, allowance), expected);
  EXPECT_EQ(mined(class_of(rows, 20, options.least, true, true), options, allowance), expected);
}

TEST(ClassMiner, TakesItsLevelsFromTheBudget) {
  const std::vector<Row> rows(5, Row{(1U << 20) - 1});
  const auto part = class_of(rows, 20, 1, false, false);
  data::Budget budget(std::int64_t{1} << 20);
  {
    SetAllowance allowance(1 << 20);
    ClassMiner miner({1, 4, 5}, allowance, budget);
    FoundSets sets;
    miner.mine(part, 19, sets);
    EXPECT_EQ(sets.size(), 1 + 19 + 19 * 18 / 2);
    // Of the first level: a word a column, and all that a class has beside its rows.
    EXPECT_GE(budget.peak(), 8 * 19 + OccurrenceClass::bytes(19));
  }
  EXPECT_EQ(budget.available(), budget.limit());
  data::Budget too_small(OccurrenceClass::bytes(19));
  SetAllowance allowance(1 << 20);
  ClassMiner miner({1, 4, 5}, allowance, too_small);
  FoundSets sets;
  EXPECT_THROW(miner.mine(part, 19, sets), base::Error);
}

TEST(ClassMiner, EndsWithItsAllowance) {
  const auto rows = random_rows(300, 12, false, 3);
  const MiningOptions options{3, 100, 300};
  const auto found = static_cast<std::int64_t>(by_definition(rows, 12, options).size());
  ASSERT_GT(found, 2000);
  SetAllowance enough(found);
  EXPECT_EQ(std::ssize(mined(class_of(rows, 12, 3, false, false), options, enough)), found);
  SetAllowance one_less(found - 1);
  EXPECT_THROW(mined(class_of(rows, 12, 3, false, false), options, one_less), TooManySets);
}

TEST(ClassMiner, EndsWithinAChildThatIsAskedToStop) {
  const auto rows = random_rows(300, 12, false, 3);
  const MiningOptions options{3, 100, 300};
  const auto part = class_of(rows, 12, options.least, false, false);
  SetAllowance allowance(1 << 20);
  data::Budget budget(std::int64_t{1} << 30);
  ClassMiner miner(options, allowance, budget);
  FoundSets sets;
  parallel::request_stop(15);
  {
    const parallel::Stoppable scope;
    EXPECT_THROW(miner.mine(part, std::ssize(part.items) - 1, sets), base::Error);
  }
  parallel::request_stop(0);
}

TEST(ClassMiner, EstimatesWithoutBias) {
  const auto rows = random_rows(3000, 20, false, 5);
  for (const std::int64_t least : {300, 600, 1100}) {
    const MiningOptions options{least, 100, 3000};
    const auto part = class_of(rows, 20, least, false, false);
    SetAllowance allowance(1 << 24);
    const auto exact = static_cast<double>(mined(part, options, allowance).size());
    data::Budget budget(std::int64_t{1} << 30);
    ClassMiner miner(options, allowance, budget);
    double sum = 0;
    constexpr int paths = 400;
    for (int path = 0; path < paths; ++path) sum += miner.estimate(part, (path + 0.5) / paths);
    EXPECT_NEAR(sum / paths, exact, 0.1 * exact) << "least " << least;
  }
}

}  // namespace
}  // namespace fullbase::itemsets
