// The same bits whatever computes them: ranks, threads, memory, instruction set, bounds, interruption.
#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>
#include <deque>

#include "algorithms/clustering/cases.hpp"
#include "algorithms/clustering/kmeans.hpp"
#include "algorithms/clustering/kmeans_state.hpp"
#include "base/cpu.hpp"
#include "base/error.hpp"
#include "memory_state.hpp"

namespace fullbase::clustering {
namespace {

using fullbase::testing::clouds;
using fullbase::testing::fit;
using fullbase::testing::Setting;
using fullbase::testing::Values;

void expect_same(const KMeansResult& a, const KMeansResult& b) {
  EXPECT_EQ(a.labels, b.labels);
  EXPECT_EQ(a.distances, b.distances);
  EXPECT_EQ(a.centroids, b.centroids);
  EXPECT_EQ(a.sizes, b.sizes);
  EXPECT_EQ(a.inertia, b.inertia);
  EXPECT_EQ(a.history, b.history);
  EXPECT_EQ(a.converged, b.converged);
  EXPECT_EQ(a.start, b.start);
}

KMeansOptions options_for(int clusters, Start start, int starts = 1) {
  KMeansOptions options;
  options.clusters = clusters;
  options.start = start;
  options.starts = starts;
  options.max_iterations = 12;
  return options;
}

TEST(Identity, RanksThreadsAndMemoryDoNotMatter) {
  const auto values = clouds(29 * 1024 + 300, 6, 9, 1, 21, 40);
  for (const auto start : {Start::kmeans_plus_plus, Start::kmeans_parallel, Start::random}) {
    const auto options = options_for(11, start, start == Start::random ? 2 : 1);
    const auto expected = fit(values, options);
    for (const int ranks : {1, 2, 3, 4, 7})
      for (const int threads : {1, 2}) {
        SCOPED_TRACE(::testing::Message() << ranks << " ranks, " << threads << " threads");
        parallel::set_thread_count(threads);
        const auto wants = fullbase::testing::wants(values, options, ranks);
        expect_same(fit(values, options, {ranks, threads, wants.all()}), expected);
        expect_same(fit(values, options, {ranks, threads, wants.quarter(), true}), expected);
      }
  }
}

TEST(Identity, WhatAFitRequiresSufficesAndNothingLessDoes) {
  const auto values = clouds(5 * 1024, 3, 5, 1, 37);
  for (const int threads : {1, 2})
    for (const auto start : {Start::kmeans_plus_plus, Start::kmeans_parallel, Start::random}) {
      const auto options = options_for(9, start, 2);
      parallel::set_thread_count(threads);
      const auto wants = fullbase::testing::wants(values, options, 1);
      const auto least = wants.required + wants.least_matrix;
      expect_same(fit(values, options, {1, threads, least, true}), fit(values, options, {1, threads}));
      EXPECT_THROW(fit(values, options, {1, threads, least - 1}), base::Error);
    }
}

// Two clusters have no row, and the cluster of the two farthest rows can give one alone: which row the other takes is no matter
// of how many ranks offer some.
TEST(Identity, EmptyClustersAreFilledAlike) {
  Values values{2102, 1, {100, 101}};
  for (int i = 0; i < 2100; ++i) values.values.push_back(static_cast<float>(i % 11));
  auto options = options_for(4, Start::given);
  options.centroids = {0, 1e6, 1e6 + 1, 50.6};
  for (const int iterations : {1, 50}) {
    options.max_iterations = iterations;
    const auto expected = fit(values, options);
    if (iterations == 1) {
      EXPECT_NEAR(expected.centroids[1], 101, 1e-4);
      EXPECT_NEAR(expected.centroids[2], 10, 1e-4);
      EXPECT_NEAR(expected.centroids[3], 100, 1e-4);
      EXPECT_EQ(expected.history[0].moved, 2104);
    }
    for (const int ranks : {1, 2, 3, 4, 7})
      for (const int threads : {1, 2}) expect_same(fit(values, options, {ranks, threads}), expected);
  }
}

TEST(Identity, FewerRowsThanRanks) {
  const auto values = clouds(3, 2, 0, 1, 22);
  const auto expected = fit(values, options_for(2, Start::kmeans_plus_plus));
  expect_same(fit(values, options_for(2, Start::kmeans_plus_plus), {4, 2}), expected);
}

// A model that is applied: the centroids stay to the bit, the labels are the nearest by brute force, on any ranks and memory.
TEST(Identity, NearestCentroidsStayAsTheyAre) {
  const auto values = clouds(7 * 1024 + 11, 3, 5, 1, 41, 100);
  const auto other = clouds(3000, 3, 5, 1, 42, 100);
  const auto centroids = fit(other, options_for(6, Start::random)).centroids;
  std::vector<std::int32_t> expected;
  for (std::int64_t row = 0; row < values.rows; ++row) {
    std::vector<double> squared(6, 0);
    for (std::size_t c = 0; c < 6; ++c)
      for (std::size_t j = 0; j < 3; ++j)
        squared[c] += std::pow(static_cast<double>(values.row(row)[j]) - centroids[3 * c + j], 2);
    expected.push_back(static_cast<std::int32_t>(std::ranges::min_element(squared) - squared.begin()));
  }
  for (const int ranks : {1, 2, 3, 4})
    for (const int threads : {1, 2}) {
      parallel::set_thread_count(threads);
      std::vector<std::vector<std::int32_t>> labels(static_cast<std::size_t>(ranks));
      comm::run_threads(ranks, [&](comm::Communicator& communicator) {
        data::Budget budget(std::int64_t{1} << 30);
        fullbase::testing::MemorySpill spill;
        const auto matrix = fullbase::testing::matrix_of(values, communicator, budget, spill);
        const auto statistics = column_statistics(communicator, matrix, {});
        const auto result = nearest_centroids(communicator, matrix, statistics, centroids, budget);
        EXPECT_EQ(result.centroids, centroids);
        EXPECT_TRUE(result.history.empty());
        labels[static_cast<std::size_t>(communicator.rank())] = result.labels;
      });
      std::vector<std::int32_t> all;
      for (const auto& part : labels) all.insert(all.end(), part.begin(), part.end());
      EXPECT_EQ(all, expected);
    }
}

TEST(Identity, InstructionSetsDoNotMatter) {
  const auto values = clouds(3000, 9, 12, 1, 23);
  const auto options = options_for(20, Start::kmeans_parallel);
  base::force_isa(base::Isa::baseline);
  const auto expected = fit(values, options);
  for (const auto isa : {base::Isa::avx2, base::Isa::avx512}) {
    if (isa > base::machine_isa()) continue;
    base::force_isa(isa);
    expect_same(fit(values, options), expected);
  }
  base::force_isa(base::machine_isa());
}

/// Rows on a coarse grid, so that many lie exactly between two centroids, each several times.
Values grid(double offset) {
  Values values{4096, 3, {}};
  const random::Generator generator(random::Key{24});
  for (std::int64_t i = 0; i < values.rows; ++i)
    for (int j = 0; j < 3; ++j)
      values.values.push_back(static_cast<float>(offset + static_cast<double>(generator.below(5U, i, j))));
  return values;
}

TEST(Identity, BoundsNeverAlterALabel) {
  auto with_outlier = clouds(3000, 4, 8, 0.5, 25);
  with_outlier.values[17] = 1e9F;
  auto tiny = clouds(2000, 4, 8, 1, 26);
  for (auto& value : tiny.values) value *= 1e-22F;
  // Sums of squares up to 1e33; three values a column, so that many scores are nearly equal.
  auto huge = clouds(2500, 40, 6, 0.5, 38);
  for (auto& value : huge.values) value = std::round(value) * 1e15F;
  auto wide = clouds(1100, 1500, 4, 0.5, 39);
  for (auto& value : wide.values) value = std::clamp(std::round(value), -3.0F, 3.0F) * 3e15F;
  const std::vector<std::pair<const char*, Values>> cases{{"huge", huge},
                                                          {"huge and wide", wide},
                                                          {"clouds", clouds(5000, 8, 20, 0.2, 27)},
                                                          {"no structure", clouds(5000, 8, 0, 1, 28)},
                                                          {"grid", grid(0)},
                                                          {"grid far from 0", grid(1000)},
                                                          {"far from 0", clouds(4000, 5, 10, 1, 29, 1000)},
                                                          {"one outlier", with_outlier},
                                                          {"tiny values", tiny},
                                                          {"one column", clouds(6000, 1, 0, 1, 30)}};
  for (const auto& [name, values] : cases) {
    for (const int clusters : {1, 2, 20, 70}) {
      SCOPED_TRACE(::testing::Message() << name << ", " << clusters << " clusters");
      auto options = options_for(clusters, Start::random);
      options.max_iterations = 30;
      options.tolerance = 0;
      options.pruning = Pruning::never;
      const auto expected = fit(values, options);
      for (const auto pruning : {Pruning::always, Pruning::adaptive}) {
        options.pruning = pruning;
        expect_same(fit(values, options, {2, 2}), expected);
      }
    }
  }
}

TEST(Identity, BoundsSpareMostDistancesOfCloudsThatLieApart) {
  const auto values = clouds(20000, 8, 10, 0.05, 31);
  comm::run_threads(1, [&](comm::Communicator& communicator) {
    data::Budget budget(std::int64_t{1} << 30);
    fullbase::testing::MemorySpill spill;
    const auto matrix = fullbase::testing::matrix_of(values, communicator, budget, spill);
    const auto statistics = column_statistics(communicator, matrix, {});
    Assignment assignment(matrix, statistics, budget, Pruning::always);
    ClusterSums sums(10, statistics);
    std::vector<float> centroids(values.values.begin(), values.values.begin() + 10 * 8);
    const base::matrix_view<const float> view(centroids.data(), 10, 8);
    EXPECT_EQ(assignment.assign(view, {}, sums).computed, 20000);
    const std::vector<float> still(10, 0.0F);
    const auto again = assignment.assign(view, still, sums);
    EXPECT_EQ(again.moved, 0);
    EXPECT_LT(again.computed, 200);
  });
}

TEST(Identity, AnInterruptedFitGoesOnAsIfItHadNotBeen) {
  const auto values = clouds(4000, 5, 15, 1, 32);
  for (const int starts : {1, 3}) {
    auto options = options_for(12, Start::random, starts);
    options.max_iterations = 6;
    std::deque<fullbase::testing::MemoryState> states;
    const auto keep = [&](const KMeansState& state) {
      fullbase::testing::MemoryStateWriter writer(states.emplace_back());
      put_state(writer, "fit/", state);
    };
    const auto expected = fit(values, options, {}, 42, keep);
    // One that has ended is gone on from without a round.
    keep(ended_state(expected, options));
    for (std::size_t i = 0; i < states.size(); ++i) {
      const auto state = read_state(states[i], "fit/");
      int rounds = 0;
      const auto resumed = fit(
          values, options, {static_cast<int>(i % 3) + 1, 2}, 42, [&](const KMeansState&) { ++rounds; }, &state);
      expect_same(resumed, expected);
      EXPECT_EQ(rounds, std::max<std::int64_t>(0, std::ssize(states) - 2 - static_cast<std::int64_t>(i)));
    }
  }
}

TEST(Identity, AnObserversErrorEndsTheFit) {
  const auto values = clouds(2000, 2, 0, 1, 33);
  EXPECT_THROW(fit(values, options_for(9, Start::random), {1, 2}, 42,
                   [](const KMeansState&) { throw base::Error(base::ErrorKind::stopped, "stopped"); }),
               base::Error);
}

TEST(Identity, AFailureOnOneRankIsTheSameErrorOnAll) {
  const auto values = clouds(12 * 1024, 4, 5, 1, 34);
  for (int failing = 0; failing < 3; ++failing)
    for (const std::int64_t after : {0, 9, 40}) {
      std::array<std::string, 3> messages;
      comm::run_threads(3, [&](comm::Communicator& communicator) {
        auto options = options_for(5, Start::random);
        const auto rows = base::Partition(values.rows, 3).rows_of(communicator.rank()).size();
        data::Budget budget(data::MatrixBlocks::least_bytes(4, 4) + fit_bytes(rows, 4, options));
        auto aside = budget.require(fit_bytes(rows, 4, options), "the fit");
        fullbase::testing::MemorySpill spill(communicator.rank() == failing ? after : -1);
        const auto matrix = fullbase::testing::matrix_of(values, communicator, budget, spill);
        aside = {};
        options.max_iterations = 50;
        options.tolerance = 0;
        try {
          const auto statistics = column_statistics(communicator, matrix, {});
          kmeans(communicator, matrix, statistics, options, random::Key{1}, budget);
        } catch (const base::Error& error) {
          messages[static_cast<std::size_t>(communicator.rank())] = error.what();
        }
      });
      EXPECT_THAT(messages[0], ::testing::HasSubstr("the disk is gone"));
      EXPECT_THAT(messages[0], ::testing::HasSubstr("rank " + std::to_string(failing)));
      EXPECT_EQ(messages[1], messages[0]);
      EXPECT_EQ(messages[2], messages[0]);
    }
}

TEST(Identity, TooLittleMemoryIsAnErrorThatNamesWhatItIsFor) {
  const auto values = clouds(3000, 4, 5, 1, 35);
  comm::run_threads(2, [&](comm::Communicator& communicator) {
    data::Budget matrix_budget(1 << 30);
    data::Budget budget(100);
    fullbase::testing::MemorySpill spill;
    const auto matrix = fullbase::testing::matrix_of(values, communicator, matrix_budget, spill);
    const auto statistics = column_statistics(communicator, matrix, {});
    EXPECT_THROW(kmeans(communicator, matrix, statistics, options_for(5, Start::random), random::Key{1}, budget), base::Error);
  });
}

}  // namespace
}  // namespace fullbase::clustering
