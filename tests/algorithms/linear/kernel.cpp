// The kernels of linear models against arithmetic in long double, and each instruction set against the others.
#include "algorithms/linear/kernel.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "base/cpu.hpp"
#include "kernel_tables.hpp"
#include "random/distributions.hpp"

namespace fullbase::linear {
namespace {

std::vector<const kernel::Table*> tables() {
  return fullbase::testing::runnable(kernel::baseline, kernel::avx2, kernel::avx512);
}

std::vector<double> normal_values(std::int64_t count, std::uint64_t seed) {
  std::vector<double> values;
  const random::Generator generator(random::Key{seed});
  for (std::int64_t i = 0; i < count; ++i) values.push_back(random::normal(generator, i));
  return values;
}

/// What a table makes of a block, everything one after the other.
std::vector<double> all_of(const kernel::Table& table, const std::vector<double>& x, std::int64_t columns) {
  const auto weights = normal_values(columns, 2);
  const auto values = normal_values(kernel::rows, 3);
  auto scores = normal_values(kernel::rows, 4);
  const auto n = static_cast<std::size_t>(columns);
  std::vector<double> dots(n), squares(n), gram(n * n, -7);
  table.add_scores(x.data(), columns, weights.data(), scores.data());
  table.dots(x.data(), columns, values.data(), dots.data());
  table.squares(x.data(), columns, values.data(), squares.data());
  table.gram(x.data(), columns, values.data(), gram.data(), columns);
  for (const auto* const part : {&dots, &squares, &gram}) scores.insert(scores.end(), part->begin(), part->end());
  return scores;
}

/// The same in long double, with the sum of magnitudes of each.
void truth(const std::vector<double>& x, std::int64_t columns, std::vector<long double>& sums, std::vector<long double>& bounds) {
  const auto weights = normal_values(columns, 2);
  const auto values = normal_values(kernel::rows, 3);
  const auto scores = normal_values(kernel::rows, 4);
  const auto at = [&](std::int64_t j, std::int64_t i) -> long double {
    return x[static_cast<std::size_t>(j * kernel::rows + i)];
  };
  const auto add = [&](auto term, std::int64_t count, long double first) {
    long double sum = first;
    long double bound = std::fabs(first);
    for (std::int64_t i = 0; i < count; ++i) {
      sum += term(i);
      bound += std::fabs(term(i));
    }
    sums.push_back(sum);
    bounds.push_back(bound);
  };
  for (std::int64_t i = 0; i < kernel::rows; ++i)
    add([&](std::int64_t j) { return at(j, i) * weights[static_cast<std::size_t>(j)]; }, columns,
        scores[static_cast<std::size_t>(i)]);
  const auto value = [&](std::int64_t i) -> long double { return values[static_cast<std::size_t>(i)]; };
  for (std::int64_t j = 0; j < columns; ++j) add([&](std::int64_t i) { return at(j, i) * value(i); }, kernel::rows, 0);
  for (std::int64_t j = 0; j < columns; ++j) add([&](std::int64_t i) { return at(j, i) * at(j, i) * value(i); }, kernel::rows, 0);
  for (std::int64_t j = 0; j < columns; ++j)
    for (std::int64_t k = 0; k < columns; ++k) {
      if (k < j) {
        add([](std::int64_t) { return 0.0L; }, 0, -7);  // left as it was
      } else {
        add([&](std::int64_t i) { return at(j, i) * at(k, i) * value(i); }, kernel::rows, 0);
      }
    }
}

TEST(LinearKernel, SumsAreTrueAndTheSameOnEveryCpu) {
  for (const std::int64_t columns : {1, 2, 3, 5, 6, 7, 8, 9, 13, 29}) {
    SCOPED_TRACE(::testing::Message() << columns << " columns");
    const auto x = normal_values(columns * kernel::rows, 1);
    std::vector<long double> sums, bounds;
    truth(x, columns, sums, bounds);
    const auto reference = all_of(kernel::baseline, x, columns);
    ASSERT_EQ(reference.size(), sums.size());
    for (std::size_t i = 0; i < sums.size(); ++i) ASSERT_LE(std::fabs(reference[i] - sums[i]), 150 * 0x1p-53L * bounds[i]) << i;
    for (const auto* const table : tables()) EXPECT_EQ(all_of(*table, x, columns), reference);
  }
}

}  // namespace
}  // namespace fullbase::linear
