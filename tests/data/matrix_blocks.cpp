#include "data/matrix_blocks.hpp"

#include <gtest/gtest.h>

#include <vector>

#include "base/error.hpp"
#include "memory_spill.hpp"

namespace fullbase::data {
namespace {

float value_at(std::int64_t row, int column) {
  return static_cast<float>(row * 10 + column);
}

void fill(MatrixBlocks& matrix) {
  for (auto block = matrix.local().first; block < matrix.local().last; ++block) {
    const auto rows = base::rows_of_block(block, matrix.rows());
    std::vector<float> values;
    for (auto row = rows.first; row < rows.last; ++row)
      for (int j = 0; j < matrix.columns(); ++j) values.push_back(value_at(row, j));
    matrix.write(block, {values.data(), rows.size(), matrix.columns()});
  }
}

// Every local block read back, row by row; padding is zero.
void expect_holds_what_was_written(const MatrixBlocks& matrix) {
  std::vector<float> buffer(static_cast<std::size_t>(matrix.local().size() * matrix.block_values()));
  matrix.read(matrix.local(), buffer.data());
  for (std::int64_t i = 0; i < matrix.local().size() * base::block_rows; ++i) {
    const auto row = matrix.local().first * base::block_rows + i;
    for (int j = 0; j < matrix.stride(); ++j) {
      const bool is_padding = row >= matrix.rows() || j >= matrix.columns();
      ASSERT_EQ(buffer[static_cast<std::size_t>(i * matrix.stride() + j)], is_padding ? 0 : value_at(row, j))
          << "row " << row << " column " << j;
    }
  }
}

constexpr std::int64_t rows = 5 * base::block_rows + 7;
constexpr std::int64_t block_bytes = base::block_rows * 8 * 4;  // five columns are stored as eight

TEST(MatrixBlocks, HoldsEverythingInMemoryWhereTheBudgetAllows) {
  Budget budget(6 * block_bytes);
  testing::MemorySpill spill;
  MatrixBlocks matrix(rows, 5, {0, 6}, budget, spill);
  EXPECT_EQ(matrix.stride(), 8);
  EXPECT_EQ(matrix.resident_blocks(), 6);
  EXPECT_EQ(budget.available(), 0);
  fill(matrix);
  expect_holds_what_was_written(matrix);
  EXPECT_EQ(matrix.resident(5)(6, 4), value_at(rows - 1, 4));
  EXPECT_EQ(spill.reads(), 0);
}

TEST(MatrixBlocks, SpillsWhatTheBudgetRefuses) {
  for (const std::int64_t blocks : {2, 3, 5}) {
    Budget budget(blocks * block_bytes);
    testing::MemorySpill spill;
    MatrixBlocks matrix(rows, 5, {1, 6}, budget, spill);
    EXPECT_EQ(matrix.resident_blocks(), blocks == 5 ? 5 : blocks - 2 * matrix.segment_blocks());
    EXPECT_LE(budget.peak(), budget.limit());
    fill(matrix);
    expect_holds_what_was_written(matrix);
  }
}

TEST(MatrixBlocks, NeedsRoomForTwoBlocksAtLeast) {
  Budget budget(block_bytes);
  testing::MemorySpill spill;
  EXPECT_THROW(MatrixBlocks(rows, 5, {0, 6}, budget, spill), base::Error);
}

TEST(MatrixBlocks, ARankMayOwnNothing) {
  Budget budget(0);
  testing::MemorySpill spill;
  const MatrixBlocks matrix(rows, 5, {6, 6}, budget, spill);
  EXPECT_TRUE(matrix.local_rows().empty());
}

std::uint8_t byte_at(std::int64_t row, int column) {
  return static_cast<std::uint8_t>(row * 7 + column);
}

TEST(ByteBlocks, HoldWhatWasWrittenInMemoryAndSpilled) {
  constexpr std::int64_t bytes_of_block = base::block_rows * 8;  // five columns are stored as eight
  EXPECT_EQ(ByteBlocks::bytes(3, 5), 3 * bytes_of_block);
  for (const std::int64_t blocks : {2, 3, 5, 6}) {
    Budget budget(blocks * bytes_of_block);
    testing::MemorySpill spill;
    ByteBlocks matrix(rows, 5, {0, 6}, budget, spill);
    EXPECT_EQ(matrix.stride(), 8);
    EXPECT_EQ(matrix.resident_blocks(), blocks == 6 ? 6 : blocks - 2 * matrix.segment_blocks());
    for (std::int64_t block = 0; block < 6; ++block) {
      std::vector<std::uint8_t> values;
      const auto range = base::rows_of_block(block, rows);
      for (auto row = range.first; row < range.last; ++row)
        for (int j = 0; j < 5; ++j) values.push_back(byte_at(row, j));
      matrix.write(block, {values.data(), range.size(), 5});
    }
    std::vector<std::uint8_t> buffer(static_cast<std::size_t>(6 * matrix.block_values()));
    matrix.read({0, 6}, buffer.data());
    for (std::int64_t row = 0; row < 6 * base::block_rows; ++row)
      for (int j = 0; j < 8; ++j)
        ASSERT_EQ(buffer[static_cast<std::size_t>(row * 8 + j)], row >= rows || j >= 5 ? 0 : byte_at(row, j)) << row << " " << j;
  }
}

}  // namespace
}  // namespace fullbase::data
