// The same bits whatever computes them: ranks, threads, memory, instruction set, bounds, interruption.
#include <gmock/gmock.h>

#include <algorithm>

#include "algorithms/clustering/cases.hpp"
#include "algorithms/clustering/kmeans.hpp"
#include "base/cpu.hpp"
#include "base/error.hpp"

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
  const auto values = clouds(7 * 1024 + 300, 6, 9, 1, 21, 40);
  const std::int64_t all = 8 * 1024 * 8 * 4;
  for (const auto start : {Start::kmeans_plus_plus, Start::kmeans_parallel, Start::random}) {
    const auto options = options_for(11, start, start == Start::random ? 2 : 1);
    const auto expected = fit(values, options);
    for (const int ranks : {1, 2, 3, 4})
      for (const int threads : {1, 2})
        for (const std::int64_t memory : {all, all / 4}) {
          SCOPED_TRACE(::testing::Message() << ranks << " ranks, " << threads << " threads, " << memory << " bytes");
          expect_same(fit(values, options, {ranks, threads, memory}), expected);
        }
  }
}

TEST(Identity, FewerRowsThanRanks) {
  const auto values = clouds(3, 2, 0, 1, 22);
  const auto expected = fit(values, options_for(2, Start::kmeans_plus_plus));
  expect_same(fit(values, options_for(2, Start::kmeans_plus_plus), {4, 2}), expected);
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
  const std::vector<std::pair<const char*, Values>> cases{{"clouds", clouds(5000, 8, 20, 0.2, 27)},
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
    std::vector<KMeansState> states;
    const auto expected = fit(values, options, {}, 42, [&](const KMeansState& state) { states.push_back(state); });
    for (std::size_t i = 0; i < states.size(); i += 2)
      expect_same(fit(values, options, {static_cast<int>(i % 3) + 1, 2}, 42, {}, &states[i]), expected);
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
        data::Budget matrix_budget(2 * 1024 * 4 * 4);
        data::Budget budget(1 << 30);
        fullbase::testing::MemorySpill spill(communicator.rank() == failing ? after : -1);
        const auto matrix = fullbase::testing::matrix_of(values, communicator, matrix_budget, spill);
        auto options = options_for(5, Start::random);
        options.max_iterations = 50;
        options.tolerance = 0;
        try {
          kmeans(communicator, matrix, options, random::Key{1}, budget);
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
    EXPECT_THROW(kmeans(communicator, matrix, options_for(5, Start::random), random::Key{1}, budget), base::Error);
  });
}

TEST(Traffic, IsWhatTheFormulaSays) {
  const auto values = clouds(5000, 6, 5, 1, 36);
  for (const int ranks : {1, 3}) {
    comm::run_threads(ranks, [&](comm::Communicator& communicator) {
      data::Budget budget(1 << 30);
      fullbase::testing::MemorySpill spill;
      const auto matrix = fullbase::testing::matrix_of(values, communicator, budget, spill);
      const auto result = kmeans(communicator, matrix, options_for(7, Start::random), random::Key{1}, budget);
      const auto passes = static_cast<std::int64_t>(result.history.size()) + 1;
      EXPECT_EQ(communicator.statistics().total("iteration").bytes, passes * 8 * (7 * (6 + 1) + 2));
      EXPECT_EQ(communicator.statistics().total("result").bytes, 8 * base::ExactSum::limb_count + 16);
    });
  }
}

}  // namespace
}  // namespace fullbase::clustering
