// Measures of lists and predictions: by hand, by brute force, on any ranks and threads.
#include "algorithms/recommendation/ranking_metrics.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <mutex>
#include <numeric>
#include <set>
#include <string>
#include <vector>

#include "algorithms/recommendation/row_shares.hpp"
#include "base/error.hpp"
#include "comm/launch.hpp"
#include "error_text.hpp"
#include "parallel/for_each.hpp"
#include "random/generator.hpp"

namespace fullbase::recommendation {
namespace {

constexpr float any = -std::numeric_limits<float>::infinity();

struct Customer {
  std::vector<std::int32_t> list;
  std::vector<std::pair<std::int32_t, float>> held;  ///< items ascending
};

RankedRows lists_of(std::span<const Customer> customers) {
  RankedRows lists;
  for (const auto& customer : customers) {
    for (const auto item : customer.list) {
      lists.ids.push_back(item);
      lists.scores.push_back(1);
    }
    lists.starts.push_back(std::ssize(lists.ids));
  }
  return lists;
}

SparseRows held_of(std::span<const Customer> customers) {
  SparseRows held;
  for (const auto& customer : customers) {
    for (const auto& [item, value] : customer.held) {
      held.columns.push_back(item);
      held.values.push_back(value);
    }
    held.starts.push_back(std::ssize(held.columns));
  }
  return held;
}

std::vector<RankingMetrics> measure(const std::vector<Customer>& customers, const std::vector<std::int64_t>& at, float least,
                                    std::int64_t items, int ranks = 1, int threads = 1) {
  std::vector<RankingMetrics> result;
  std::mutex mutex;
  parallel::set_thread_count(threads);
  comm::run_threads(ranks, [&](comm::Communicator& communicator) {
    const RowShares shares(std::ssize(customers), communicator.size());
    const auto own = shares.rows_of(communicator.rank());
    const auto mine = std::span(customers).subspan(static_cast<std::size_t>(own.first), static_cast<std::size_t>(own.size()));
    data::Budget budget(1 << 24);
    auto measured = ranking_metrics(communicator, lists_of(mine), held_of(mine), at, least, items, budget);
    const std::scoped_lock lock(mutex);
    result = std::move(measured);
  });
  parallel::set_thread_count(1);
  return result;
}

std::vector<double> values_of(const RankingMetrics& one) {
  return {one.precision, one.recall, one.ndcg, one.map, one.mrr, one.hit_rate, one.coverage};
}

TEST(RankingMetrics, OneCustomerByHand) {
  // Relevant at places 2, 3 and 5 of 6; one relevant item is not listed at all.
  const std::vector<Customer> customers = {{{9, 1, 2, 8, 3, 7}, {{1, 5}, {2, 5}, {3, 4}, {4, 4}}}};
  const auto found = measure(customers, {1, 3, 5, 10}, any, 20);
  ASSERT_EQ(found.size(), 4U);
  EXPECT_EQ(values_of(found[0]), (std::vector<double>{0, 0, 0, 0, 0, 0, 0.05}));
  EXPECT_DOUBLE_EQ(found[1].precision, 2.0 / 3);
  EXPECT_DOUBLE_EQ(found[1].recall, 0.5);
  // (1/log2 3 + 1/log2 4) / (1 + 1/log2 3 + 1/log2 4)
  EXPECT_NEAR(found[1].ndcg, (0.63092975 + 0.5) / (1 + 0.63092975 + 0.5), 1e-8);
  EXPECT_DOUBLE_EQ(found[1].map, (1.0 / 2 + 2.0 / 3) / 3);
  EXPECT_DOUBLE_EQ(found[1].mrr, 0.5);
  EXPECT_DOUBLE_EQ(found[1].hit_rate, 1);
  EXPECT_DOUBLE_EQ(found[2].precision, 3.0 / 5);
  EXPECT_DOUBLE_EQ(found[2].recall, 0.75);
  EXPECT_NEAR(found[2].ndcg, (0.63092975 + 0.5 + 0.38685281) / (1 + 0.63092975 + 0.5 + 0.43067656), 1e-8);
  EXPECT_DOUBLE_EQ(found[2].map, (1.0 / 2 + 2.0 / 3 + 3.0 / 5) / 4);
  // A list that ends before place 10 has nothing relevant there.
  EXPECT_DOUBLE_EQ(found[3].precision, 3.0 / 10);
  EXPECT_DOUBLE_EQ(found[3].map, found[2].map);
  EXPECT_DOUBLE_EQ(found[3].coverage, 6.0 / 20);
  EXPECT_EQ(found[3].at, 10);
  EXPECT_EQ(found[3].customers, 1);
}

TEST(RankingMetrics, TheBestListHasOneOfEverything) {
  const std::vector<Customer> customers = {{{0, 1, 2}, {{0, 1}, {1, 1}, {2, 1}}}, {{3, 4, 5}, {{3, 1}, {4, 1}, {5, 1}, {6, 1}}}};
  const auto found = measure(customers, {3}, any, 7)[0];
  EXPECT_DOUBLE_EQ(found.precision, 1);
  EXPECT_DOUBLE_EQ(found.recall, (1 + 0.75) / 2);
  EXPECT_DOUBLE_EQ(found.ndcg, 1);
  EXPECT_DOUBLE_EQ(found.map, 1);
  EXPECT_DOUBLE_EQ(found.mrr, 1);
}

TEST(RankingMetrics, CustomersWithoutARelevantItemCountForCoverageAlone) {
  const std::vector<Customer> customers = {{{0, 1}, {{0, 5}}}, {{2, 3}, {{2, 1}}}, {{4, 5}, {}}, {{}, {{7, 5}}}};
  const auto found = measure(customers, {2}, 4, 8)[0];
  EXPECT_EQ(found.customers, 2);
  EXPECT_DOUBLE_EQ(found.hit_rate, 0.5);
  EXPECT_DOUBLE_EQ(found.coverage, 6.0 / 8);
  const auto nobody = measure(customers, {2}, 6, 8)[0];
  EXPECT_EQ(nobody.customers, 0);
  EXPECT_TRUE(std::isnan(nobody.precision) && std::isnan(nobody.ndcg) && std::isnan(nobody.map));
  EXPECT_DOUBLE_EQ(nobody.coverage, 6.0 / 8);
}

/// Lists of up to 12 of 40 items, up to 8 held out with values 1 to 5.
std::vector<Customer> random_customers(std::int64_t count) {
  const random::Generator draws(random::Key{21});
  std::vector<Customer> customers(static_cast<std::size_t>(count));
  for (std::int64_t c = 0; c < count; ++c) {
    auto& customer = customers[static_cast<std::size_t>(c)];
    std::vector<std::pair<double, std::int32_t>> order;
    for (std::int32_t item = 0; item < 40; ++item) order.emplace_back(draws.uniform(c, item), item);
    std::ranges::sort(order);
    const auto length = draws.below(13, c, 100);
    for (std::uint64_t i = 0; i < length; ++i) customer.list.push_back(order[i].second);
    const double share = draws.uniform(c, 101) * 0.2;
    for (std::int32_t item = 0; item < 40; ++item) {
      if (draws.uniform(c, 200 + item) < share)
        customer.held.emplace_back(item, static_cast<float>(1 + draws.below(5, c, 300 + item)));
    }
  }
  return customers;
}

/// From the definitions, place by place, in long double.
std::vector<double> brute_force(const std::vector<Customer>& customers, std::int64_t k, float least, std::int64_t items) {
  std::vector<long double> sums(6, 0);
  std::set<std::int32_t> listed;
  long double count = 0;
  for (const auto& customer : customers) {
    std::set<std::int32_t> relevant;
    for (const auto& [item, value] : customer.held) {
      if (value >= least) relevant.insert(item);
    }
    std::vector<int> rel(static_cast<std::size_t>(k), 0);
    for (std::size_t i = 0; i < rel.size() && i < customer.list.size(); ++i) {
      rel[i] = relevant.contains(customer.list[i]) ? 1 : 0;
      listed.insert(customer.list[i]);
    }
    if (relevant.empty()) continue;
    ++count;
    const auto precision_at = [&](std::size_t places) {
      return std::accumulate(rel.begin(), rel.begin() + static_cast<std::ptrdiff_t>(places), 0.0L) /
             static_cast<long double>(places);
    };
    long double gain = 0;
    long double ideal = 0;
    long double average = 0;
    long double reciprocal = 0;
    const auto best = std::min<std::size_t>(rel.size(), relevant.size());
    for (std::size_t i = 0; i < rel.size(); ++i) {
      const long double discount = 1 / std::log2(static_cast<long double>(i) + 2);
      gain += static_cast<long double>(rel[i]) * discount;
      if (i < best) ideal += discount;
      average += static_cast<long double>(rel[i]) * precision_at(i + 1);
      if (rel[i] == 1 && reciprocal == 0) reciprocal = 1 / static_cast<long double>(i + 1);
    }
    sums[0] += precision_at(rel.size());
    sums[1] += precision_at(rel.size()) * static_cast<long double>(k) / static_cast<long double>(relevant.size());
    sums[2] += gain / ideal;
    sums[3] += average / static_cast<long double>(best);
    sums[4] += reciprocal;
    sums[5] += reciprocal > 0 ? 1 : 0;
  }
  std::vector<double> means;
  for (const auto sum : sums) means.push_back(static_cast<double>(sum / count));
  means.push_back(static_cast<double>(listed.size()) / static_cast<double>(items));
  return means;
}

TEST(RankingMetrics, AreWhatTheirDefinitionsSayOnAnyRanksAndThreads) {
  const auto customers = random_customers(5000);
  const std::vector<std::int64_t> at = {10, 1, 5, 60};
  for (const float least : {any, 4.0F}) {
    const auto expected = measure(customers, at, least, 41);
    for (std::size_t k = 0; k < at.size(); ++k) {
      const auto oracle = brute_force(customers, at[k], least, 41);
      for (std::size_t m = 0; m < oracle.size(); ++m)
        EXPECT_NEAR(values_of(expected[k])[m], oracle[m], 1e-14) << at[k] << " " << m;
    }
    for (const int ranks : {1, 2, 3, 4}) {
      for (const int threads : {1, 2}) {
        const auto found = measure(customers, at, least, 41, ranks, threads);
        for (std::size_t k = 0; k < at.size(); ++k) {
          EXPECT_EQ(values_of(found[k]), values_of(expected[k])) << ranks << " ranks, " << threads << " threads";
          EXPECT_EQ(found[k].customers, expected[k].customers);
        }
      }
    }
  }
}

TEST(RankingMetrics, WithoutMemoryOnOneRankAllRanksSaySo) {
  for (const int failing : {0, 1, 2}) {
    std::vector<std::string> said(3);
    comm::run_threads(3, [&](comm::Communicator& communicator) {
      data::Budget budget(communicator.rank() == failing ? 100 : 1 << 20);
      const std::vector<std::int64_t> at = {1};
      said[static_cast<std::size_t>(communicator.rank())] =
          testing::error_text([&] { ranking_metrics(communicator, {}, {}, at, any, 1000, budget); }, base::ErrorKind::job_file);
    });
    for (const auto& text : said) EXPECT_THAT(text, ::testing::HasSubstr("rank " + std::to_string(failing)));
  }
}

TEST(PredictionErrors, ByHandAndOnAnyRanks) {
  const std::vector<float> truths = {3, 4, 5, 1, 2};
  const std::vector<double> predictions = {3.5, 4, std::numeric_limits<double>::quiet_NaN(), 3, 0.5};
  for (const int ranks : {1, 2, 4}) {
    comm::run_threads(ranks, [&](comm::Communicator& communicator) {
      // All of them at the last rank.
      const bool mine = communicator.rank() == communicator.size() - 1;
      const auto errors = prediction_errors(communicator, mine ? std::span(truths) : std::span<const float>(),
                                            mine ? std::span(predictions) : std::span<const double>());
      EXPECT_EQ(errors.pairs, 4);
      EXPECT_DOUBLE_EQ(errors.rmse, std::sqrt((0.25 + 0 + 4 + 2.25) / 4));
      EXPECT_DOUBLE_EQ(errors.mae, (0.5 + 0 + 2 + 1.5) / 4);
      const auto none = prediction_errors(communicator, {}, {});
      EXPECT_EQ(none.pairs, 0);
      EXPECT_TRUE(std::isnan(none.rmse) && std::isnan(none.mae));
    });
  }
}

}  // namespace
}  // namespace fullbase::recommendation
