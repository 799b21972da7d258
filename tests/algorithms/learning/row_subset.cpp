// Some rows of a table as a table.
#include "algorithms/learning/row_subset.hpp"

#include <gmock/gmock.h>

#include "comm/launch.hpp"
#include "data/make_batch.hpp"

namespace fullbase::learning {
namespace {

using fullbase::testing::float64_column;
using fullbase::testing::int64_column;

/// Row i has i / 4 and a whole number that is missing in every fifth row.
data::MemoryTable table_of(std::int64_t rows) {
  std::vector<double> quarters;
  fullbase::testing::Optional<std::int64_t> numbers;
  for (std::int64_t i = 0; i < rows; ++i) {
    quarters.push_back(static_cast<double>(i) / 4);
    numbers.push_back(i % 5 == 0 ? std::nullopt : std::optional(i));
  }
  data::Batch batch{{0, rows}, {}};
  batch.columns.push_back(float64_column("quarter", quarters));
  batch.columns.push_back(int64_column("number", numbers));
  return {"rows", std::move(batch)};
}

/// A block without any, others with gaps.
bool is_used(std::int64_t row) {
  return row % 3 != 0 && !(1024 <= row && row < 2048);
}

std::vector<std::int64_t> used_rows(std::int64_t rows) {
  std::vector<std::int64_t> used;
  for (std::int64_t row = 0; row < rows; ++row)
    if (is_used(row)) used.push_back(row);
  return used;
}

std::vector<std::uint8_t> used_flags(base::RowRange rows) {
  std::vector<std::uint8_t> used;
  for (auto row = rows.first; row < rows.last; ++row) used.push_back(is_used(row) ? 1 : 0);
  return used;
}

TEST(RowSubset, IsTheUsedRowsInOrder) {
  const auto table = table_of(4000);
  const auto kept = used_rows(4000);
  for (const int ranks : {1, 2, 3, 4})
    comm::run_threads(ranks, [&](comm::Communicator& communicator) {
      const RowSubset subset(communicator, table, used_flags(base::Partition(4000, ranks).rows_of(communicator.rank())));
      ASSERT_EQ(subset.rows(), std::ssize(kept));
      const std::vector<int> columns = {1, 0};
      for (const auto range : {base::RowRange{0, subset.rows()}, {5, 6}, {600, 1500}, {7, 7}}) {
        const auto batch = subset.read(range, columns);
        ASSERT_EQ(batch.rows, range);
        EXPECT_EQ(subset.source_rows(range), std::vector<std::int64_t>(kept.begin() + range.first, kept.begin() + range.last));
        for (auto i = range.first; i < range.last; ++i) {
          const auto row = kept[static_cast<std::size_t>(i)];
          ASSERT_EQ(batch[1].float64s()[static_cast<std::size_t>(i - range.first)], static_cast<double>(row) / 4);
          ASSERT_EQ(batch[0].is_missing(i - range.first), row % 5 == 0);
          if (row % 5 != 0) {
            ASSERT_EQ(batch[0].int64s()[static_cast<std::size_t>(i - range.first)], row);
          }
        }
      }
    });
}

TEST(RowSubset, HasTheLabelsOfItsRows) {
  const auto table = table_of(4000);
  const auto kept = used_rows(4000);
  const auto code_of = [](std::int64_t row) { return static_cast<std::int32_t>(row * row % 7 % 3); };
  std::vector<std::int64_t> counts(3, 0);
  for (const auto row : kept) ++counts[static_cast<std::size_t>(code_of(row))];
  for (const int ranks : {1, 2, 3, 4})
    comm::run_threads(ranks, [&](comm::Communicator& communicator) {
      const auto rows = base::Partition(4000, ranks).rows_of(communicator.rank());
      Target target;
      target.task = Task::multiclass;
      target.classes = {"a", "b", "c"};
      for (auto row = rows.first; row < rows.last; ++row) target.codes.push_back(code_of(row));
      data::Budget budget(1 << 20);
      const auto part = subset(communicator, target, used_flags(rows), budget);
      const auto mine = base::Partition(std::ssize(kept), ranks).rows_of(communicator.rank());
      ASSERT_EQ(std::ssize(part.codes), mine.size());
      EXPECT_EQ(part.rows_of_class, counts);
      EXPECT_EQ(part.classes, target.classes);
      for (auto i = mine.first; i < mine.last; ++i)
        ASSERT_EQ(part.codes[static_cast<std::size_t>(i - mine.first)], code_of(kept[static_cast<std::size_t>(i)]));
    });
}

TEST(RowSubset, OfNoRowsOrOfAll) {
  const auto table = table_of(3);
  comm::run_threads(2, [&](comm::Communicator& communicator) {
    const auto rows = base::Partition(3, 2).rows_of(communicator.rank());
    const std::vector<std::uint8_t> none(static_cast<std::size_t>(rows.size()), 0);
    EXPECT_EQ(RowSubset(communicator, table, none).rows(), 0);
    EXPECT_TRUE(RowSubset(communicator, table, none).read({0, 0}, std::vector<int>{0}).rows.empty());
    const std::vector<std::uint8_t> all(static_cast<std::size_t>(rows.size()), 1);
    const RowSubset whole(communicator, table, all);
    EXPECT_EQ(whole.rows(), 3);
    EXPECT_EQ(whole.read({0, 3}, std::vector<int>{0})[0].float64s()[2], 0.5);
  });
}

}  // namespace
}  // namespace fullbase::learning
