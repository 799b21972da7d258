#include <gmock/gmock.h>

#include <array>
#include <cmath>
#include <vector>

#include "base/hash.hpp"
#include "random/generator.hpp"

namespace fullbase::random {
namespace {

using Words = std::array<std::uint64_t, 4>;

/// Philox 4x64-10 written down from Salmon et al., "Parallel random numbers: as easy as 1, 2, 3" (SC 2011).
Words philox(Words counter, std::array<std::uint64_t, 2> key) {
  for (int round = 0; round < 10; ++round) {
    const auto a = static_cast<base::uint128>(0xD2E7470EE14C6C93) * counter[0];
    const auto b = static_cast<base::uint128>(0xCA5A826395121157) * counter[2];
    counter = {static_cast<std::uint64_t>(b >> 64) ^ counter[1] ^ key[0], static_cast<std::uint64_t>(b),
               static_cast<std::uint64_t>(a >> 64) ^ counter[3] ^ key[1], static_cast<std::uint64_t>(a)};
    key[0] += 0x9E3779B97F4A7C15;
    key[1] += 0xBB67AE8584CAA73B;
  }
  return counter;
}

/// The known answers that are published with Random123 (kat_vectors, philox4x64 10).
TEST(Philox, TheReferenceGivesThePublishedAnswers) {
  constexpr std::uint64_t ones = ~std::uint64_t{0};
  EXPECT_EQ(philox({0, 0, 0, 0}, {0, 0}),
            (Words{0x16554d9eca36314c, 0xdb20fe9d672d0fdc, 0xd7e772cee186176b, 0x7e68b68aec7ba23b}));
  EXPECT_EQ(philox({ones, ones, ones, ones}, {ones, ones}),
            (Words{0x87b092c3013fe90b, 0x438c3c67be8d0224, 0x9cc7d7c69cd777b6, 0xa09caebf594f0ba0}));
  EXPECT_EQ(philox({0x243f6a8885a308d3, 0x13198a2e03707344, 0xa4093822299f31d0, 0x082efa98ec4e6c89},
                   {0x452821e638d01377, 0xbe5466cf34e90c6c}),
            (Words{0xa528f45403e61d95, 0x38c72dbd566e9788, 0xa5a1610e72fd18b5, 0x57bd43b5e52b7fe6}));
}

TEST(Generator, IsPhiloxOfKeyAndCounter) {
  for (const std::uint64_t key : {std::uint64_t{0}, std::uint64_t{1}, ~std::uint64_t{0}, std::uint64_t{0x452821e638d01377}}) {
    const Generator generator(Key{key});
    for (const std::int64_t row : {std::int64_t{0}, std::int64_t{1}, std::int64_t{123456789012}}) {
      EXPECT_EQ(generator.words(row, 5, 7), philox({static_cast<std::uint64_t>(row), 5, 7, 0}, {key, 0}));
    }
  }
}

TEST(MakeKey, TellsTriplesApart) {
  const Key key = make_key(42, "segments", "init");
  EXPECT_EQ(key.value, make_key(42, "segments", "init").value);
  EXPECT_NE(key.value, make_key(43, "segments", "init").value);
  EXPECT_NE(key.value, make_key(42, "segment", "sinit").value);
  EXPECT_NE(make_key(42, "", "a").value, make_key(42, "a", "").value);
}

TEST(Generator, UniformIsAMultipleBelowOne) {
  const Generator generator(make_key(1, "test", "uniform"));
  double sum = 0;
  for (int row = 0; row < 100'000; ++row) {
    const double u = generator.uniform(row);
    ASSERT_GE(u, 0);
    ASSERT_LT(u, 1);
    ASSERT_EQ(std::ldexp(u, 53), std::floor(std::ldexp(u, 53)));
    sum += u;
  }
  EXPECT_NEAR(sum / 100'000, 0.5, 0.005);  // five standard errors
}

TEST(Generator, BelowIsUniformOnSmallAndAwkwardBounds) {
  const Generator generator(make_key(1, "test", "below"));
  std::vector<int> counts(7);
  for (int row = 0; row < 70'000; ++row) ++counts[generator.below(std::uint64_t{7}, row)];
  for (const int count : counts) EXPECT_NEAR(count, 10'000, 500);
  // A bound just above 2^63 rejects almost half of the words.
  const std::uint64_t bound = (std::uint64_t{1} << 63) + 1;
  int low = 0;
  for (int row = 0; row < 10'000; ++row) {
    const std::uint64_t value = generator.below(bound, row);
    ASSERT_LT(value, bound);
    low += value < bound / 2;
  }
  EXPECT_NEAR(low, 5'000, 300);
  EXPECT_EQ(generator.below(std::uint64_t{1}, 3), 0u);
}

TEST(Generator, BelowOf128Bits) {
  const Generator generator(make_key(1, "test", "below128"));
  const base::uint128 bound = (base::uint128{5} << 90) + 3;
  std::vector<int> counts(5);
  for (int row = 0; row < 50'000; ++row) {
    const base::uint128 value = generator.below(bound, row, 0, 0);
    ASSERT_TRUE(value < bound);
    ++counts[static_cast<std::size_t>(std::min<base::uint128>(4, value >> 90))];
  }
  for (const int count : counts) EXPECT_NEAR(count, 10'000, 500);
  const base::uint128 word_range = base::uint128{1} << 64;
  bool upper_half = false;
  for (int row = 0; row < 64; ++row) {
    const base::uint128 value = generator.below(word_range, row, 0, 0);
    ASSERT_TRUE(value < word_range);
    upper_half |= value >> 63 == 1;
  }
  EXPECT_TRUE(upper_half);
  EXPECT_TRUE(generator.below(base::uint128{10}, 1, 2, 3) == generator.below(std::uint64_t{10}, 1, 2, 3));
}

}  // namespace
}  // namespace fullbase::random
