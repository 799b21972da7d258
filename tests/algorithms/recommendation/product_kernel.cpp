// Products against plain loops in double, and each instruction set against the others.
#include "algorithms/recommendation/product_kernel.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>
#include <vector>

#include "kernel_tables.hpp"
#include "random/distributions.hpp"

namespace fullbase::recommendation {
namespace {

using product_kernel::Hit;
using product_kernel::panel_items;
using product_kernel::tile_rows;

std::vector<const product_kernel::Table*> tables() {
  return fullbase::testing::runnable(product_kernel::baseline, product_kernel::avx2, product_kernel::avx512);
}

std::vector<float> normal_values(std::int64_t count, std::uint64_t seed) {
  std::vector<float> values;
  const random::Generator generator(random::Key{seed});
  for (std::int64_t i = 0; i < count; ++i) values.push_back(static_cast<float>(random::normal(generator, i)));
  return values;
}

/// Hits compared byte by byte, as far as they say anything.
bool equal(const Hit& a, const Hit& b) {
  return a.found == b.found && a.row == b.row && std::memcmp(a.scores, b.scores, sizeof a.scores) == 0;
}

TEST(ProductKernel, FindsWhatIsNotBelowARowsLeastWithTheSameBits) {
  for (const std::int64_t tiles : {1, 3}) {
    for (const std::int64_t depth : {1, 7, 64, 130}) {
      const auto rows = normal_values(tiles * tile_rows * depth, 1);
      const auto panel = normal_values(panel_items * depth, 2);
      const float shift = 0.25F;
      std::vector<float> least;
      for (std::int64_t r = 0; r < tiles * tile_rows; ++r)
        least.push_back(static_cast<float>(r % 4) * 0.8F * std::sqrt(static_cast<float>(depth)));
      least[1] = -std::numeric_limits<float>::infinity();
      least[2] = std::numeric_limits<float>::quiet_NaN();  // nothing is found
      least[5] = 1e30F;
      std::vector<Hit> first;
      for (const auto* const table : tables()) {
        std::vector<Hit> hits(static_cast<std::size_t>((tiles + 1) * tile_rows));
        const auto count = table->hits(rows.data(), tiles, panel.data(), depth, shift, least.data(), hits.data());
        hits.resize(static_cast<std::size_t>(count));
        std::size_t next = 0;
        for (std::int64_t row = 0; row < tiles * tile_rows; ++row) {
          const float* const of = rows.data() + row / tile_rows * tile_rows * depth + row % tile_rows;
          const bool is_hit = next < hits.size() && hits[next].row == row;
          bool any = false;
          for (std::int64_t i = 0; i < panel_items; ++i) {
            double score = shift;
            for (std::int64_t f = 0; f < depth; ++f)
              score += static_cast<double>(of[f * tile_rows]) *
                       static_cast<double>(panel[static_cast<std::size_t>(f * panel_items + i)]);
            const double bound = least[static_cast<std::size_t>(row)];
            const bool near = std::abs(score - bound) < 1e-4;
            const bool found = is_hit && (hits[next].found >> i & 1) != 0;
            if (is_hit) {
              ASSERT_NEAR(hits[next].scores[i], score, 1e-4);
            }
            if (!near) {
              ASSERT_EQ(found, score >= bound) << "row " << row << ", item " << i;
            }
            any = any || found;
          }
          ASSERT_EQ(is_hit, any) << "row " << row;
          next += is_hit ? 1 : 0;
        }
        ASSERT_EQ(next, hits.size());
        if (first.empty()) first = hits;
        ASSERT_EQ(first.size(), hits.size());
        for (std::size_t i = 0; i < hits.size(); ++i) ASSERT_TRUE(equal(first[i], hits[i])) << i;
      }
    }
  }
}

TEST(ProductKernel, PairsHaveTheBitsThatPanelsHave) {
  const std::int64_t depth = 37;
  const std::int64_t stride = 48;
  const auto customers = normal_values(tile_rows * stride, 3);
  const auto items = normal_values(panel_items * stride, 4);
  std::vector<float> rows(static_cast<std::size_t>(tile_rows * depth));
  std::vector<float> panel(static_cast<std::size_t>(panel_items * depth));
  for (std::int64_t f = 0; f < depth; ++f) {
    for (std::int64_t r = 0; r < tile_rows; ++r)
      rows[static_cast<std::size_t>(f * tile_rows + r)] = customers[static_cast<std::size_t>(r * stride + f)];
    for (std::int64_t i = 0; i < panel_items; ++i)
      panel[static_cast<std::size_t>(f * panel_items + i)] = items[static_cast<std::size_t>(i * stride + f)];
  }
  const std::vector<float> least(tile_rows, -std::numeric_limits<float>::infinity());
  std::vector<std::int32_t> of;
  std::vector<std::int32_t> with;
  for (std::int32_t pair = 0; pair < 333; ++pair) {
    of.push_back(pair * 5 % static_cast<std::int32_t>(tile_rows));
    with.push_back(pair * 7 % static_cast<std::int32_t>(panel_items));
  }
  for (const auto* const table : tables()) {
    std::vector<Hit> hits(2 * tile_rows);
    ASSERT_EQ(table->hits(rows.data(), 1, panel.data(), depth, -1.5F, least.data(), hits.data()), tile_rows);
    std::vector<float> scores(of.size());
    table->pairs(customers.data(), of.data(), items.data(), with.data(), std::ssize(of), depth, stride, -1.5F, scores.data());
    for (std::size_t i = 0; i < of.size(); ++i)
      ASSERT_EQ(scores[i], hits[static_cast<std::size_t>(of[i])].scores[with[i]]) << "pair " << i;
  }
}

}  // namespace
}  // namespace fullbase::recommendation
