// Lists by neighbours, content and popularity against sums over the whole matrix, over ranks, threads and budgets.
#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>
#include <functional>
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

constexpr std::int64_t plenty = 1 << 28;
constexpr std::int64_t terms = 40;

using Lists = std::vector<std::vector<std::pair<float, std::int32_t>>>;

/// A few others for each row of a side, greatest first; of both signs.
Lists neighbours_of(std::int64_t rows) {
  const random::Generator draws(random::Key{5});
  Lists lists;
  for (std::int64_t row = 0; row < rows; ++row) {
    auto& list = lists.emplace_back();
    for (std::int64_t k = 0; k < std::min<std::int64_t>(row % 9, rows - 1); ++k)
      list.emplace_back(static_cast<float>(random::normal(draws, row, k) + 0.5),
                        static_cast<std::int32_t>((row + 1 + 7 * k) % rows));
    std::ranges::sort(list, std::greater<>());
  }
  return lists;
}

RankedRows of_rank(const Lists& lists, base::RowRange rows) {
  RankedRows made;
  for (auto row = rows.first; row < rows.last; ++row) {
    for (const auto& [score, id] : lists[static_cast<std::size_t>(row)]) {
      made.ids.push_back(id);
      made.scores.push_back(score);
    }
    made.starts.push_back(std::ssize(made.ids));
  }
  return made;
}

/// Weights of an item's terms, 0 where it has none: term (item * 3 + 5 k) mod terms for up to 5 k, of length 1.
std::vector<float> vector_of(std::int64_t item) {
  std::vector<float> vector(terms, 0);
  const auto count = item % 6;
  for (std::int64_t k = 0; k < count; ++k)
    vector[static_cast<std::size_t>((item * 3 + 5 * k) % terms)] = 1 / std::sqrt(static_cast<float>(count));
  return vector;
}

SparseRows vectors_of(base::RowRange items) {
  SparseRows rows;
  for (auto item = items.first; item < items.last; ++item) {
    const auto vector = vector_of(item);
    for (std::size_t term = 0; term < vector.size(); ++term) {
      if (vector[term] == 0) continue;
      rows.columns.push_back(static_cast<std::int32_t>(term));
      rows.values.push_back(vector[term]);
    }
    rows.starts.push_back(std::ssize(rows.columns));
  }
  return rows;
}

/// The best of all scores above 0.
std::vector<std::pair<float, std::int32_t>> best(const DenseMatrix& matrix, std::int64_t customer,
                                                 const std::vector<double>& scores, const TopOptions& options) {
  std::vector<std::pair<float, std::int32_t>> list;
  for (std::int64_t item = 0; item < matrix.items; ++item) {
    const auto score = static_cast<float>(scores[static_cast<std::size_t>(item)]);
    if (score > 0 && options.offers(item) && (options.again || matrix.at(customer, item) == 0))
      list.emplace_back(score, static_cast<std::int32_t>(item));
  }
  std::ranges::sort(list, {}, [](const auto& entry) { return std::pair(-entry.first, entry.second); });
  if (std::ssize(list) > options.top) list.resize(static_cast<std::size_t>(options.top));
  return list;
}

double weight_of(const std::vector<std::pair<float, std::int32_t>>& list, std::int64_t id) {
  const auto found = std::ranges::find(list, id, [](const auto& entry) { return entry.second; });
  return found == list.end() ? 0 : static_cast<double>(found->first);
}

/// One of the ways to recommend: by definition, and as a rank does it.
struct Way {
  std::function<std::vector<double>(const DenseMatrix&, std::int64_t customer)> scores;
  std::function<RankedRows(comm::Communicator&, const DenseMatrix&, const Interactions&, const TopOptions&, data::Budget&)> lists;
};

base::RowRange own_rows(comm::Communicator& communicator, std::int64_t rows) {
  return base::Partition(rows, communicator.size()).rows_of(communicator.rank());
}

