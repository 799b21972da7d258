// A cache shows the rows of its source, whatever fits in it.
#include "data/cached_source.hpp"

#include <gtest/gtest.h>

#include "tests/store/sample_table.hpp"

namespace fullbase::data {
namespace {

namespace sample = store::sample;

TEST(CachedSource, ReadsTheSameWhateverFits) {
  const MemoryTable table("t", sample::rows({0, 10'000}), "customer");
  for (const std::int64_t bytes : {std::int64_t{0}, std::int64_t{100'000}, std::int64_t{1} << 30}) {
    Budget budget(bytes);
    {
      const CachedSource cached(table, {7, 0, 6, 9}, {2, 9}, budget);
      EXPECT_EQ(cached.schema().key, "customer");
      for (int pass = 0; pass < 2; ++pass) {
        for (const base::RowRange range : {base::RowRange{0, 10'000}, {3'000, 3'001}, {2'047, 4'097}, {9'000, 10'000}, {5, 5}}) {
          const auto got = cached.read(range, std::vector<int>{3, 0});
          const auto wanted = table.read(range, std::vector<int>{9, 7});
          EXPECT_TRUE(sample::equal(got.columns[0], wanted.columns[0]));
          EXPECT_TRUE(sample::equal(got.columns[1], wanted.columns[1]));
        }
      }
      EXPECT_EQ(cached.blocks_kept() == 0, bytes == 0);
      EXPECT_EQ(cached.blocks_kept() == 7, bytes > 1'000'000);
      EXPECT_LE(budget.peak(), bytes);
    }
    EXPECT_EQ(budget.available(), bytes);
  }
}

}  // namespace
}  // namespace fullbase::data
