// Neighbours against the definitions, pair by pair, over ranks, threads and budgets.
#include "algorithms/recommendation/neighbours.hpp"

#include <gmock/gmock.h>

#include <cmath>
#include <numeric>

#include "base/error.hpp"
#include "comm/launch.hpp"
#include "dense_matrix.hpp"
#include "error_text.hpp"
#include "parallel/for_each.hpp"
#include "random/generator.hpp"

namespace fullbase::recommendation {
namespace {

using ::testing::HasSubstr;

/// Some rows have nothing, some but one value, one column everything.
testing::DenseMatrix sample(std::int64_t customers, std::int64_t items, double share, bool negative = false) {
  const random::Generator draws(random::Key{19});
  return testing::DenseMatrix::made(customers, items, [&](std::int64_t u, std::int64_t i) -> double {
    if (i == 2 || u == 4) return 0;
    if (i == 3 && u != 1) return 3;
    if (draws.uniform(u, i) >= share) return 0;
    const double value = i % 6 == 0 ? 2.5 : 1 + static_cast<double>((u * 7 + i * 3) % 5);
    return negative && (u + i) % 3 == 0 ? -value : value;
  });
}

struct Found {
  std::vector<std::int64_t> lengths;
  std::vector<std::int32_t> ids;
  std::vector<float> scores;
  std::vector<std::int32_t> common;
  friend bool operator==(const Found&, const Found&) = default;
};

Found found(const testing::DenseMatrix& matrix, const NeighbourOptions& options, int ranks,
            std::int64_t budget_bytes = std::int64_t{1} << 30, std::int64_t* calls = nullptr) {
  std::vector<NeighbourLists> parts(static_cast<std::size_t>(ranks));
  comm::run_threads(ranks, [&](comm::Communicator& communicator) {
    data::Budget budget(budget_bytes);
    const auto part = testing::part_of_rank(matrix, communicator.rank(), ranks);
    parts[static_cast<std::size_t>(communicator.rank())] = find_neighbours(communicator, part, options, budget);
    EXPECT_EQ(budget.available(), budget_bytes) << "all is given back";
    if (calls != nullptr && communicator.is_root())
      *calls = communicator.statistics().table().at({"fetch entries", "all_to_all"}).calls;
  });
  Found all;
  for (const auto& part : parts) {
    for (std::int64_t row = 0; row < part.lists.rows(); ++row) all.lengths.push_back(part.lists.length(row));
    all.ids.insert(all.ids.end(), part.lists.ids.begin(), part.lists.ids.end());
    all.scores.insert(all.scores.end(), part.lists.scores.begin(), part.lists.scores.end());
    all.common.insert(all.common.end(), part.common.begin(), part.common.end());
  }
  return all;
}

class ByDefinition {
 public:
  ByDefinition(const testing::DenseMatrix& matrix, const NeighbourOptions& options) : options_(options) {
    const bool items = options.of == Side::items;
    rows_ = items ? matrix.items : matrix.customers;
    others_ = items ? matrix.customers : matrix.items;
    for (std::int64_t a = 0; a < rows_; ++a) {
      for (std::int64_t c = 0; c < others_; ++c) values_.push_back(items ? matrix.at(c, a) : matrix.at(a, c));
    }
  }

  std::int64_t rows() const { return rows_; }

  double at(std::int64_t a, std::int64_t c) const {
    return static_cast<double>(values_[static_cast<std::size_t>(a * others_ + c)]);
  }

  std::int32_t common(std::int64_t a, std::int64_t b) const {
    std::int32_t n = 0;
    for (std::int64_t c = 0; c < others_; ++c) n += at(a, c) != 0 && at(b, c) != 0 ? 1 : 0;
    return n;
  }

  double likeness(std::int64_t a, std::int64_t b) const {
    const double n = common(a, b);
    if (n < static_cast<double>(options_.least_common)) return 0;
    return plain(a, b, n) * n / (n + options_.shrinkage);
  }

 private:
  /// Sum over c of f(a, b), where both have a value if `both`.
  template <class F>
  double sum(std::int64_t a, std::int64_t b, bool both, F&& f) const {
    double total = 0;
    for (std::int64_t c = 0; c < others_; ++c) {
      if (!both || (at(a, c) != 0 && at(b, c) != 0)) total += f(at(a, c), at(b, c));
    }
    return total;
  }
  double length(std::int64_t a) const {
    return sum(a, a, false, [](double x, double) { return x != 0 ? 1.0 : 0.0; });
  }

