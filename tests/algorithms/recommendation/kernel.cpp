// The kernels of matrix factorisation against plain loops in double, and each instruction set against the others.
#include "algorithms/recommendation/kernel.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "kernel_tables.hpp"
#include "random/distributions.hpp"

namespace fullbase::recommendation {
namespace {

std::vector<const kernel::Table*> tables() {
  return fullbase::testing::runnable(kernel::baseline, kernel::avx2, kernel::avx512);
}

template <class T>
std::vector<T> normal_values(std::int64_t count, std::uint64_t seed) {
  std::vector<T> values;
  const random::Generator generator(random::Key{seed});
  for (std::int64_t i = 0; i < count; ++i) values.push_back(static_cast<T>(random::normal(generator, i)));
  return values;
}

struct Sizes {
  std::int64_t size;
  std::int64_t stride;
};
constexpr Sizes sizes[] = {{1, 16}, {5, 16}, {16, 16}, {17, 32}, {40, 48}, {64, 64}, {66, 80}, {100, 112}, {128, 128}};

/// Values of padding are zero.
std::vector<float> padded_rows(std::int64_t count, const Sizes& shape, std::uint64_t seed) {
  auto rows = normal_values<float>(count * shape.stride, seed);
  for (std::int64_t i = 0; i < count * shape.stride; ++i) {
    if (i % shape.stride >= shape.size) rows[static_cast<std::size_t>(i)] = 0;
  }
  return rows;
}

TEST(Kernel, SumsProductsOfFactorsWithTheSameBits) {
  for (const auto& shape : sizes) {
    for (const std::int64_t count : {0, 1, 7, 64}) {
      const auto rows = padded_rows(count, shape, 1);
      std::vector<std::int32_t> places(static_cast<std::size_t>(count));
      for (std::int64_t i = 0; i < count; ++i) places[static_cast<std::size_t>(i)] = static_cast<std::int32_t>((i * 5) % count);
      const auto weights = normal_values<float>(count, 3);
      std::vector<float> first;
      for (const auto* const table : tables()) {
        std::vector<float> gram(static_cast<std::size_t>(shape.stride * shape.stride), 0.5F);
        std::vector<float> sums(static_cast<std::size_t>(shape.stride), -1.0F);
        std::vector<float> unweighted(gram.size(), 0.0F);
        table->gram(rows.data(), places.data(), weights.data(), count, 0, shape.size, shape.stride, gram.data());
        table->gram(rows.data(), places.data(), nullptr, count, 0, shape.size, shape.stride, unweighted.data());
        table->weighted_sum(rows.data(), places.data(), weights.data(), count, shape.stride, sums.data());
        const auto value_at = [&](std::int64_t i, std::int64_t f) {
          return static_cast<double>(rows[static_cast<std::size_t>(places[static_cast<std::size_t>(i)] * shape.stride + f)]);
        };
        std::vector<float> all;
        for (std::int64_t a = 0; a < shape.size; ++a) {
          double sum = -1;
          for (std::int64_t i = 0; i < count; ++i)
            sum += static_cast<double>(weights[static_cast<std::size_t>(i)]) * value_at(i, a);
          ASSERT_NEAR(sums[static_cast<std::size_t>(a)], sum, 1e-5);
          all.push_back(sums[static_cast<std::size_t>(a)]);
          for (std::int64_t b = a; b < shape.size; ++b) {
            double product = 0.5;
            double plain = 0;
            for (std::int64_t i = 0; i < count; ++i) {
              plain += value_at(i, a) * value_at(i, b);
              product += static_cast<double>(weights[static_cast<std::size_t>(i)]) * value_at(i, a) * value_at(i, b);
            }
            const auto at = static_cast<std::size_t>(a * shape.stride + b);
            ASSERT_NEAR(gram[at], product, 3e-5);
            ASSERT_NEAR(unweighted[at], plain, 3e-5);
            all.push_back(gram[at]);
            all.push_back(unweighted[at]);
          }
        }
        if (first.empty()) first = all;
        ASSERT_EQ(all, first) << shape.size << " factors, " << count << " rows";
      }
    }
  }
}

TEST(Kernel, MultipliesRowsWithTheSameBits) {
  for (const auto& shape : sizes) {
    const auto rows = padded_rows(40, shape, 6);
    const auto x = padded_rows(1, shape, 7);
    const std::vector<std::int32_t> places = {3, 39, 0, 17, 17, 8, 21, 5, 30, 11};
    for (const bool placed : {false, true}) {
      std::vector<float> first;
      for (const auto* const table : tables()) {
        std::vector<float> products(places.size());
        table->products(x.data(), rows.data(), placed ? places.data() : nullptr, std::ssize(places), shape.stride,
                        products.data());
        for (std::size_t i = 0; i < places.size(); ++i) {
          double sum = 0;
          for (std::int64_t f = 0; f < shape.size; ++f)
            sum += static_cast<double>(x[static_cast<std::size_t>(f)]) *
                   static_cast<double>(
                       rows[static_cast<std::size_t>((placed ? places[i] : static_cast<std::int64_t>(i)) * shape.stride + f)]);
          ASSERT_NEAR(products[i], sum, 1e-5);
        }
        if (first.empty()) first = products;
        ASSERT_EQ(products, first) << shape.size << " factors";
      }
    }
  }
}

TEST(Kernel, GathersRows) {
  const Sizes shape{17, 32};
  const auto rows = padded_rows(20, shape, 6);
  const std::vector<std::int32_t> places = {3, 19, 0, 7, 7, 8, 11, 5, 12, 1};
  for (const auto* const table : tables()) {
    std::vector<float> gathered(places.size() * 32);
    table->gather(rows.data(), places.data(), std::ssize(places), shape.stride, gathered.data());
    for (std::size_t i = 0; i < gathered.size(); ++i)
      ASSERT_EQ(gathered[i], rows[static_cast<std::size_t>(places[i / 32]) * 32 + i % 32]);
  }
}

TEST(Kernel, SolvesSystemsWithTheSameBits) {
  for (const auto& [size, stride] : sizes) {
    const auto values = normal_values<double>(size * size, 4);
    std::vector<double> matrix(static_cast<std::size_t>(size * size));
    for (std::int64_t i = 0; i < size; ++i) {
      for (std::int64_t j = 0; j < size; ++j) {
        double sum = i == j ? 1 : 0;
        for (std::int64_t k = 0; k < size; ++k)
          sum += values[static_cast<std::size_t>(i * size + k)] * values[static_cast<std::size_t>(j * size + k)];
        matrix[static_cast<std::size_t>(i * size + j)] = sum;
      }
    }
    const auto right = normal_values<double>(size, 5);
    std::vector<double> first;
    for (const auto* const table : tables()) {
      std::vector<double> a(static_cast<std::size_t>(stride * stride), 7.0);  // what is below the diagonal has no meaning
      for (std::int64_t i = 0; i < size; ++i) {
        for (std::int64_t j = i; j < size; ++j)
          a[static_cast<std::size_t>(i * stride + j)] = matrix[static_cast<std::size_t>(i * size + j)];
      }
      std::vector<double> work(static_cast<std::size_t>(32 * stride), 3.0);
      std::vector<double> x = right;
      x.resize(static_cast<std::size_t>(stride), 0.0);
      ASSERT_TRUE(table->solve(a.data(), work.data(), size, stride, x.data()));
      for (std::int64_t i = 0; i < size; ++i) {
        double residual = -right[static_cast<std::size_t>(i)];
        for (std::int64_t j = 0; j < size; ++j)
          residual += matrix[static_cast<std::size_t>(i * size + j)] * x[static_cast<std::size_t>(j)];
        ASSERT_NEAR(residual, 0, 1e-9) << size << " unknowns";
      }
      if (first.empty()) first = x;
      ASSERT_EQ(x, first) << size << " unknowns";
    }
  }
}

TEST(Kernel, SaysWhereASystemIsNotDefinite) {
  for (const auto* const table : tables()) {
    std::vector<double> a(256, 0.0);
    a[0] = 1;
    a[1] = 2;
    a[17] = 4;  // [1 2; 2 4]
    std::vector<double> work(512);
    std::vector<double> b(16, 1.0);
    EXPECT_FALSE(table->solve(a.data(), work.data(), 2, 16, b.data()));
  }
}

}  // namespace
}  // namespace fullbase::recommendation
