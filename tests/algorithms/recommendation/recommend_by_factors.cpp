// Lists by factors against all scores at once, over ranks, threads and budgets.
#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "algorithms/recommendation/random_matrix.hpp"
#include "algorithms/recommendation/recommend.hpp"
#include "base/block.hpp"
#include "base/error.hpp"
#include "comm/launch.hpp"
#include "error_text.hpp"
#include "parallel/for_each.hpp"
#include "random/distributions.hpp"

namespace fullbase::recommendation {
namespace {

using testing::DenseMatrix;
using ::testing::HasSubstr;

constexpr int rank_of_factors = 9;
constexpr std::int64_t plenty = 1 << 28;

/// Halves, so that many scores are equal; customer 7 and item 11 say nothing.
FactorRows factors_of(base::RowRange rows, std::uint64_t side, bool biases) {
  const random::Generator draws(random::Key{side});
  FactorRows factors(rows.size(), rank_of_factors + (biases ? 2 : 0));
  for (auto row = rows.first; row < rows.last; ++row) {
    for (int f = 0; f < factors.size(); ++f)
      factors.row(row - rows.first)[f] = static_cast<float>(std::round(random::normal(draws, row, f))) / 2;
    if (row == (side == 0 ? 7 : 11)) std::fill_n(factors.row(row - rows.first), factors.size(), 0.0F);
    if (biases) factors.row(row - rows.first)[side == 0 ? rank_of_factors + 1 : rank_of_factors] = 1;
  }
  return factors;
}

Factors factors_of_rank(const DenseMatrix& matrix, int rank, int ranks, bool biases) {
  Factors factors;
  factors.rank = rank_of_factors;
  factors.biases = biases;
  factors.mean = biases ? 3.25 : 0;
  factors.customers = factors_of(base::Partition(matrix.customers, ranks).rows_of(rank), 0, biases);
  factors.items = factors_of(base::Partition(matrix.items, ranks).rows_of(rank), 1, biases);
  return factors;
}

float score_of(const Factors& factors, std::int64_t customer, std::int64_t item) {
  float sum = 0;
  for (int f = 0; f < factors.columns(); ++f) sum = std::fma(factors.customers.row(customer)[f], factors.items.row(item)[f], sum);
  return static_cast<float>(factors.mean) + sum;
}

using Lists = std::vector<std::vector<std::pair<float, std::int32_t>>>;

/// All items in order, cut.
Lists by_definition(const DenseMatrix& matrix, bool biases, const TopOptions& options) {
  const auto factors = factors_of_rank(matrix, 0, 1, biases);
  Lists lists;
  for (std::int64_t customer = 0; customer < matrix.customers; ++customer) {
    auto& list = lists.emplace_back();
    for (std::int64_t item = 0; item < matrix.items && customer != 7; ++item) {
      const bool offered = options.offered.empty() || options.offered[static_cast<std::size_t>(item)] != 0;
      if (item != 11 && offered && (options.again || matrix.at(customer, item) == 0))
        list.emplace_back(score_of(factors, customer, item), static_cast<std::int32_t>(item));
    }
    std::ranges::sort(list, {}, [](const auto& entry) { return std::pair(-entry.first, entry.second); });
    if (std::ssize(list) > options.top) list.resize(static_cast<std::size_t>(options.top));
  }
  return lists;
}

Lists found(const DenseMatrix& matrix, bool biases, const TopOptions& options, int ranks, std::int64_t budget_bytes) {
  std::vector<RankedRows> parts(static_cast<std::size_t>(ranks));
  comm::run_threads(ranks, [&](comm::Communicator& communicator) {
    data::Budget budget(budget_bytes);
    const auto rank = communicator.rank();
    parts[static_cast<std::size_t>(rank)] = top_by_factors(communicator, testing::of_rank(matrix, rank, ranks),
                                                           factors_of_rank(matrix, rank, ranks, biases), options, budget);
  });
  Lists lists;
  for (const auto& part : parts) {
    for (std::int64_t row = 0; row < part.rows(); ++row) {
      auto& list = lists.emplace_back();
      for (std::int64_t k = 0; k < part.length(row); ++k)
        list.emplace_back(part.scores_of(row)[static_cast<std::size_t>(k)], part.ids_of(row)[static_cast<std::size_t>(k)]);
    }
  }
  return lists;
}

TEST(TopByFactors, AreTheBestOfAllScores) {
  const auto matrix = testing::random_matrix(300, 170, 0.2);
  std::vector<std::uint8_t> some(170, 1);
  for (std::size_t item = 0; item < some.size(); item += 3) some[item] = 0;
  for (const bool biases : {false, true}) {
    for (const std::int64_t top : {1, 10, 1000}) {
      for (const bool again : {false, true}) {
        const TopOptions options{.top = top, .again = again};
        EXPECT_EQ(found(matrix, biases, options, 1, plenty), by_definition(matrix, biases, options)) << top << again;
        const TopOptions fewer{.top = top, .again = again, .offered = some};
        EXPECT_EQ(found(matrix, biases, fewer, 1, plenty), by_definition(matrix, biases, fewer)) << top << again;
      }
    }
  }
}

TEST(TopByFactors, AreTheSameOnAnyRanksThreadsAndBudget) {
  const auto matrix = testing::random_matrix(2500, 1300, 0.02);
  const auto expected = by_definition(matrix, true, {});
  const auto threads = parallel::thread_count();
  for (const int ranks : {1, 2, 3, 4}) {
    for (const int each : {1, 2}) {
      parallel::set_thread_count(each);
      // What just suffices lets a few of 28 panels through at a time.
      for (const std::int64_t bytes : {plenty, std::int64_t{212'000}})
        ASSERT_EQ(found(matrix, true, {}, ranks, bytes), expected) << ranks << " ranks, " << each << " threads, " << bytes;
    }
  }
  parallel::set_thread_count(threads);
}

TEST(TopByFactors, NobodyNothingAndOne) {
  for (const int ranks : {1, 3}) {
    for (const auto& [customers, items] : {std::pair(1, 1), std::pair(1, 60), std::pair(60, 1)}) {
      const auto matrix = testing::random_matrix(customers, items, 0.5);
      EXPECT_EQ(found(matrix, false, {}, ranks, plenty), by_definition(matrix, false, {})) << customers << " x " << items;
    }
    const auto matrix = testing::random_matrix(50, 40, 0.5);
    const std::vector<std::uint8_t> none(40, 0);
    EXPECT_EQ(found(matrix, false, {.offered = none}, ranks, plenty), Lists(50));
  }
}

TEST(TopByFactors, WhoIsNotWantedHasNoList) {
  const auto matrix = testing::random_matrix(300, 170, 0.2);
  std::vector<std::uint8_t> wanted(300, 1);
  for (std::size_t customer = 0; customer < 300; customer += 2) wanted[customer] = 0;
  auto expected = by_definition(matrix, false, {});
  for (std::size_t customer = 0; customer < 300; customer += 2) expected[customer].clear();
  EXPECT_EQ(found(matrix, false, {.wanted = wanted}, 1, plenty), expected);
}

TEST(TopByFactors, FailOnEveryRankWhereOneHasNoRoom) {
  const auto matrix = testing::random_matrix(2500, 1300, 0.02);
  for (int poor = 0; poor < 3; ++poor) {
    EXPECT_THAT(testing::error_text(
                    [&] {
                      comm::run_threads(3, [&](comm::Communicator& communicator) {
                        const auto rank = communicator.rank();
                        data::Budget budget(rank == poor ? 1000 : plenty);
                        top_by_factors(communicator, testing::of_rank(matrix, rank, 3), factors_of_rank(matrix, rank, 3, false),
                                       {}, budget);
                      });
                    },
                    base::ErrorKind::job_file),
                HasSubstr("running lists"))
        << "rank " << poor;
  }
}

TEST(TopByFactors, SendEveryItemToEveryRankOnce) {
  const auto matrix = testing::random_matrix(1200, 2100, 0.01);
  comm::run_threads(3, [&](comm::Communicator& communicator) {
    data::Budget budget(plenty);
    const auto rank = communicator.rank();
    top_by_factors(communicator, testing::of_rank(matrix, rank, 3), factors_of_rank(matrix, rank, 3, false), {}, budget);
    const auto items = base::Partition(matrix.items, 3).rows_of(rank).size() - (rank == 0 ? 1 : 0);  // but item 11
    const auto panels = (items + 47) / 48;
    EXPECT_EQ(communicator.statistics().total("items to all ranks").bytes, 4 * 48 * panels * (rank_of_factors + 1));
  });
}

TEST(ScoresByFactors, AreThoseOfTheLists) {
  const auto matrix = testing::random_matrix(2500, 1300, 0.02);
  const auto whole = factors_of_rank(matrix, 0, 1, true);
  for (const int ranks : {1, 2, 4}) {
    comm::run_threads(ranks, [&](comm::Communicator& communicator) {
      data::Budget budget(plenty);
      const auto rank = communicator.rank();
      std::vector<Pair> pairs;
      const auto own = base::Partition(matrix.customers, ranks).rows_of(rank);
      for (auto customer = own.first; customer < own.last; ++customer) {
        for (std::int32_t k = 0; k < customer % 7; ++k)
          pairs.push_back({static_cast<std::int32_t>(customer), static_cast<std::int32_t>((customer * 13 + k * 331) % 1300)});
      }
      const auto scores = scores_by_factors(communicator, testing::of_rank(matrix, rank, ranks),
                                            factors_of_rank(matrix, rank, ranks, true), pairs, budget);
      ASSERT_EQ(scores.size(), pairs.size());
      for (std::size_t i = 0; i < pairs.size(); ++i) ASSERT_EQ(scores[i], score_of(whole, pairs[i].customer, pairs[i].item));
    });
  }
}

}  // namespace
}  // namespace fullbase::recommendation
