// Neighbours against the definitions, pair by pair, over ranks, threads and budgets.
#include "algorithms/recommendation/neighbours.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "algorithms/recommendation/likeness_pass.hpp"
#include "base/block.hpp"
#include "base/error.hpp"
#include "comm/launch.hpp"
#include "error_text.hpp"
#include "likeness_definitions.hpp"
#include "parallel/for_each.hpp"

namespace fullbase::recommendation {
namespace {

using testing::all_kinds;
using testing::ByDefinition;
using ::testing::HasSubstr;
using testing::sample;

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
    const auto part = testing::of_rank(matrix, communicator.rank(), ranks);
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

// Few entries a row, so that strips are sparse, and two in common with the same other row.
TEST(Neighbours, NobodyIsListedTwice) {
  const auto matrix = testing::matrix_of(60, 600, [](std::int64_t u, std::int64_t i) -> double {
    return u % 30 == i % 30 ? 1 + static_cast<double>((u + i) % 4) : 0;
  });
  for (auto options : all_kinds) {
    options.least_common = 1;
    options.neighbours = 8;
    expect_definition(matrix, options);
  }
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

TEST(Neighbours, SendsWhatTheFormulaSays) {
  constexpr int ranks = 3;
  const auto matrix = sample(3100, 2100, 0.004);
  const NeighbourOptions options = {.neighbours = 5};
  const auto lists = found(matrix, options, 1);
  const auto has = [&](std::int64_t customer, std::int64_t item) { return matrix.at(customer, item) != 0; };
  comm::run_threads(ranks, [&](comm::Communicator& communicator) {
    const auto me = communicator.rank();
    const auto part = testing::of_rank(matrix, me, ranks);
    data::Budget budget(std::int64_t{1} << 30);
    const LikenessPass pass(communicator, part, options, budget);
    std::vector<std::int64_t> costs;
    for (std::int64_t r = 0; r < pass.own().rows(); ++r) costs.push_back(pass.cost_of(r));
    const auto cuts = even_cuts(communicator, costs);
    const auto worked_on_by = [&](int rank) {
      return base::RowRange{cuts[static_cast<std::size_t>(rank)], cuts[static_cast<std::size_t>(rank) + 1]};
    };
    const auto is_needed_by = [&](int rank, std::int64_t customer) {
      for (auto item = worked_on_by(rank).first; item < worked_on_by(rank).last; ++item) {
        if (has(customer, item)) return true;
      }
      return false;
    };
    const auto sent = [&](const char* stage, const char* collective) {
      return communicator.statistics().table().at({stage, collective}).bytes;
    };
    const auto before = sent("measures of rows", "all_gather");
    find_neighbours(communicator, part, options, budget);
    EXPECT_EQ(sent("measures of rows", "all_gather") - before, 8 * part.of_items.rows() + 4 * part.of_customers.rows());

    std::int64_t fetched = 0;
    std::int64_t gone_home = 2 * 8 * (ranks - 1);  // how many come, for rows and for entries
    for (auto item = worked_on_by(me).first; item < worked_on_by(me).last; ++item) {
      if (part.items.owner_of_row(item) == me) continue;
      fetched += 4;
      gone_home += 4 + 12 * lists.lengths[static_cast<std::size_t>(item)];
    }
    for (std::int64_t customer = 0; customer < matrix.customers; ++customer)
      fetched += part.customers.owner_of_row(customer) != me && is_needed_by(me, customer) ? 4 : 0;
    for (int rank = 0; rank < ranks; ++rank) {
      if (rank == me) continue;
      const auto items = base::intersect(worked_on_by(rank), part.items.rows_of(me));
      for (auto item = items.first; item < items.last; ++item)
        fetched += 4 + 8 * part.of_items.length(item - part.items.rows_of(me).first);
      for (std::int64_t r = 0; r < part.of_customers.rows(); ++r)
        fetched += is_needed_by(rank, part.customers.rows_of(me).first + r) ? 4 + 8 * part.of_customers.length(r) : 0;
    }
    EXPECT_EQ(sent("fetch entries", "all_to_all"), fetched);
    EXPECT_EQ(sent("lists to their rows", "all_to_all"), gone_home);
  });
}

// What each rank works on costs about the same, though a few items have nearly all entries.
TEST(Neighbours, WorkIsSharedByItsCost) {
  const auto matrix = testing::matrix_of(
      1500, 3000, [](std::int64_t u, std::int64_t i) { return i % 1000 < 3 || (u * 31 + i * 17) % 499 == 0 ? 1 : 0; });
  comm::run_threads(4, [&](comm::Communicator& communicator) {
    const auto part = testing::of_rank(matrix, communicator.rank(), 4);
    data::Budget budget(std::int64_t{1} << 30);
    const NeighbourOptions options;
    const LikenessPass pass(communicator, part, options, budget);
    std::vector<std::int64_t> costs;
    for (std::int64_t r = 0; r < pass.own().rows(); ++r) costs.push_back(pass.cost_of(r));
    const auto all = communicator.all_gather_all(std::span<const std::int64_t>(costs)).values;
    const auto total = std::accumulate(all.begin(), all.end(), std::int64_t{0});
    const auto dearest = *std::ranges::max_element(all);
    const auto cuts = even_cuts(communicator, costs);
    ASSERT_EQ(cuts.size(), 5);
    EXPECT_EQ(cuts.front(), 0);
    EXPECT_EQ(cuts.back(), matrix.items);
    for (std::size_t rank = 0; rank < 4; ++rank) {
      const auto cost = std::accumulate(all.begin() + cuts[rank], all.begin() + cuts[rank + 1], std::int64_t{0});
      EXPECT_LE(cost, total / 4 + dearest);
    }
  });
}

TEST(Neighbours, FewRowsAndNone) {
  const auto one_item = testing::matrix_of(5, 1, [](std::int64_t, std::int64_t) { return 2; });
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
      const auto part = testing::of_rank(matrix, communicator.rank(), 3);
      for (const std::int64_t bytes : {100, 12'600, 20'000, 60'000, 90'000}) {
        data::Budget budget(communicator.rank() == failing ? bytes : std::int64_t{1} << 30);
        EXPECT_THAT(testing::error_text([&] { find_neighbours(communicator, part, {.of = Side::customers}, budget); },
                                        base::ErrorKind::job_file),
                    HasSubstr("rank " + std::to_string(failing)));
      }
    });
  }
  comm::run_threads(2, [&](comm::Communicator& communicator) {
    const auto part = testing::of_rank(negative, communicator.rank(), 2);
    data::Budget budget(std::int64_t{1} << 30);
    EXPECT_THAT(testing::error_text([&] { find_neighbours(communicator, part, {.likeness = Likeness::bm25}, budget); }),
                HasSubstr("a value of the matrix is negative, which has no BM25 weight"));
  });
}

}  // namespace
}  // namespace fullbase::recommendation