  double plain(std::int64_t a, std::int64_t b, double n) const {
    const auto first = [](double x, double) { return x; };
    const auto second = [](double, double y) { return y; };
    const auto product = [](double x, double y) { return x * y; };
    switch (options_.likeness) {
      case Likeness::cosine: {
        const bool both = options_.common_only;
        return sum(a, b, true, product) / std::sqrt(sum(a, b, both, [](double x, double) { return x * x; }) *
                                                    sum(a, b, both, [](double, double y) { return y * y; }));
      }
      case Likeness::pearson: {
        const double mean_a = sum(a, b, true, first) / n;
        const double mean_b = sum(a, b, true, second) / n;
        const double of_both = sum(a, b, true, [&](double x, double y) { return (x - mean_a) * (y - mean_b); });
        const double of_a = sum(a, b, true, [&](double x, double) { return (x - mean_a) * (x - mean_a); });
        const double of_b = sum(a, b, true, [&](double, double y) { return (y - mean_b) * (y - mean_b); });
        return of_a > 1e-9 && of_b > 1e-9 ? of_both / std::sqrt(of_a * of_b) : 0;
      }
      case Likeness::msd:
        return 1 / (1 + sum(a, b, true, [](double x, double y) { return (x - y) * (x - y); }) / n);
      case Likeness::jaccard:
        return n / (length(a) + length(b) - n);
      case Likeness::bm25:
        break;
    }
    double total = 0;
    for (std::int64_t c = 0; c < others_; ++c) {
      if (at(a, c) != 0 && at(b, c) != 0) total += weight(a, c) * weight(b, c);
    }
    return total;
  }

  double weight(std::int64_t a, std::int64_t c) const {
    if (at(a, c) == 0) return 0;
    const double all = std::accumulate(values_.begin(), values_.end(), 0.0);
    double holders = 0;
    for (std::int64_t row = 0; row < rows_; ++row) holders += at(row, c) != 0 ? 1 : 0;
    const double own = sum(a, a, false, [](double x, double) { return x; });
    const double norm = options_.bm25_k1 * (1 - options_.bm25_b + options_.bm25_b * own / (all / static_cast<double>(rows_)));
    const double idf = std::log(1 + (static_cast<double>(rows_) - holders + 0.5) / (holders + 0.5));
    return idf * (options_.bm25_k1 + 1) * at(a, c) / (at(a, c) + norm);
  }

