// What the docstrings of column_statistics(), start_centroids(), kmeans(), fill_empty_clusters() and criteria() say is sent, to
// the byte: with threads as ranks and under mpirun.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <string>

#include "algorithms/clustering/cases.hpp"
#include "algorithms/clustering/criteria.hpp"

namespace fullbase::testing {

/// Bytes that this rank sent since it was made.
class Meter {
 public:
  explicit Meter(comm::Communicator& communicator) : communicator_(communicator), before_(communicator.statistics()) {}
  std::int64_t bytes() const { return communicator_.statistics().total().bytes - before_.total().bytes; }
  std::int64_t bytes(const std::string& stage) const {
    return communicator_.statistics().total(stage).bytes - before_.total(stage).bytes;
  }
  std::int64_t bytes(const std::string& stage, const std::string& collective) const {
    const auto in = [&](const comm::Statistics& statistics) {
      const auto found = statistics.table().find({stage, collective});
      return found == statistics.table().end() ? 0 : found->second.bytes;
    };
    return in(communicator_.statistics()) - in(before_);
  }

 private:
  comm::Communicator& communicator_;
  comm::Statistics before_;
};

/// A fit and its criteria; in the first iteration of each start `empty` clusters have no rows, in later ones none.
/// `limbs_of_sums` is what the columns need.
inline void traffic_is_what_the_formulas_say(comm::Communicator& communicator, const Values& values,
                                             const clustering::KMeansOptions& options, std::int64_t empty = 0,
                                             int limbs_of_sums = 1) {
  using clustering::Start;
  constexpr std::int64_t limbs = base::ExactSum::limb_count;
  const std::int64_t k = options.clusters;
  const std::int64_t d = values.columns;
  const std::int64_t starts = options.starts;
  data::Budget budget(1 << 30);
  MemorySpill spill;
  const auto matrix = matrix_of(values, communicator, budget, spill);
  const Meter meter(communicator);

  const auto statistics = clustering::column_statistics(communicator, matrix, {});
  const std::int64_t statistics_sent = (statistics.is_centred ? 2 : 1) * (8 * d * (3 * limbs + 2) + 24);
  std::int64_t iterations = 0;
  const auto result = clustering::kmeans(communicator, matrix, statistics, options, random::Key{1}, budget,
                                         [&](const clustering::KMeansState&) { ++iterations; });
  clustering::criteria(communicator, matrix, statistics, result, budget);

  const bool two_limbs = std::ranges::any_of(statistics.scales, [](const auto& scale) { return scale.limbs() == 2; });
  EXPECT_EQ(two_limbs, limbs_of_sums == 2);
  const std::int64_t sums = 8 * k * (limbs_of_sums * d + 1);
  const std::int64_t labellings = iterations + (starts > 1 ? starts : 0) + 1;
  const std::int64_t inertia = starts > 1 ? starts * (8 + 8 * limbs) : 0;
  const std::int64_t filled = empty > 0 ? starts * (16 + 16 * k + 16 * empty + sums) : 0;
  std::int64_t criteria = 8 + 8 * k * limbs;
  if (k > 1) criteria += 8 + 8 * limbs;
  if (k > 1 && clustering::has_exact_silhouette(values.rows, values.columns))
    criteria += 8 + (4 * d + 4) * matrix.local_rows().size();

  // What a start sends from every rank, and how many rows it sends from the ranks that have them.
  std::int64_t by_every_rank = 0;
  std::int64_t rows = 0;
  std::int64_t draws = 2;
  for (double power = std::exp(1.0); power <= static_cast<double>(k); power *= std::exp(1.0)) ++draws;
  const std::int64_t candidates = meter.bytes("start", "sum") / 8;
  switch (options.start) {
    case Start::given:
      break;
    case Start::random:
      by_every_rank = 16 * starts;
      rows = k * starts;
      break;
    case Start::kmeans_plus_plus:
      by_every_rank = (16 + (k - 1) * (48 + 16 * draws)) * starts;
      rows = (1 + (k - 1) * draws) * starts;
      break;
    case Start::kmeans_parallel:
      // One maximum each time that rows become known: the first, and those of each round that drew some.
      by_every_rank = (24 + 5 * 8) * starts + 32 * meter.bytes("start", "max") / 8 + 8 * candidates;
      rows = candidates;
      EXPECT_GT(candidates, 0);
  }

  const std::int64_t start = meter.bytes("start");
  EXPECT_EQ(meter.bytes("statistics"), statistics_sent);
  EXPECT_EQ(meter.bytes("labels"), 8);
  EXPECT_EQ(meter.bytes("iteration"), labellings * (sums + 16));
  EXPECT_EQ(meter.bytes("inertia"), inertia);
  EXPECT_EQ(meter.bytes("result"), 8 + 8 * limbs);
  EXPECT_EQ(meter.bytes("empty clusters"), filled);
  EXPECT_EQ(meter.bytes("criteria"), criteria);
  EXPECT_EQ(meter.bytes(), statistics_sent + 8 + start + labellings * (sums + 16) + inertia + 8 + 8 * limbs + filled + criteria);
  EXPECT_EQ(communicator.sum_value(start), by_every_rank * communicator.size() + rows * (8 + 4 * d));
}

/// Every start, one and several of them, one and two limbs, one cluster, and clusters without rows.
inline void traffic_of_all_stages(comm::Communicator& communicator) {
  using clustering::Start;
  const auto near = clouds(5000, 6, 5, 1, 36);
  const auto far = clouds(5000, 6, 5, 1, 36, 20);
  Values outlier{700'000, 1, {1e9F}};
  for (int i = 1; i < 700'000; ++i) outlier.values.push_back(static_cast<float>(i % 97));
  const auto many = clouds(70'000, 2, 5, 1, 37);
  for (const auto start : {Start::random, Start::kmeans_plus_plus, Start::kmeans_parallel})
    for (const int starts : {1, 3})
      for (const auto* values : {&near, &far}) {
        SCOPED_TRACE(::testing::Message() << "start " << static_cast<int>(start) << ", " << starts << " starts");
        clustering::KMeansOptions options;
        options.clusters = 7;
        options.start = start;
        options.starts = starts;
        traffic_is_what_the_formulas_say(communicator, *values, options);
        options.clusters = 1;
        traffic_is_what_the_formulas_say(communicator, *values, options);
      }
  clustering::KMeansOptions options;
  options.clusters = 4;
  traffic_is_what_the_formulas_say(communicator, many, options);
  options.start = Start::given;
  options.max_iterations = 1;
  options.centroids = {0, 0, 1e7, 0, 2e7, 0, 1, 1};
  traffic_is_what_the_formulas_say(communicator, many, options, 2);
  options.clusters = 3;
  options.centroids = {0, 50, 1e12};
  traffic_is_what_the_formulas_say(communicator, outlier, options, 1, 2);
}

}  // namespace fullbase::testing
