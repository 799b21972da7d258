#include <algorithm>
#include <cmath>
#include <limits>
#include <random>

#include "comm/draw.hpp"
#include "comm/quantiles.hpp"
#include "comm/table_truths.hpp"
#include "random/weighted.hpp"

namespace fullbase::testing {
namespace {

const std::vector<double> probabilities = {0,   0.1,  0.2, 0.25, 0.3,  1.0 / 3, 0.4,   0.5, 0.6,
                                           0.7, 0.75, 0.8, 0.9,  0.95, 0.99,    0.999, 1,   0.5};

/// Every third rank has nothing; the others deal the values out.
template <class T>
std::vector<T> dealt(const std::vector<T>& all, const comm::Communicator& world) {
  std::vector<int> holders;
  for (int r = 0; r < world.size(); ++r) {
    if (r % 3 != 1) holders.push_back(r);
  }
  std::vector<T> mine;
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (holders[i % holders.size()] == world.rank()) mine.push_back(all[i]);
  }
  return mine;
}

template <class T>
void expect_quantiles(comm::Communicator& world, std::vector<T> all) {
  const auto mine = dealt(all, world);
  const auto found = comm::quantiles(world, std::span<const T>(mine), probabilities);
  // The same values, read again for each round a few at a time.
  using Consumer = std::conditional_t<std::is_same_v<T, double>, comm::ValuesConsumer, comm::IntegersConsumer>;
  const auto read = [&](const Consumer& consume) {
    for (std::size_t i = 0; i < mine.size(); i += 3)
      consume(std::span(mine).subspan(i, std::min<std::size_t>(3, mine.size() - i)));
  };
  EXPECT_EQ(comm::quantiles(world, read, probabilities), found);
  const auto range = comm::extent(world, std::span<const T>(mine));
  EXPECT_EQ(range.count, std::ssize(all));
  if (all.empty()) {
    EXPECT_TRUE(found.empty());
    return;
  }
  std::ranges::sort(all);
  EXPECT_EQ(range.lowest, all.front());
  EXPECT_EQ(range.highest, all.back());
  ASSERT_EQ(found.size(), probabilities.size());
  for (std::size_t p = 0; p < found.size(); ++p) {
    // the definition: the least value with at least p * n values <= it
    const auto n = static_cast<long double>(all.size());
    const auto at_most = [&](T v) { return static_cast<long double>(std::ranges::upper_bound(all, v) - all.begin()); };
    const auto least = std::ranges::find_if(all, [&](T v) { return at_most(v) >= probabilities[p] * n * (1 - 1e-15L); });
    EXPECT_EQ(found[p], *least) << "p = " << probabilities[p] << " of " << all.size();
  }
}

}  // namespace

void quantiles_are_sorted_elements(comm::Communicator& world) {
  std::mt19937_64 random(3);
  for (const std::size_t n : {0U, 1U, 2U, 7U, 10U, 30U, 1000U}) {
    std::vector<std::int64_t> small;
    std::vector<std::int64_t> wide;
    std::vector<double> doubles;
    for (std::size_t i = 0; i < n; ++i) {
      small.push_back(static_cast<std::int64_t>(random() % 9) - 4);
      wide.push_back(static_cast<std::int64_t>(random()));
      const double exponent = static_cast<double>(random() % 600) - 300;
      doubles.push_back((random() % 2 == 0 ? -1.5 : 1.0) * std::pow(10.0, exponent));
    }
    if (n > 6) {
      doubles[3] = std::numeric_limits<double>::infinity();
      doubles[4] = -std::numeric_limits<double>::infinity();
      doubles[5] = -0.0;
      wide[5] = std::numeric_limits<std::int64_t>::min();
      wide[6] = std::numeric_limits<std::int64_t>::max();
    }
    expect_quantiles(world, small);
    expect_quantiles(world, wide);
    expect_quantiles(world, doubles);
    expect_quantiles(world, std::vector<std::int64_t>(n, -7));
  }
  const std::vector<double> zero = {-0.0};
  EXPECT_FALSE(std::signbit(comm::quantiles(world, std::span<const double>(zero), std::vector<double>{0.5})[0]));
}

void draws_find_their_owner(comm::Communicator& world) {
  // rank r has items of weight r * 10 + i, or a few huge ones; rank 1 has none
  std::vector<std::vector<std::uint64_t>> weights(static_cast<std::size_t>(world.size()));
  for (std::uint64_t r = 0; r < weights.size(); ++r) {
    for (std::uint64_t i = 0; r != 1 && i < 5; ++i) weights[r].push_back(i == 3 ? ~std::uint64_t{0} : i == 2 ? 0 : r * 10 + i);
  }
  const auto& mine = weights[static_cast<std::size_t>(world.rank())];
  const comm::WeightShares shares(world, random::total_weight(mine));
  base::uint128 before = 0;
  for (std::size_t r = 0; r < weights.size(); ++r) {
    for (std::size_t i = 0; i < weights[r].size(); ++i) {
      if (weights[r][i] == 0) continue;
      for (const auto target : {before, before + weights[r][i] - 1}) {
        ASSERT_EQ(shares.owner(target), static_cast<int>(r));
        EXPECT_EQ(random::find_weighted(weights[r], shares.within_owner(target)), static_cast<std::int64_t>(i));
      }
      before += weights[r][i];
    }
  }
  EXPECT_TRUE(shares.total() == before);
}

}  // namespace fullbase::testing
