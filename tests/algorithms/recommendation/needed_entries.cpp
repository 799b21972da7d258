// Rows of the other side that a rank's own rows name, wherever they lie.
#include "algorithms/recommendation/needed_entries.hpp"

#include <gmock/gmock.h>

#include <set>

#include "base/error.hpp"
#include "comm/launch.hpp"
#include "error_text.hpp"
#include "random/generator.hpp"
#include "random_matrix.hpp"

namespace fullbase::recommendation {
namespace {

using ::testing::ElementsAreArray;
using ::testing::HasSubstr;

/// Customers and items of three blocks and more, some of them without any entry.
testing::DenseMatrix sample() {
  const random::Generator draws(random::Key{7});
  return testing::matrix_of(4200, 3100, [&](std::int64_t u, std::int64_t i) {
    const bool there = u % 17 != 3 && i % 5 != 2 && draws.uniform(u, i) < (i < 8 ? 0.1 : 0.0006);
    return there ? 0.25 + static_cast<double>((u * 7 + i * 3) % 11) : 0;
  });
}

std::int64_t expected_bytes(const testing::DenseMatrix& matrix, const Interactions& part, const NeededEntries& needed, int rank) {
  // What is asked for, and what others ask for: the entries of rows that any of their customers has.
  std::int64_t bytes = 0;
  const auto own = part.items.rows_of(rank);
  for (std::int64_t item = 0; item < matrix.items; ++item)
    bytes += !own.contains(item) && needed.place_of_row[static_cast<std::size_t>(item)] >= 0 ? 4 : 0;
  for (int other = 0; other < part.items.ranks(); ++other) {
    const auto theirs = part.customers.rows_of(other);
    for (auto item = own.first; other != rank && item < own.last; ++item) {
      bool asked = false;
      for (auto customer = theirs.first; customer < theirs.last && !asked; ++customer) asked = matrix.at(customer, item) != 0;
      if (asked) bytes += 4 + 8 * part.of_items.length(item - own.first);
    }
  }
  return bytes;
}

TEST(NeededEntries, AreTheRowsThatAreNamedInOrder) {
  const auto matrix = sample();
  for (const int ranks : {1, 2, 3, 4}) {
    for (const std::int64_t round_bytes : {std::int64_t{64}, comm::usual_round_bytes}) {
      if (round_bytes == 64 && ranks != 3) continue;
      comm::run_threads(ranks, [&](comm::Communicator& communicator) {
        const auto part = testing::of_rank(matrix, communicator.rank(), ranks);
        data::Budget budget(std::int64_t{1} << 30);
        const auto needed = fetch_entries(communicator, part.of_customers, part.of_items, part.items, budget, round_bytes);

        const std::set<std::int32_t> named(part.of_customers.columns.begin(), part.of_customers.columns.end());
        ASSERT_EQ(needed.rows.rows(), std::ssize(named));
        ASSERT_EQ(std::ssize(needed.place_of_row), matrix.items);
        std::int64_t place = 0;
        for (std::int32_t item = 0; item < matrix.items; ++item) {
          if (!named.contains(item)) {
            ASSERT_EQ(needed.place_of_row[static_cast<std::size_t>(item)], -1);
            continue;
          }
          ASSERT_EQ(needed.place_of_row[static_cast<std::size_t>(item)], place);
          std::vector<std::int32_t> columns;
          std::vector<float> values;
          for (std::int32_t customer = 0; customer < matrix.customers; ++customer) {
            if (matrix.at(customer, item) == 0) continue;
            columns.push_back(customer);
            values.push_back(matrix.at(customer, item));
          }
          ASSERT_THAT(needed.rows.columns_of(place), ElementsAreArray(columns)) << "item " << item;
          ASSERT_THAT(needed.rows.values_of(place), ElementsAreArray(values)) << "item " << item;
          ++place;
        }
        EXPECT_EQ(needed.memory.bytes(), 8 * (needed.rows.entries() + needed.rows.rows()) + 4 * matrix.items);
        EXPECT_EQ(communicator.statistics().table().at({"fetch entries", "all_to_all"}).bytes,
                  expected_bytes(matrix, part, needed, communicator.rank()));
      });
    }
  }
}

TEST(NeededEntries, ALackOfMemoryOnOneRankIsEveryRanksError) {
  const auto matrix = sample();
  for (int short_rank = 0; short_rank < 3; ++short_rank) {
    comm::run_threads(3, [&](comm::Communicator& communicator) {
      const auto part = testing::of_rank(matrix, communicator.rank(), 3);
      data::Budget budget(communicator.rank() == short_rank ? 1000 : std::int64_t{1} << 30);
      const auto text = testing::error_text(
          [&] { fetch_entries(communicator, part.of_customers, part.of_items, part.items, budget); }, base::ErrorKind::job_file);
      EXPECT_THAT(text, HasSubstr("the rows that a rank's entries name"));
      EXPECT_THAT(text, HasSubstr("rank " + std::to_string(short_rank)));
    });
  }
}

TEST(NeededEntries, NobodyNeedsAnything) {
  comm::run_threads(2, [&](comm::Communicator& communicator) {
    data::Budget budget(1000);
    const auto needed = fetch_entries(communicator, SparseRows(), SparseRows(), RowShares(0, 2), budget);
    EXPECT_EQ(needed.rows.rows(), 0);
    EXPECT_EQ(needed.rows.entries(), 0);
  });
}

}  // namespace
}  // namespace fullbase::recommendation