Way by_neighbours_of_items() {
  return {[](const DenseMatrix& matrix, std::int64_t customer) {
            const auto lists = neighbours_of(matrix.items);
            std::vector<double> scores(static_cast<std::size_t>(matrix.items), 0);
            for (std::int64_t item = 0; item < matrix.items; ++item) {
              for (const auto& [likeness, other] : lists[static_cast<std::size_t>(item)])
                scores[static_cast<std::size_t>(other)] +=
                    static_cast<double>(matrix.at(customer, item)) * static_cast<double>(likeness);
            }
            return scores;
          },
          [](comm::Communicator& communicator, const DenseMatrix& matrix, const Interactions& own, const TopOptions& options,
             data::Budget& budget) {
            return top_by_neighbours(communicator, own,
                                     of_rank(neighbours_of(matrix.items), own_rows(communicator, matrix.items)), Side::items,
                                     options, budget);
          }};
}

Way by_neighbours_of_customers() {
  return {[](const DenseMatrix& matrix, std::int64_t customer) {
            const auto list = neighbours_of(matrix.customers)[static_cast<std::size_t>(customer)];
            std::vector<double> scores(static_cast<std::size_t>(matrix.items), 0);
            for (std::int64_t other = 0; other < matrix.customers; ++other) {
              const double likeness = weight_of(list, other);
              for (std::int64_t item = 0; item < matrix.items && likeness != 0; ++item)
                scores[static_cast<std::size_t>(item)] += likeness * static_cast<double>(matrix.at(other, item));
            }
            return scores;
          },
          [](comm::Communicator& communicator, const DenseMatrix& matrix, const Interactions& own, const TopOptions& options,
             data::Budget& budget) {
            return top_by_neighbours(communicator, own,
                                     of_rank(neighbours_of(matrix.customers), own_rows(communicator, matrix.customers)),
                                     Side::customers, options, budget);
          }};
}

Way by_content() {
  return {[](const DenseMatrix& matrix, std::int64_t customer) {
            std::vector<double> profile(terms, 0);
            for (std::int64_t item = 0; item < matrix.items; ++item) {
              if (matrix.at(customer, item) == 0) continue;
              const auto vector = vector_of(item);
              for (std::size_t term = 0; term < terms; ++term)
                profile[term] += static_cast<double>(matrix.at(customer, item)) * static_cast<double>(vector[term]);
            }
            double squares = 0;
            for (const double weight : profile) squares += weight * weight;
            std::vector<double> scores(static_cast<std::size_t>(matrix.items), 0);
            for (std::int64_t item = 0; item < matrix.items && squares > 0; ++item) {
              const auto vector = vector_of(item);
              for (std::size_t term = 0; term < terms; ++term)
                scores[static_cast<std::size_t>(item)] += profile[term] / std::sqrt(squares) * static_cast<double>(vector[term]);
            }
            return scores;
          },
          [](comm::Communicator& communicator, const DenseMatrix& matrix, const Interactions& own, const TopOptions& options,
             data::Budget& budget) {
            return top_by_content(communicator, own, vectors_of(own_rows(communicator, matrix.items)), terms, options, budget);
          }};
}

Way by_popularity() {
  return {[](const DenseMatrix& matrix, std::int64_t) {
            std::vector<double> scores(static_cast<std::size_t>(matrix.items), 0);
            for (std::int64_t customer = 0; customer < matrix.customers; ++customer) {
              for (std::int64_t item = 0; item < matrix.items; ++item)
                scores[static_cast<std::size_t>(item)] += matrix.at(customer, item) != 0 ? 1 : 0;
            }
            return scores;
          },
          [](comm::Communicator& communicator, const DenseMatrix&, const Interactions& own, const TopOptions& options,
             data::Budget& budget) { return top_by_popularity(communicator, own, options, budget); }};
}

