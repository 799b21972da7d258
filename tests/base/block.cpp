#include <gmock/gmock.h>

#include <algorithm>

#include "base/block.hpp"
#include "base/error.hpp"
#include "base/hash.hpp"
#include "base/matrix_view.hpp"

namespace fullbase::base {
namespace {

TEST(Partition, GivesEachBlockToOneRankInOrder) {
  for (const std::int64_t rows : {0, 1, 1023, 1024, 1025, 5000, 100'000}) {
    for (const int ranks : {1, 2, 3, 4, 7, 300}) {
      const Partition partition(rows, ranks);
      std::int64_t next = 0;
      std::int64_t most_blocks = 0;
      std::int64_t most_rows = 0;
      for (int rank = 0; rank < ranks; ++rank) {
        const BlockRange blocks = partition.blocks_of(rank);
        most_blocks = std::max(most_blocks, blocks.size());
        most_rows = std::max(most_rows, partition.rows_of(rank).size());
        ASSERT_EQ(blocks.first, next);
        ASSERT_LE(blocks.size(), (partition.blocks() + ranks - 1) / ranks);
        for (std::int64_t block = blocks.first; block < blocks.last; ++block) ASSERT_EQ(partition.owner_of_block(block), rank);
        ASSERT_EQ(partition.rows_of(rank), rows_of_blocks(blocks, rows));
        next = blocks.last;
      }
      ASSERT_EQ(next, partition.blocks());
      ASSERT_EQ(partition.most_blocks(), most_blocks);
      ASSERT_LE(most_rows, partition.most_rows());
    }
  }
}

TEST(RowRange, Intersects) {
  EXPECT_EQ(intersect({0, 10}, {5, 20}), (RowRange{5, 10}));
  EXPECT_TRUE(intersect({0, 10}, {10, 20}).empty());
  EXPECT_TRUE(intersect({0, 10}, {15, 20}).empty());
  EXPECT_EQ(rows_of_block(1, 1500), (RowRange{1024, 1500}));
}

TEST(MatrixView, WalksRowsWithTheirStride) {
  double values[] = {1, 2, 0, 3, 4, 0};
  const matrix_view<double> view(values, 2, 2, 3);
  EXPECT_EQ(view(1, 1), 4);
  EXPECT_THAT(view.row(1), testing::ElementsAre(3, 4));
  EXPECT_EQ(view.row_range(1, 2)(0, 0), 3);
  EXPECT_THROW(view.row_range(1, 3), Error);
}

TEST(Hash, IsSha256AndXxh3) {
  EXPECT_EQ(hex(sha256("abc")), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");  // FIPS 180-4
  EXPECT_EQ(hex(Sha256().add("a").add("bc").finish()), hex(sha256("abc")));
  EXPECT_EQ(xxh3({}), 0x2D06800538D394C2u);  // XXH3-64 of nothing, seed 0
}

TEST(ErrorText, CarriesWhatWhereAndAdvice) {
  const Error error = input_error("price is missing", "t.csv:3", "correct the line").within("step sales");
  EXPECT_STREQ(error.what(), "step sales: t.csv:3: price is missing; correct the line");
  EXPECT_EQ(error.exit_code(), 65);
  const Error decoded = Error::decode(error.encode());
  EXPECT_STREQ(decoded.what(), error.what());
  EXPECT_EQ(decoded.kind(), error.kind());
  EXPECT_EQ(Error::decode("65 999 0\nshort").kind(), ErrorKind::internal);
  EXPECT_EQ(Error::decode("").kind(), ErrorKind::internal);
}

}  // namespace
}  // namespace fullbase::base
