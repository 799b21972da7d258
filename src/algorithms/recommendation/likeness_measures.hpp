// How alike two rows are, from sums over what both have: one structure a measure. add() takes a pair of values into a sum;
// likeness() makes a number of it, of meaning where n > 0. `of_a`, `of_b`: own_measure() of each row.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <span>

namespace fullbase::recommendation {

/// Two sums that are added to at once. Products of float32 are exact in double, so that no fused operation could alter a sum.
using TwoSums = double __attribute__((vector_size(16)));

inline double sum_of_squares(std::span<const float> values) noexcept {
  double sum = 0;
  for (const float value : values) sum += static_cast<double>(value) * static_cast<double>(value);
  return sum;
}

struct ProductSums {
  TwoSums product_and_n;
  void add(double a, double b) noexcept { product_and_n += TwoSums{a * b, 1}; }
  double n() const noexcept { return product_and_n[1]; }
};

struct CosineMeasure {
  using Sums = ProductSums;
  static double own_measure(std::span<const float> values) noexcept {
    const double squares = sum_of_squares(values);
    return squares > 0 ? 1 / std::sqrt(squares) : 0;
  }
  static double likeness(const Sums& sums, double of_a, double of_b) noexcept { return sums.product_and_n[0] * (of_a * of_b); }
};

/// Of values that are weights already.
struct ProductMeasure {
  using Sums = ProductSums;
  static double own_measure(std::span<const float>) noexcept { return 0; }
  static double likeness(const Sums& sums, double, double) noexcept { return sums.product_and_n[0]; }
};

struct CommonCosineMeasure {
  struct Sums {
    TwoSums product_and_n;
    TwoSums squares;
    void add(double a, double b) noexcept {
      product_and_n += TwoSums{a * b, 1};
      squares += TwoSums{a, b} * TwoSums{a, b};
    }
    double n() const noexcept { return product_and_n[1]; }
  };
  static double own_measure(std::span<const float>) noexcept { return 0; }
  static double likeness(const Sums& sums, double, double) noexcept {
    const double squares = sums.squares[0] * sums.squares[1];
    return squares > 0 ? sums.product_and_n[0] / std::sqrt(squares) : 0;
  }
};

struct PearsonMeasure {
  struct Sums {
    TwoSums product_and_n;
    TwoSums values;
    TwoSums squares;
    void add(double a, double b) noexcept {
      product_and_n += TwoSums{a * b, 1};
      values += TwoSums{a, b};
      squares += TwoSums{a, b} * TwoSums{a, b};
    }
    double n() const noexcept { return product_and_n[1]; }
  };
  static double own_measure(std::span<const float>) noexcept { return 0; }
  static double likeness(const Sums& sums, double, double) noexcept {
    constexpr double rounding = 1e-10;
    const double n = sums.n();
    const TwoSums squares = n * sums.squares;
    const TwoSums spread = squares - sums.values * sums.values;
    if (!(spread[0] > rounding * squares[0] && spread[1] > rounding * squares[1])) return 0;
    const double products = n * sums.product_and_n[0] - sums.values[0] * sums.values[1];
    return std::clamp(products / std::sqrt(spread[0] * spread[1]), -1.0, 1.0);
  }
};

struct DifferenceMeasure {
  struct Sums {
    TwoSums difference_and_n;
    void add(double a, double b) noexcept { difference_and_n += TwoSums{(a - b) * (a - b), 1}; }
    double n() const noexcept { return difference_and_n[1]; }
  };
  static double own_measure(std::span<const float>) noexcept { return 0; }
  static double likeness(const Sums& sums, double, double) noexcept { return sums.n() / (sums.n() + sums.difference_and_n[0]); }
};

struct JaccardMeasure {
  struct Sums {
    std::int32_t count;
    void add(double, double) noexcept { ++count; }
    double n() const noexcept { return count; }
  };
  static double own_measure(std::span<const float> values) noexcept { return static_cast<double>(values.size()); }
  static double likeness(const Sums& sums, double of_a, double of_b) noexcept { return sums.count / (of_a + of_b - sums.count); }
};

}  // namespace fullbase::recommendation