Lists found(const Way& way, const DenseMatrix& matrix, const TopOptions& options, int ranks, std::int64_t budget_bytes) {
  std::vector<RankedRows> parts(static_cast<std::size_t>(ranks));
  comm::run_threads(ranks, [&](comm::Communicator& communicator) {
    data::Budget budget(budget_bytes);
    const auto own = testing::of_rank(matrix, communicator.rank(), ranks);
    parts[static_cast<std::size_t>(communicator.rank())] = way.lists(communicator, matrix, own, options, budget);
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

class RecommendBySums : public ::testing::TestWithParam<Way> {};

TEST_P(RecommendBySums, AreTheBestOfAllScores) {
  const auto matrix = testing::random_matrix(90, 70, 0.15);
  std::vector<std::uint8_t> some(70, 1);
  for (std::size_t item = 0; item < some.size(); item += 3) some[item] = 0;
  for (const std::int64_t top : {1, 10, 1000}) {
    for (const bool again : {false, true}) {
      for (const auto& options :
           {TopOptions{.top = top, .again = again}, TopOptions{.top = top, .again = again, .offered = some}}) {
        Lists expected;
        for (std::int64_t customer = 0; customer < matrix.customers; ++customer)
          expected.push_back(best(matrix, customer, GetParam().scores(matrix, customer), options));
        ASSERT_EQ(found(GetParam(), matrix, options, 1, plenty), expected) << top << again << options.offered.size();
      }
    }
  }
}

TEST_P(RecommendBySums, AreTheSameOnAnyRanksThreadsAndBudget) {
  const auto matrix = testing::random_matrix(2200, 1300, 0.01);
  const auto threads = parallel::thread_count();
  parallel::set_thread_count(1);
  const auto expected = found(GetParam(), matrix, {}, 1, plenty);
  EXPECT_FALSE(std::ranges::all_of(expected, [](const auto& list) { return list.empty(); }));
  for (const int ranks : {1, 2, 3, 4}) {
    for (const int each : {1, 2}) {
      parallel::set_thread_count(each);
      for (const std::int64_t bytes : {plenty, std::int64_t{2'000'000}})
        ASSERT_EQ(found(GetParam(), matrix, {}, ranks, bytes), expected) << ranks << " ranks, " << each << " threads";
    }
  }
  parallel::set_thread_count(threads);
}

TEST_P(RecommendBySums, FailOnEveryRankWhereOneHasNoRoom) {
  const auto matrix = testing::random_matrix(2200, 1300, 0.01);
  for (int poor = 0; poor < 3; ++poor) {
    EXPECT_THAT(testing::error_text(
                    [&] {
                      comm::run_threads(3, [&](comm::Communicator& communicator) {
                        data::Budget budget(communicator.rank() == poor ? 100 : plenty);
                        const auto own = testing::of_rank(matrix, communicator.rank(), 3);
                        GetParam().lists(communicator, matrix, own, {}, budget);
                      });
                    },
                    base::ErrorKind::job_file),
                HasSubstr("memory"))
        << "rank " << poor;
  }
}

TEST_P(RecommendBySums, NobodyNothingAndOne) {
  for (const int ranks : {1, 3}) {
    for (const auto& [customers, items] : {std::pair(1, 1), std::pair(1, 60), std::pair(60, 1)}) {
      const auto matrix = testing::random_matrix(customers, items, 0.5);
      Lists expected;
      for (std::int64_t customer = 0; customer < customers; ++customer)
        expected.push_back(best(matrix, customer, GetParam().scores(matrix, customer), {}));
      EXPECT_EQ(found(GetParam(), matrix, {}, ranks, plenty), expected) << customers << " x " << items;
    }
    const auto matrix = testing::random_matrix(50, 40, 0.5);
    const std::vector<std::uint8_t> none(40, 0);
    EXPECT_EQ(found(GetParam(), matrix, {.offered = none}, ranks, plenty), Lists(50));
  }
}

TEST_P(RecommendBySums, WhoIsNotWantedHasNoList) {
  const auto matrix = testing::random_matrix(90, 70, 0.15);
  std::vector<std::uint8_t> wanted(90, 1);
  for (std::size_t customer = 0; customer < 90; customer += 2) wanted[customer] = 0;
  auto expected = found(GetParam(), matrix, {}, 1, plenty);
  for (std::size_t customer = 0; customer < 90; customer += 2) expected[customer].clear();
  EXPECT_EQ(found(GetParam(), matrix, {.wanted = wanted}, 1, plenty), expected);
}

INSTANTIATE_TEST_SUITE_P(Ways, RecommendBySums,
                         ::testing::Values(by_neighbours_of_items(), by_neighbours_of_customers(), by_content(),
                                           by_popularity()));

}  // namespace
}  // namespace fullbase::recommendation
