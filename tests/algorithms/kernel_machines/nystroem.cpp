// Landmarks, their features, rows as points.
#include "algorithms/kernel_machines/nystroem.hpp"

#include <gmock/gmock.h>

#include <cmath>
#include <set>

#include "algorithms/kernel_machines/cases.hpp"
#include "algorithms/kernel_machines/cholesky.hpp"
#include "algorithms/kernel_machines/dense_rows.hpp"
#include "algorithms/linear/encoding_fit.hpp"
#include "base/cpu.hpp"
#include "base/error.hpp"
#include "data/make_batch.hpp"
#include "memory_spill.hpp"

namespace fullbase::kernel_machines {
namespace {

using fullbase::testing::clouds;
using fullbase::testing::panel_of;
using fullbase::testing::Points;
using fullbase::testing::rbf;

/// The points as a table of numbers x0, x1, ... and a category.
data::MemoryTable table_of(const Points& points) {
  data::Batch batch;
  batch.rows = {0, points.rows()};
  for (std::int64_t f = 0; f < points.columns; ++f) {
    std::vector<double> values;
    for (std::int64_t i = 0; i < points.rows(); ++i) values.push_back(points.row(i)[static_cast<std::size_t>(f)]);
    batch.columns.push_back(fullbase::testing::float64_column("x" + std::to_string(f), values));
  }
  return {"points", std::move(batch)};
}

std::vector<learning::Feature> features_of(const Points& points) {
  std::vector<learning::Feature> features;
  for (std::int64_t f = 0; f < points.columns; ++f) features.push_back({"x" + std::to_string(f)});
  return features;
}

TEST(Cholesky, InvertsTheFactor) {
  // A = L L' for a known L.
  const std::vector<double> l = {2, 0, 0, 1, 3, 0, -1, 0.5, 4};
  std::vector<double> a(9, 0.0);
  for (std::size_t i = 0; i < 3; ++i)
    for (std::size_t j = 0; j < 3; ++j)
      for (std::size_t k = 0; k < 3; ++k) a[i * 3 + j] += l[i * 3 + k] * l[j * 3 + k];
  const auto inverse = inverse_cholesky(a, 3);
  for (std::size_t i = 0; i < 3; ++i)
    for (std::size_t j = 0; j < 3; ++j) {
      double product = 0;
      for (std::size_t k = 0; k < 3; ++k) product += l[i * 3 + k] * inverse[k * 3 + j];
      EXPECT_NEAR(product, i == j ? 1 : 0, 1e-14);
    }
  std::vector<double> singular = {1, 1, 1, 1 - 1e-3};
  EXPECT_THROW(inverse_cholesky(singular, 2), base::Error);
}

// With every row a landmark, products of features are the kernel itself.
TEST(Nystroem, IsExactWithAllRowsAsLandmarks) {
  auto points = clouds(90, 3, 2, 1, 0, 3);
  // A landmark twice makes the kernel singular.
  points.values.insert(points.values.end(), points.row(0).begin(), points.row(0).end());
  points.classes.push_back(0);
  const NystroemMap map(0.4, 3, points.values);
  ASSERT_EQ(map.count(), 91);
  const auto panel = panel_of(points, {0, 91});
  std::vector<double> buffer(91 * 1024), features(91 * 1024);
  map.map(panel.block(0), 91, buffer.data(), features.data());
  for (std::size_t i = 0; i < 91; i += 7)
    for (std::size_t j = 0; j < 91; ++j) {
      double product = 0;
      for (std::size_t p = 0; p < 91; ++p) product += features[p * 1024 + i] * features[p * 1024 + j];
      EXPECT_NEAR(product, rbf(points.row(static_cast<std::int64_t>(i)), points.row(static_cast<std::int64_t>(j)), 0.4), 1e-6);
    }
}

TEST(Nystroem, ALinearFitInItsFeaturesIsASumOfKernels) {
  const auto points = clouds(60, 2, 3, 1, 0, 4);
  const auto landmarks = std::vector<double>(points.values.begin(), points.values.begin() + 2 * 13);
  const NystroemMap map(0.8, 2, landmarks);
  linear::LinearFit fit;
  fit.outputs = 3;
  const random::Generator draws(random::Key{3});
  for (std::int64_t i = 0; i < 3 * 14; ++i) fit.coefficients.push_back(draws.uniform(i) - 0.5);
  const auto expansion = map.expansion(fit, 3);
  const auto panel = panel_of(points, {0, 60});
  std::vector<double> buffer(13 * 1024), features(13 * 1024), decisions(3 * 1024);
  map.map(panel.block(0), 60, buffer.data(), features.data());
  decide(expansion, panel.block(0), 60, buffer.data(), decisions.data());
  for (std::size_t m = 0; m < 3; ++m)
    for (std::size_t i = 0; i < 60; ++i) {
      double score = fit.coefficients[m * 14 + 13];
      for (std::size_t p = 0; p < 13; ++p) score += fit.coefficients[m * 14 + p] * features[p * 1024 + i];
      EXPECT_NEAR(decisions[m * 1024 + i], score, 1e-6);
    }
}

TEST(Nystroem, DrawsDifferentRowsAlikeOnAnyRanks) {
  std::vector<std::int64_t> expected;
  for (const int ranks : {1, 2, 3, 4})
    comm::run_threads(ranks, [&](comm::Communicator& communicator) {
      const auto drawn = draw_rows(communicator, random::Key{42}, 5000, 300);
      if (!communicator.is_root()) return;
      if (expected.empty()) expected = drawn;
      EXPECT_EQ(drawn, expected);
    });
  EXPECT_EQ(std::set<std::int64_t>(expected.begin(), expected.end()).size(), 300U);
  EXPECT_TRUE(std::ranges::is_sorted(expected));
  // Every quarter of the table gets about a quarter of them.
  for (const std::int64_t quarter : {0, 1, 2, 3})
    EXPECT_NEAR(static_cast<double>(std::ranges::count_if(expected, [&](std::int64_t row) { return row / 1250 == quarter; })), 75,
                30);
  EXPECT_EQ(draw_rows(*comm::single(), random::Key{1}, 3, 10), (std::vector<std::int64_t>{0, 1, 2}));
  // Those of the lowest words, of more rows than are looked at together.
  std::vector<std::pair<std::uint64_t, std::int64_t>> words;
  for (std::int64_t row = 0; row < 5000; ++row) words.emplace_back(random::Generator(random::Key{42}).word(row), row);
  std::ranges::sort(words);
  for (std::size_t i = 0; i < 300; ++i) EXPECT_TRUE(std::ranges::binary_search(expected, words[i].second));
}

TEST(Nystroem, SameFeaturesOnAnyRanksThreadsAndCpu) {
  // More rows than a thread is handed at a time, of two ranks as well.
  const auto points = clouds(140'000, 4, 2, 1, 0, 5);
  const auto table = table_of(points);
  const auto features = features_of(points);
  std::vector<double> expected;
  const auto run = [&](int ranks, int threads) {
    parallel::set_thread_count(threads);
    comm::run_threads(ranks, [&](comm::Communicator& communicator) {
      data::Budget budget(std::int64_t{1} << 30);
      fullbase::testing::MemorySpill spill;
      const learning::FeatureReader reader(table, features);
      const auto encoding = linear::fit_encoding(communicator, table, features, reader, {});
      const auto rows = draw_rows(communicator, random::Key{7}, table.rows(), 21);
      const NystroemMap map(0.3, 4, gather_rows(communicator, table, features, encoding, rows));
      const auto design = map_rows(communicator, table, features, encoding, map, budget, spill, 0);
      std::vector<double> values(static_cast<std::size_t>(design.local_rows().size()) * 21);
      design.for_each([&](const linear::DesignBlock& block, int) {
        const auto first = block.block * base::block_rows - design.local_rows().first;
        for (std::int64_t p = 0; p < 21; ++p)
          for (auto i = block.rows; i < base::block_rows; ++i) ASSERT_EQ(block.dense[p * base::block_rows + i], 0);
        for (std::int64_t i = 0; i < block.rows; ++i)
          for (std::int64_t p = 0; p < 21; ++p)
            values[static_cast<std::size_t>((first + i) * 21 + p)] = block.dense[p * base::block_rows + i];
      });
      const auto all = communicator.gather(std::span<const double>(values)).values;
      if (!communicator.is_root()) return;
      if (expected.empty()) expected = all;
      EXPECT_EQ(all, expected);
    });
  };
  for (const int ranks : {1, 2, 3})
    for (const int threads : {1, 2})
      if (ranks < 3 || threads == 1) run(ranks, threads);
  parallel::set_thread_count(1);
  for (const auto isa : {base::Isa::baseline, base::Isa::avx2}) {
    if (isa > base::machine_isa()) continue;
    base::force_isa(isa);
    run(1, 2);
    base::force_isa(base::machine_isa());
  }
}

TEST(DenseRows, VarianceIsThatOfAllValues) {
  auto points = clouds(2500, 3, 2, 1, 0, 6);
  for (std::size_t i = 0; i < points.values.size(); i += 3) points.values[i] += 1000;
  const auto table = table_of(points);
  const auto features = features_of(points);
  const learning::FeatureReader reader(table, features);
  double mean = 0;
  double square = 0;
  for (const double x : points.values) mean += x / static_cast<double>(points.values.size());
  for (const double x : points.values) square += (x - mean) * (x - mean) / static_cast<double>(points.values.size());
  const auto communicator = comm::single();
  const auto raw = linear::fit_encoding(*communicator, table, features, reader, {.standardize = false});
  EXPECT_NEAR(value_variance(*communicator, table, features, raw, false), square, 1e-9 * square);
  const auto scaled = linear::fit_encoding(*communicator, table, features, reader, {.standardize = true});
  EXPECT_NEAR(value_variance(*communicator, table, features, scaled, true), 1, 1e-9);
  // Far from 0, where the mean of squares less the square of the mean has no digit left.
  auto far = clouds(2500, 1, 2, 1, 0, 7);
  double spread = 0;
  double middle = 0;
  for (auto& x : far.values) x = std::round(x * 64) / 64 + 0x1p33;
  for (const double x : far.values) middle += (x - 0x1p33) / 2500;
  for (const double x : far.values) spread += (x - 0x1p33 - middle) * (x - 0x1p33 - middle) / 2500;
  const auto distant = table_of(far);
  const auto one = features_of(far);
  const auto unscaled =
      linear::fit_encoding(*communicator, distant, one, learning::FeatureReader(distant, one), {.standardize = false});
  EXPECT_NEAR(value_variance(*communicator, distant, one, unscaled, false), spread, 1e-6 * spread);
}

}  // namespace
}  // namespace fullbase::kernel_machines
