// Predicted values against the definitions, over ranks, threads and budgets.
#include "algorithms/recommendation/predict_by_neighbours.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <utility>

#include "comm/launch.hpp"
#include "error_text.hpp"
#include "likeness_definitions.hpp"
#include "parallel/for_each.hpp"

namespace fullbase::recommendation {
namespace {

using testing::all_kinds;
using testing::ByDefinition;
using testing::DenseMatrix;
using ::testing::HasSubstr;
using testing::sample;

/// Some of all pairs, known to the matrix and not, in no order, one of them twice.
std::vector<Pair> pairs_of(const DenseMatrix& matrix, std::int64_t step) {
  std::vector<Pair> pairs;
  for (std::int64_t i = 0; i < matrix.customers * matrix.items; i += step) {
    const auto at = i * 7919 % (matrix.customers * matrix.items);
    pairs.push_back({static_cast<std::int32_t>(at / matrix.items), static_cast<std::int32_t>(at % matrix.items)});
  }
  pairs.push_back({-1, 2});
  pairs.push_back({3, -1});
  pairs.push_back({-1, -1});
  pairs.push_back(pairs.front());
  return pairs;
}

PairPredictions predicted(const DenseMatrix& matrix, const NeighbourOptions& options, const PredictionOptions& prediction,
                          const std::vector<Pair>& pairs, int ranks, std::int64_t budget_bytes = std::int64_t{1} << 30) {
  std::vector<PairPredictions> parts(static_cast<std::size_t>(ranks));
  comm::run_threads(ranks, [&](comm::Communicator& communicator) {
    const auto part = testing::of_rank(matrix, communicator.rank(), ranks);
    data::Budget budget(budget_bytes);
    const auto rank = static_cast<std::size_t>(communicator.rank());
    const auto size = static_cast<std::size_t>(ranks);
    const auto first = pairs.size() * rank / size;
    const auto mine = std::span(pairs).subspan(first, pairs.size() * (rank + 1) / size - first);
    parts[rank] = predict_by_neighbours(communicator, part, options, prediction, mine, budget);
    EXPECT_EQ(budget.available(), budget_bytes) << "all is given back";
  });
  PairPredictions all;
  for (const auto& part : parts) {
    all.values.insert(all.values.end(), part.values.begin(), part.values.end());
    all.neighbours.insert(all.neighbours.end(), part.neighbours.begin(), part.neighbours.end());
  }
  return all;
}

/// Of the entries that rows [first, last) have.
double mean_of(const ByDefinition& truth, std::int64_t first, std::int64_t last) {
  double sum = 0;
  double count = 0;
  for (auto row = first; row < last; ++row) {
    for (std::int64_t c = 0; c < truth.others(); ++c) {
      sum += truth.at(row, c);
      count += truth.at(row, c) != 0 ? 1 : 0;
    }
  }
  return count > 0 ? sum / count : mean_of(truth, 0, truth.rows());
}

std::pair<double, std::int64_t> by_definition(const ByDefinition& truth, const NeighbourOptions& options,
                                              const PredictionOptions& prediction, std::int64_t x, std::int64_t y) {
  const double all = mean_of(truth, 0, truth.rows());
  if (x < 0 || y < 0) return {all, 0};
  std::vector<std::pair<float, std::int64_t>> alike;  // less first
  for (std::int64_t v = 0; v < truth.rows(); ++v) {
    if (v == x || truth.at(v, y) == 0 || truth.common(x, v) == 0) continue;
    const auto likeness = static_cast<float>(truth.likeness(x, v));
    if (likeness > 1e-9F) alike.emplace_back(-likeness, v);
  }
  std::ranges::sort(alike);
  const auto count = std::min(std::ssize(alike), options.neighbours);
  if (count == 0 || count < prediction.least_neighbours) return {prediction.means ? mean_of(truth, x, x + 1) : all, 0};
  double weights = 0;
  double weighted = 0;
  for (std::int64_t i = 0; i < count; ++i) {
    const auto [less, v] = alike[static_cast<std::size_t>(i)];
    weights -= static_cast<double>(less);
    weighted -= static_cast<double>(less) * (truth.at(v, y) - (prediction.means ? mean_of(truth, v, v + 1) : 0));
  }
  return {(prediction.means ? mean_of(truth, x, x + 1) : 0) + weighted / weights, count};
}

TEST(PredictByNeighbours, IsTheWeightedMeanOfTheDefinition) {
  const auto matrix = sample(60, 40, 0.2);
  const auto pairs = pairs_of(matrix, 5);
  for (auto options : all_kinds) {
    for (const auto side : {Side::customers, Side::items}) {
      // Equally alike are many with few values in common: all of them, so that the choice is not by rounding.
      options.of = side;
      options.neighbours = 60;
      const ByDefinition truth(matrix, options);
      for (const auto& prediction : {PredictionOptions{}, PredictionOptions{.means = false, .least_neighbours = 3}}) {
        const auto result = predicted(matrix, options, prediction, pairs, 1);
        ASSERT_EQ(result.values.size(), pairs.size());
        for (std::size_t i = 0; i < pairs.size(); ++i) {
          const auto [customer, item] = pairs[i];
          const auto x = side == Side::customers ? customer : item;
          const auto [value, neighbours] =
              by_definition(truth, options, prediction, x, side == Side::customers ? item : customer);
          ASSERT_EQ(result.neighbours[i], neighbours) << "customer " << customer << ", item " << item;
          ASSERT_NEAR(result.values[i], value, 1e-6 * std::abs(value)) << "customer " << customer << ", item " << item;
        }
      }
    }
  }
}

TEST(PredictByNeighbours, TheGreatestLikenessesCount) {
  // Customers 1 to 4 have item 1; to customer 0 they are ever less alike, 3 and 4 equally.
  const std::vector<float> values = {4, 0, 4, 4, 4,  //
                                     4, 5, 4, 4, 4,  //
                                     4, 2, 4, 4, 3,  //
                                     4, 1, 4, 4, 2,  //
                                     4, 7, 4, 4, 2};
  const DenseMatrix matrix{5, 5, values};
  const std::vector<Pair> pair = {{0, 1}};
  const double msd_2 = 1 / (1 + 1.0 / 4);
  const double msd_3 = 1 / (1 + 4.0 / 4);
  for (const auto& [count, expected] : std::vector<std::pair<std::int64_t, double>>{
           {1, 5}, {2, (5 + msd_2 * 2) / (1 + msd_2)}, {3, (5 + msd_2 * 2 + msd_3 * 1) / (1 + msd_2 + msd_3)}}) {
    const NeighbourOptions options{.of = Side::customers, .likeness = Likeness::msd, .neighbours = count};
    const auto result = predicted(matrix, options, {.means = false}, pair, 1);
    EXPECT_NEAR(result.values[0], expected, 1e-6);
    EXPECT_EQ(result.neighbours[0], count);
  }
}

TEST(PredictByNeighbours, SameBitsOnAnyRanksThreadsAndBudget) {
  const auto matrix = sample(4200, 300, 0.01);
  const auto pairs = pairs_of(matrix, 397);
  const auto threads = parallel::thread_count();
  for (auto options : {all_kinds.front(), all_kinds[3], all_kinds.back()}) {
    for (const auto side : {Side::customers, Side::items}) {
      options.of = side;
      options.neighbours = 5;
      parallel::set_thread_count(1);
      const auto expected = predicted(matrix, options, {}, pairs, 1);
      ASSERT_GT(*std::ranges::max_element(expected.neighbours), 2);
      parallel::set_thread_count(2);
      for (const int ranks : {1, 2, 3, 4}) {
        for (const std::int64_t budget : {std::int64_t{1} << 30, std::int64_t{1'800'000}}) {
          const auto result = predicted(matrix, options, {}, pairs, ranks, budget);
          ASSERT_EQ(result.values, expected.values) << ranks << " ranks";
          ASSERT_EQ(result.neighbours, expected.neighbours) << ranks << " ranks";
        }
      }
    }
  }
  parallel::set_thread_count(threads);
}

TEST(PredictByNeighbours, NothingAskedAndNothingKnown) {
  for (const int ranks : {1, 3}) {
    EXPECT_TRUE(predicted(sample(60, 40, 0.2), {}, {}, {}, ranks).values.empty());
    const auto nothing = predicted({}, {}, {}, {{-1, -1}}, ranks);
    EXPECT_EQ(nothing.values, std::vector<double>{0});
    EXPECT_EQ(nothing.neighbours, std::vector<std::int32_t>{0});
  }
}

TEST(PredictByNeighbours, ALackOfMemoryOnOneRankIsEveryRanksError) {
  const auto matrix = sample(3000, 60, 0.05);
  const auto pairs = pairs_of(matrix, 97);
  for (int failing = 0; failing < 3; ++failing) {
    comm::run_threads(3, [&](comm::Communicator& communicator) {
      const auto part = testing::of_rank(matrix, communicator.rank(), 3);
      for (const std::int64_t bytes : {100, 30'000, 130'000, 200'000}) {
        data::Budget budget(communicator.rank() == failing ? bytes : std::int64_t{1} << 30);
        EXPECT_THAT(
            testing::error_text([&] { predict_by_neighbours(communicator, part, {.of = Side::customers}, {}, pairs, budget); },
                                base::ErrorKind::job_file),
            HasSubstr("rank " + std::to_string(failing)));
      }
    });
  }
}

}  // namespace
}  // namespace fullbase::recommendation
