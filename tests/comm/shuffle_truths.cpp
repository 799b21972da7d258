#include <algorithm>
#include <numeric>

#include "comm/rows_of_test.hpp"
#include "comm/shuffle.hpp"
#include "comm/table_truths.hpp"

namespace fullbase::testing {
namespace {

/// Negative, 0, positive by the definition of the canonical order, written without words or bytes.
int compare_values(const data::Column& column, std::int64_t a, std::int64_t b) {
  if (column.field().type == data::Type::string) return column.strings()[a].compare(column.strings()[b]);
  if (column.field().type == data::Type::int64) {
    const auto x = column.int64s()[static_cast<std::size_t>(a)];
    const auto y = column.int64s()[static_cast<std::size_t>(b)];
    return (x > y) - (x < y);
  }
  const auto x = column.int32s()[static_cast<std::size_t>(a)];
  const auto y = column.int32s()[static_cast<std::size_t>(b)];
  return (x > y) - (x < y);
}

/// Rows of the whole table in the order that a shuffle by `keys` promises.
std::vector<std::int64_t> expected_order(const data::Batch& whole, const std::vector<int>& keys) {
  std::vector<std::int64_t> order;
  for (std::int64_t i = 0; i < whole.rows.size(); ++i) {
    const bool missing = std::ranges::any_of(keys, [&](int k) { return whole[static_cast<std::size_t>(k)].is_missing(i); });
    if (!missing) order.push_back(i);
  }
  std::ranges::stable_sort(order, [&](std::int64_t a, std::int64_t b) {
    for (const int k : keys) {
      const int c = compare_values(whole[static_cast<std::size_t>(k)], a, b);
      if (c != 0) return c < 0;
    }
    return false;
  });
  return order;
}

void expect_rows(const data::Batch& part, const data::Batch& whole, const std::vector<std::int64_t>& order) {
  ASSERT_EQ(part.columns.size(), whole.columns.size());
  for (const auto& column : part.columns) ASSERT_EQ(column.rows(), part.rows.size());
  for (std::int64_t i = 0; i < part.rows.size(); ++i)
    ASSERT_EQ(row_text(part, i), row_text(whole, order[static_cast<std::size_t>(part.rows.first + i)]));
}

const std::vector<std::vector<int>> key_choices = {{0}, {1}, {2}, {3}, {4}, {2, 3}, {3, 2, 0}, {1, 0}, {0, 1, 4}, {7}};

}  // namespace

void shuffle_sorts_the_whole(comm::Communicator& world) {
  for (const std::int64_t rows : {0, 1, 5, 1500, 5000}) {
    for (const int skew : {0, 35, 100}) {
      if (rows < 5000 && skew != 35) continue;
      const auto whole = whole_table(rows, skew, 17);
      for (const auto& keys : key_choices) {
        const auto order = expected_order(whole, keys);
        // a few rows a round: several rounds a column
        const auto result = comm::shuffle(world, ragged_part(whole, world),
                                          {.keys = keys,
                                           .round_bytes = rows < 1000   ? 16
                                                          : rows < 5000 ? 2000
                                                                        : 1 << 20});
        EXPECT_EQ(result.rows, std::ssize(order));
        EXPECT_EQ(result.left_out, rows - std::ssize(order));
        EXPECT_EQ(result.batch.rows, base::Partition(result.rows, world.size()).rows_of(world.rank()));
        expect_rows(result.batch, whole, order);
      }
    }
  }
}

void shuffle_keeps_groups_whole(comm::Communicator& world) {
  for (const std::int64_t rows : {0, 3, 5000}) {
    for (const int skew : {0, 35, 100}) {
      if (rows < 5000 && skew != 35) continue;
      const auto whole = whole_table(rows, skew, 5);
      for (const auto& keys : key_choices) {
        for (int leading = 1; leading <= std::ssize(keys); ++leading) {
          const auto order = expected_order(whole, keys);
          const auto result = comm::shuffle(world, ragged_part(whole, world), {.keys = keys, .whole_groups = leading});
          expect_rows(result.batch, whole, order);
          // the group of a rank's first row begins there, and on the rank that owns that row by blocks
          const auto group_keys = std::vector<int>(keys.begin(), keys.begin() + leading);
          const auto differs = [&](std::int64_t a, std::int64_t b) {
            return std::ranges::any_of(group_keys, [&](int k) {
              return compare_values(whole[static_cast<std::size_t>(k)], order[static_cast<std::size_t>(a)],
                                    order[static_cast<std::size_t>(b)]) != 0;
            });
          };
          const auto [first, last] = result.batch.rows;
          if (first < last && first > 0) {
            EXPECT_TRUE(differs(first - 1, first));
          }
          const base::Partition partition(result.rows, world.size());
          const auto groups = comm::group_starts(result.batch, group_keys);
          for (std::size_t g = 0; g + 1 < groups.size(); ++g) {
            EXPECT_EQ(partition.owner_of_row(first + groups[g]), world.rank());
            if (g > 0) {
              EXPECT_TRUE(differs(first + groups[g] - 1, first + groups[g]));
            }
            for (auto i = groups[g] + 1; i < groups[g + 1]; ++i) ASSERT_FALSE(differs(first + i - 1, first + i));
          }
          EXPECT_EQ(groups.back(), last - first);
        }
      }
    }
  }
}

}  // namespace fullbase::testing
