// The kernels against arithmetic in long double, and each instruction set against the others.
#include "algorithms/clustering/kernel.hpp"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <limits>
#include <vector>

#include "algorithms/clustering/panel.hpp"
#include "base/cpu.hpp"
#include "kernel_tables.hpp"
#include "random/distributions.hpp"

namespace fullbase::clustering {
namespace {

std::vector<const kernel::Table*> tables() {
  return fullbase::testing::runnable(kernel::baseline, kernel::avx2, kernel::avx512);
}

struct Case {
  std::int64_t rows, columns;
  int clusters;
};
const std::vector<Case> cases{{1, 1, 1},    {5, 3, 2},    {49, 7, 16},    {100, 8, 17},   {97, 32, 40},
                              {100, 5, 64}, {50, 33, 65}, {130, 12, 130}, {1024, 32, 64}, {48, 100, 200}};

std::vector<float> normal_values(std::int64_t count, std::int64_t seed, double scale = 1, double offset = 0) {
  std::vector<float> values;
  const random::Generator generator(random::Key{static_cast<std::uint64_t>(seed)});
  for (std::int64_t i = 0; i < count; ++i) values.push_back(static_cast<float>(offset + scale * random::normal(generator, i)));
  return values;
}

struct Assigned {
  std::vector<std::int32_t> label;
  std::vector<float> best, second;
};
Assigned assign(const kernel::Table& table, const std::vector<float>& x, const Case& c, const std::vector<float>& centroids) {
  const CentroidPanel panel({centroids.data(), c.clusters, c.columns});
  Assigned a{std::vector<std::int32_t>(static_cast<std::size_t>(c.rows)), std::vector<float>(static_cast<std::size_t>(c.rows)),
             std::vector<float>(static_cast<std::size_t>(c.rows))};
  table.assign({x.data(), c.columns, c.rows}, panel.view(), a.label.data(), a.best.data(), a.second.data());
  return a;
}

long double true_score(const float* x, const float* c, std::int64_t columns) {
  long double score = 0;
  for (std::int64_t j = 0; j < columns; ++j)
    score += static_cast<long double>(c[j]) * c[j] - 2 * static_cast<long double>(x[j]) * c[j];
  return score;
}

TEST(Kernel, ScoresAreWithinTheirErrorOfTheTrueOnes) {
  for (const auto& c : cases) {
    const auto x = normal_values(c.rows * c.columns, 1);
    const auto centroids = normal_values(c.clusters * c.columns, 2);
    const CentroidPanel panel({centroids.data(), c.clusters, c.columns});
    const auto assigned = assign(kernel::active(), x, c, centroids);
    for (std::int64_t i = 0; i < c.rows; ++i) {
      const auto r = static_cast<std::size_t>(i);
      const float* row = x.data() + i * c.columns;
      double norm = 0;
      for (std::int64_t j = 0; j < c.columns; ++j) norm += static_cast<double>(row[j]) * row[j];
      const double error = panel.score_error(std::sqrt(norm));
      std::vector<long double> scores;
      for (int k = 0; k < c.clusters; ++k) scores.push_back(true_score(row, centroids.data() + k * c.columns, c.columns));
      const auto own = static_cast<std::size_t>(assigned.label[r]);
      EXPECT_NEAR(assigned.best[r], static_cast<double>(scores[own]), error);
      long double others = std::numeric_limits<long double>::infinity();
      for (std::size_t k = 0; k < scores.size(); ++k)
        if (k != own) others = std::min(others, scores[k]);
      EXPECT_LE(scores[own], others + 2 * error);
      if (c.clusters > 1)
        EXPECT_NEAR(assigned.second[r], static_cast<double>(others), error);
      else
        EXPECT_EQ(assigned.second[r], std::numeric_limits<float>::infinity());
    }
  }
}

TEST(Kernel, EveryInstructionSetGivesTheSameBits) {
  for (const auto& c : cases) {
    for (const double offset : {0.0, 1000.0}) {
      const auto x = normal_values(c.rows * c.columns, 3, 1, offset);
      const auto centroids = normal_values(c.clusters * c.columns, 4, 1, offset);
      const auto reference = assign(kernel::baseline, x, c, centroids);
      for (const auto* table : tables()) {
        const auto other = assign(*table, x, c, centroids);
        EXPECT_EQ(other.label, reference.label);
        for (std::size_t i = 0; i < other.best.size(); ++i) {
          EXPECT_EQ(std::bit_cast<std::uint32_t>(other.best[i]), std::bit_cast<std::uint32_t>(reference.best[i]));
          EXPECT_EQ(std::bit_cast<std::uint32_t>(other.second[i]), std::bit_cast<std::uint32_t>(reference.second[i]));
        }
        std::vector<std::int32_t> without_second(reference.label.size());
        std::vector<float> best(reference.label.size());
        const CentroidPanel panel({centroids.data(), c.clusters, c.columns});
        table->assign({x.data(), c.columns, c.rows}, panel.view(), without_second.data(), best.data(), nullptr);
        EXPECT_EQ(without_second, reference.label);
        EXPECT_EQ(best, reference.best);
      }
    }
  }
}

// Of equal scores the lowest centroid wins, wherever in a register the others are.
TEST(Kernel, TiesGoToTheLowestCentroid) {
  constexpr int clusters = 100;
  const Case c{64, 3, clusters};
  for (int first = 0; first < clusters; first += 7) {
    std::vector<float> centroids(static_cast<std::size_t>(clusters * 3), 5.0F);
    for (int k = first; k < clusters; k += 3)
      for (int j = 0; j < 3; ++j) centroids[static_cast<std::size_t>(k * 3 + j)] = 1.0F;
    const std::vector<float> x(static_cast<std::size_t>(64 * 3), 1.0F);
    for (const auto* table : tables()) {
      const auto assigned = assign(*table, x, c, centroids);
      EXPECT_EQ(assigned.label, std::vector<std::int32_t>(64, first));
      if (first + 3 < clusters) {
        EXPECT_EQ(assigned.best, assigned.second);
      }
    }
  }
}

TEST(Kernel, DistancesAreThoseOfLongDoubleAndTheSameOnEveryInstructionSet) {
  for (const auto& c : cases) {
    const auto x = normal_values(c.rows * c.columns, 5, 1, 3);
    const auto centroids = normal_values(c.clusters * c.columns, 6, 1, 3);
    std::vector<std::int32_t> label;
    for (std::int64_t i = 0; i < c.rows; ++i) label.push_back(static_cast<std::int32_t>(i % c.clusters));
    AlignedFloats packed(c.columns * kernel::candidate_max);
    const int candidates = std::min(c.clusters, 16);
    for (int k = 0; k < candidates; ++k)
      for (std::int64_t j = 0; j < c.columns; ++j)
        packed.data()[j * kernel::candidate_max + k] = centroids[static_cast<std::size_t>(k * c.columns + j)];
    std::vector<double> reference;
    std::vector<float> reference_candidates;
    for (const auto* table : tables()) {
      std::vector<double> own(static_cast<std::size_t>(c.rows));
      std::vector<float> to_candidates(static_cast<std::size_t>(c.rows * kernel::candidate_max));
      table->own_distances({x.data(), c.columns, c.rows}, centroids.data(), c.columns, label.data(), own.data());
      table->candidate_distances({x.data(), c.columns, c.rows}, packed.data(), c.columns, to_candidates.data());
      if (reference.empty()) {
        reference = own;
        reference_candidates = to_candidates;
        for (std::int64_t i = 0; i < c.rows; ++i) {
          const auto distance = [&](int k) {
            long double sum = 0;
            for (std::int64_t j = 0; j < c.columns; ++j) {
              const long double difference = static_cast<long double>(x[static_cast<std::size_t>(i * c.columns + j)]) -
                                             centroids[static_cast<std::size_t>(k * c.columns + j)];
              sum += difference * difference;
            }
            return static_cast<double>(sum);
          };
          const double own_distance = distance(label[static_cast<std::size_t>(i)]);
          EXPECT_NEAR(own[static_cast<std::size_t>(i)], own_distance, 1e-14 * own_distance);
          for (int k = 0; k < candidates; ++k)
            EXPECT_NEAR(to_candidates[static_cast<std::size_t>(i * kernel::candidate_max + k)], distance(k), 1e-5 * distance(k));
        }
      }
      EXPECT_EQ(own, reference);
      EXPECT_EQ(to_candidates, reference_candidates);
    }
  }
}

// The error grows with a row's norm by its slope, at norms to which adding 1 does nothing (above 2^53) and to which it does.
TEST(CentroidPanel, AnErrorAndItsSlopeBoundTheErrorFartherAway) {
  for (const std::int64_t columns : {1, 7, 3000, 65536})
    for (const double magnitude : {1e-20, 1.0, 1e8, 1e15, 1e16}) {
      const std::vector<float> centroid(static_cast<std::size_t>(columns), static_cast<float>(magnitude));
      const CentroidPanel panel({centroid.data(), 1, columns});
      const double norm = panel.greatest_norm();
      EXPECT_GE(norm, static_cast<double>(static_cast<float>(magnitude)) * std::sqrt(static_cast<double>(columns)));
      for (const double farther : {norm / 1000, norm, 100 * norm}) {
        const double bound = panel.score_error(norm) + panel.error_slope() * farther;
        EXPECT_NEAR(bound / panel.score_error(norm + farther), 1, 1e-12);
        EXPECT_GT(bound, panel.score_error(norm));
      }
      // The growth of n roundings by at most 2^-24 each.
      const double roundings = static_cast<double>(columns + 2);
      EXPECT_GE(panel.score_error(norm), std::expm1(roundings * std::log1p(0x1p-24)) * 3 * norm * norm);
    }
}

TEST(Kernel, FixedPointSumsAndColumnSumsAreTheSameOnEveryInstructionSet) {
  constexpr std::int64_t rows = 200;
  constexpr std::int64_t columns = 21;
  const auto x = normal_values(rows * columns, 7);
  const auto centre = normal_values(columns, 8);
  std::vector<double> multiplier(columns, 0x1p30), step(columns, 0x1p-30), low_multiplier(columns, 0x1p60);
  low_multiplier[3] = 0;
  std::vector<std::int32_t> index, from, to;
  for (std::int32_t i = 0; i < rows; ++i) {
    if (i % 3 != 0) index.push_back(i);
    from.push_back(i % 5 - 1);
    to.push_back((i + 1) % 5);
  }
  std::vector<std::int64_t> reference;
  std::vector<double> reference_sums;
  for (const auto* table : tables()) {
    std::vector<std::int64_t> sums(2 * 5 * columns);
    table->move_rows({x.data(), columns, rows}, index.data(), static_cast<std::int64_t>(index.size()), from.data(), to.data(),
                     {multiplier.data(), step.data(), low_multiplier.data(), columns, true}, sums.data(),
                     sums.data() + 5 * columns);
    std::vector<double> column_sums(3 * columns);
    std::vector<float> least(columns, 100), greatest(columns, -100);
    table->column_sums(
        {x.data(), columns, rows}, centre.data(), columns,
        {column_sums.data(), column_sums.data() + columns, column_sums.data() + 2 * columns, least.data(), greatest.data()});
    column_sums.insert(column_sums.end(), least.begin(), least.end());
    column_sums.insert(column_sums.end(), greatest.begin(), greatest.end());
    if (reference.empty()) {
      reference = sums;
      reference_sums = column_sums;
      // Cluster 4, column 0: rows that came to it less those that left it, to 2^-60.
      long double expected = 0;
      for (const auto i : index) {
        if (to[static_cast<std::size_t>(i)] == 4) expected += x[static_cast<std::size_t>(i * columns)];
        if (from[static_cast<std::size_t>(i)] == 4) expected -= x[static_cast<std::size_t>(i * columns)];
      }
      const double found = std::ldexp(static_cast<double>(sums[4 * columns]), -30) +
                           std::ldexp(static_cast<double>(sums[5 * columns + 4 * columns]), -60);
      EXPECT_NEAR(found, static_cast<double>(expected), 1e-14);
      EXPECT_EQ(sums[5 * columns + 3], 0);
    }
    EXPECT_EQ(sums, reference);
    EXPECT_EQ(column_sums, reference_sums);
  }
}

}  // namespace
}  // namespace fullbase::clustering