  const NeighbourOptions& options_;
  std::int64_t rows_;
  std::int64_t others_;
  std::vector<float> values_;
};

void expect_definition(const testing::DenseMatrix& matrix, const NeighbourOptions& options) {
  const ByDefinition truth(matrix, options);
  const auto lists = found(matrix, options, 1);
  std::size_t entry = 0;
  for (std::int64_t a = 0; a < truth.rows(); ++a) {
    std::vector<double> all(static_cast<std::size_t>(truth.rows()), 0);
    std::int64_t others = 0;
    for (std::int64_t b = 0; b < truth.rows(); ++b) {
      if (b != a && truth.common(a, b) > 0) all[static_cast<std::size_t>(b)] = truth.likeness(a, b);
      others += std::abs(all[static_cast<std::size_t>(b)]) > 1e-9 ? 1 : 0;
    }
    ASSERT_EQ(lists.lengths[static_cast<std::size_t>(a)], std::min(options.neighbours, others)) << "row " << a;
    for (std::int64_t rank = 0; rank < lists.lengths[static_cast<std::size_t>(a)]; ++rank, ++entry) {
      const auto b = lists.ids[entry];
      const double expected = all[static_cast<std::size_t>(b)];
      ASSERT_NE(b, a);
      ASSERT_NEAR(lists.scores[entry], expected, 1e-6 * std::abs(expected) + 1e-12) << "rows " << a << " and " << b;
      ASSERT_EQ(lists.common[entry], truth.common(a, b));
      if (rank > 0) {
        ASSERT_TRUE(lists.scores[entry - 1] > lists.scores[entry] ||
                    (lists.scores[entry - 1] == lists.scores[entry] && lists.ids[entry - 1] < b));
      }
      all[static_cast<std::size_t>(b)] = -2;
    }
    if (lists.lengths[static_cast<std::size_t>(a)] < options.neighbours) continue;
    for (const double left_out : all) {
      if (left_out != 0) {
        ASSERT_LE(left_out, lists.scores[entry - 1] * (lists.scores[entry - 1] > 0 ? 1 + 1e-6 : 1 - 1e-6)) << "row " << a;
      }
    }
  }
  ASSERT_EQ(entry, lists.ids.size());
  ASSERT_GT(entry, 0);
}

const std::vector<NeighbourOptions> all_kinds = {
    {.likeness = Likeness::cosine},
    {.likeness = Likeness::cosine, .shrinkage = 5, .least_common = 2, .common_only = true},
    {.likeness = Likeness::pearson},
    {.likeness = Likeness::pearson, .shrinkage = 2.5, .least_common = 3},
    {.likeness = Likeness::msd, .least_common = 2},
    {.likeness = Likeness::jaccard, .shrinkage = 1},
    {.likeness = Likeness::bm25},
};

TEST(Neighbours, AreThoseOfTheDefinition) {
  const auto matrix = sample(60, 40, 0.2);
  for (auto options : all_kinds) {
    for (const auto side : {Side::customers, Side::items}) {
      for (const std::int64_t count : {7, 1000}) {
        options.of = side;
        options.neighbours = count;
        SCOPED_TRACE(::testing::Message() << static_cast<int>(options.likeness) << " of " << static_cast<int>(side));
        expect_definition(matrix, options);
      }
    }
  }
}

TEST(Neighbours, ValuesMayBeNegative) {
  const auto matrix = sample(60, 40, 0.2, true);
  for (const auto kind : {Likeness::cosine, Likeness::pearson, Likeness::msd})
    expect_definition(matrix, {.likeness = kind, .neighbours = 9});
}

// More rows than a strip has, so that lists grow from strip to strip, and so few entries that most strips are sparse.
TEST(Neighbours, SameBitsOnAnyRanksAndThreads) {
  const auto matrix = sample(4200, 400, 0.01);
  const auto threads = parallel::thread_count();
  for (auto options : all_kinds) {
    for (const auto side : {Side::customers, Side::items}) {
      options.of = side;
      options.neighbours = 12;
      parallel::set_thread_count(1);
      const auto expected = found(matrix, options, 1);
      ASSERT_GT(expected.ids.size(), 500);
      parallel::set_thread_count(2);
      for (const int ranks : {2, 3, 4}) ASSERT_EQ(found(matrix, options, ranks), expected) << ranks << " ranks";
    }
  }
  parallel::set_thread_count(threads);
}

TEST(Neighbours, SameBitsWhereThereIsRoomForOneStripAtATime) {
  const auto matrix = sample(6200, 300, 0.01);
  for (auto options : all_kinds) {
    options.of = Side::customers;
    options.neighbours = 2;
    std::int64_t calls = 0;
    std::int64_t calls_with_less = 0;
    const auto expected = found(matrix, options, 1, std::int64_t{1} << 30, &calls);
    for (const int ranks : {1, 2}) {
      ASSERT_EQ(found(matrix, options, ranks, 740'000 - 100'000 * ranks, &calls_with_less), expected) << ranks << " ranks";
      ASSERT_GE(calls_with_less, calls + 4) << "entries are fetched in three goes at least, not in one";
    }
  }
}

TEST(Neighbours, OfTwoAreTheSameBothWays) {
  const auto matrix = sample(300, 40, 0.2);
  for (auto options : all_kinds) {
    options.neighbours = 40;
    const auto lists = found(matrix, options, 1);
    std::vector<std::vector<float>> likeness(40, std::vector<float>(40, 0));
    std::size_t entry = 0;
    for (std::size_t row = 0; row < 40; ++row) {
      for (std::int64_t i = 0; i < lists.lengths[row]; ++i, ++entry)
        likeness[row][static_cast<std::size_t>(lists.ids[entry])] = lists.scores[entry];
    }
    for (std::size_t a = 0; a < 40; ++a) {
      for (std::size_t b = 0; b < 40; ++b) ASSERT_EQ(likeness[a][b], likeness[b][a]);
    }
  }
}

TEST(Neighbours, FewRowsAndNone) {
  const auto one_item = testing::DenseMatrix::made(5, 1, [](std::int64_t, std::int64_t) { return 2; });
  for (const int ranks : {1, 3}) {
    EXPECT_EQ(found(one_item, {}, ranks).lengths, std::vector<std::int64_t>{0});
    const auto customers = found(one_item, {.of = Side::customers, .neighbours = 2}, ranks);
    EXPECT_EQ(customers.ids, (std::vector<std::int32_t>{1, 2, 0, 2, 0, 1, 0, 1, 0, 1}));
    EXPECT_TRUE(found(one_item, {.of = Side::customers, .neighbours = 0}, ranks).ids.empty());
    EXPECT_TRUE(found(testing::DenseMatrix{}, {}, ranks).lengths.empty());
  }
}

TEST(Neighbours, WhatOneRankCannotDoIsEveryRanksError) {
  const auto negative = sample(3000, 60, 0.05, true);
  const auto matrix = sample(3000, 60, 0.05);
  for (int failing = 0; failing < 3; ++failing) {
    comm::run_threads(3, [&](comm::Communicator& communicator) {
      const auto part = testing::part_of_rank(matrix, communicator.rank(), 3);
      for (const std::int64_t bytes : {100, 12'600, 20'000, 60'000, 90'000}) {
        data::Budget budget(communicator.rank() == failing ? bytes : std::int64_t{1} << 30);
        EXPECT_THAT(testing::error_text([&] { find_neighbours(communicator, part, {.of = Side::customers}, budget); },
                                        base::ErrorKind::job_file),
                    HasSubstr("rank " + std::to_string(failing)));
      }
    });
  }
  comm::run_threads(2, [&](comm::Communicator& communicator) {
    const auto part = testing::part_of_rank(negative, communicator.rank(), 2);
    data::Budget budget(std::int64_t{1} << 30);
    EXPECT_THAT(testing::error_text([&] { find_neighbours(communicator, part, {.likeness = Likeness::bm25}, budget); }),
                HasSubstr("a value of the matrix is negative, which has no BM25 weight"));
  });
}

}  // namespace
}  // namespace fullbase::recommendation
