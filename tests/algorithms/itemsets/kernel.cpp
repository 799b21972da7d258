// The loops over columns of bits against a bit at a time, on every instruction set.
#include "algorithms/itemsets/kernel.hpp"

#include <gtest/gtest.h>

#include <bit>
#include <numeric>
#include <vector>

#include "kernel_tables.hpp"
#include "random/distributions.hpp"

namespace fullbase::itemsets {
namespace {

std::vector<const kernel::Table*> tables() {
  return fullbase::testing::runnable(kernel::baseline, kernel::avx2, kernel::avx512);
}

/// Words of which about one bit in 2^rarity is set.
std::vector<std::uint64_t> random_words(std::int64_t words, std::uint64_t seed, int rarity) {
  const random::Generator generator(random::Key{seed});
  std::vector<std::uint64_t> result;
  for (std::int64_t w = 0; w < words; ++w) {
    std::uint64_t word = ~std::uint64_t{0};
    for (int i = 0; i < rarity; ++i)
      word &= generator.below(std::uint64_t{1} << 63, w * 64 + i) * 2 + static_cast<std::uint64_t>(w + i) % 2;
    result.push_back(word);
  }
  return result;
}

TEST(Kernel, CountsBitsThatBothHave) {
  for (const auto* const table : tables()) {
    for (const std::int64_t words : {0, 1, 3, 4, 7, 8, 9, 123, 124, 125, 247, 248, 249, 1563}) {
      for (const int rarity : {0, 1, 3}) {
        const auto a = random_words(words, 1, rarity);
        const auto b = random_words(words, 2, rarity);
        std::int64_t expected = 0;
        for (std::size_t w = 0; w < a.size(); ++w) expected += std::popcount(a[w] & b[w]);
        EXPECT_EQ(table->count_both(a.data(), b.data(), words), expected) << words << " words, rarity " << rarity;
      }
    }
  }
}

TEST(Kernel, PutsChosenBitsTogether) {
  for (const auto* const table : tables()) {
    for (const std::int64_t words : {1, 2, 5, 64, 200}) {
      for (const int rarity : {0, 1, 2, 6}) {
        const auto column = random_words(words, 3, 1);
        const auto chosen = random_words(words, 4, rarity);
        std::vector<std::uint64_t> expected;
        std::int64_t bits = 0;
        for (std::int64_t row = 0; row < 64 * words; ++row) {
          if ((chosen[static_cast<std::size_t>(row / 64)] >> (row % 64) & 1) == 0) continue;
          if (bits % 64 == 0) expected.push_back(0);
          expected.back() |= (column[static_cast<std::size_t>(row / 64)] >> (row % 64) & 1) << (bits % 64);
          ++bits;
        }
        std::vector<std::uint64_t> got(expected.size() + 1, 7);
        table->compress(column.data(), chosen.data(), words, got.data());
        EXPECT_EQ(got.back(), 7U) << "writes no word more than it needs";
        got.pop_back();
        EXPECT_EQ(got, expected) << words << " words, rarity " << rarity;
      }
    }
  }
}

TEST(Kernel, CountsPatternsAndTheirSupersets) {
  constexpr std::int64_t words = 37;
  for (const auto* const table : tables()) {
    for (const std::int64_t columns : {1, 2, 5, 8, 9, 13, 16}) {
      const auto bits = random_words(columns * words, 5, 1);
      std::vector<std::uint32_t> expected(std::size_t{1} << columns, 0);
      for (std::int64_t row = 0; row < 64 * words; ++row) {
        std::size_t pattern = 0;
        for (std::int64_t c = 0; c < columns; ++c)
          pattern |= static_cast<std::size_t>(bits[static_cast<std::size_t>(c * words + row / 64)] >> (row % 64) & 1) << c;
        expected[pattern] += 8;
      }
      std::vector<std::uint32_t> counts(expected.size(), 0);
      table->count_patterns(bits.data(), words, columns, words, 3, counts.data());
      ASSERT_EQ(counts, expected) << columns << " columns";
      table->add_supersets(counts.data(), columns);
      for (std::size_t pattern = 0; pattern < counts.size(); pattern += 1 + pattern / 7) {
        std::uint32_t sum = 0;
        for (std::size_t other = 0; other < expected.size(); ++other) sum += (other & pattern) == pattern ? expected[other] : 0;
        ASSERT_EQ(counts[pattern], sum) << "pattern " << pattern << " of " << columns << " columns";
      }
    }
  }
}

}  // namespace
}  // namespace fullbase::itemsets
