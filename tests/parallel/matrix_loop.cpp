#include "parallel/matrix_loop.hpp"

#include <gtest/gtest.h>

#include <mutex>
#include <numeric>
#include <set>
#include <vector>

#include "base/error.hpp"
#include "memory_spill.hpp"
#include "parallel/for_each.hpp"

namespace fullbase::parallel {
namespace {

constexpr std::int64_t rows = 9 * base::block_rows + 5;
constexpr std::int64_t block_bytes = base::block_rows * 4 * 4;

data::MatrixBlocks numbered(data::Budget& budget, data::Spill& spill) {
  data::MatrixBlocks matrix(rows, 3, {2, 10}, budget, spill);
  for (auto block = matrix.local().first; block < matrix.local().last; ++block) {
    const auto count = base::rows_of_block(block, rows).size();
    const std::vector<float> values(static_cast<std::size_t>(count * 3), static_cast<float>(block));
    matrix.write(block, {values.data(), count, 3});
  }
  return matrix;
}

TEST(MatrixLoop, MeetsEachBlockOnceWithItsValuesWhateverIsInMemory) {
  for (const int threads : {1, 2}) {
    for (const std::int64_t memory : {2, 3, 5, 8, 100}) {
      set_thread_count(threads);
      data::Budget budget(memory * block_bytes);
      testing::MemorySpill spill;
      const auto matrix = numbered(budget, spill);
      std::mutex mutex;
      std::multiset<std::int64_t> met;
      for_each_block(matrix, [&](std::int64_t block, base::matrix_view<const float> values, int thread) {
        const std::lock_guard lock(mutex);
        met.insert(block);
        EXPECT_EQ(values.rows(), base::block_rows);
        EXPECT_EQ(values(0, 0), static_cast<float>(block));
        EXPECT_EQ(values(base::rows_of_block(block, rows).size() - 1, 2), static_cast<float>(block));
        EXPECT_LT(thread, threads);
      });
      EXPECT_EQ(met, (std::multiset<std::int64_t>{2, 3, 4, 5, 6, 7, 8, 9}));
    }
  }
}

TEST(MatrixLoop, MeetsEachBlockOfBytesOnceWhateverIsInMemory) {
  set_thread_count(2);
  for (const std::int64_t memory : {2, 5, 100}) {
    data::Budget budget(memory * base::block_rows * 4);
    testing::MemorySpill spill;
    data::ByteBlocks matrix(rows, 3, {2, 10}, budget, spill);
    for (auto block = matrix.local().first; block < matrix.local().last; ++block) {
      const auto count = base::rows_of_block(block, rows).size();
      const std::vector<std::uint8_t> values(static_cast<std::size_t>(count * 3), static_cast<std::uint8_t>(block));
      matrix.write(block, {values.data(), count, 3});
    }
    std::mutex mutex;
    std::multiset<std::int64_t> met;
    for_each_block(matrix, [&](std::int64_t block, base::matrix_view<const std::uint8_t> values, int) {
      const std::lock_guard lock(mutex);
      met.insert(block);
      EXPECT_EQ(values(0, 0), block);
      EXPECT_EQ(values(base::rows_of_block(block, rows).size() - 1, 2), block);
    });
    EXPECT_EQ(met, (std::multiset<std::int64_t>{2, 3, 4, 5, 6, 7, 8, 9}));
  }
}

TEST(MatrixLoop, ThrowsTheLowestBlocksError) {
  set_thread_count(2);
  data::Budget budget(4 * block_bytes);
  testing::MemorySpill spill;
  const auto matrix = numbered(budget, spill);
  for (const std::int64_t first_bad : {2, 5, 9}) {
    try {
      for_each_block(matrix, [&](std::int64_t block, base::matrix_view<const float>, int) {
        if (block >= first_bad) throw base::input_error("block " + std::to_string(block));
      });
      FAIL() << "no error";
    } catch (const base::Error& error) {
      EXPECT_EQ(error.problem(), "block " + std::to_string(first_bad));
    }
  }
}

TEST(MatrixLoop, AFailedReadIsAnError) {
  data::Budget budget(2 * block_bytes);
  testing::MemorySpill spill(3);
  const auto matrix = numbered(budget, spill);
  EXPECT_THROW(for_each_block(matrix, [](std::int64_t, base::matrix_view<const float>, int) {}), base::Error);
}

}  // namespace
}  // namespace fullbase::parallel
