// Likenesses straight from their definitions, and a matrix to look at.
#pragma once

#include <cmath>
#include <cstdint>
#include <numeric>
#include <vector>

#include "algorithms/recommendation/neighbours.hpp"
#include "random/generator.hpp"
#include "random_matrix.hpp"

namespace fullbase::testing {

using recommendation::Likeness;
using recommendation::NeighbourOptions;
using recommendation::Side;

/// Some rows have nothing, some but one value, one column everything.
inline DenseMatrix sample(std::int64_t customers, std::int64_t items, double share, bool negative = false) {
  const random::Generator draws(random::Key{19});
  return matrix_of(customers, items, [&](std::int64_t u, std::int64_t i) -> double {
    if (i == 2 || u == 4) return 0;
    if (i == 3 && u != 1) return 3;
    if (draws.uniform(u, i) >= share) return 0;
    const double value = i % 6 == 0 ? 2.5 : 1 + static_cast<double>((u * 7 + i * 3) % 5);
    return negative && (u + i) % 3 == 0 ? -value : value;
  });
}

class ByDefinition {
 public:
  ByDefinition(const DenseMatrix& matrix, const NeighbourOptions& options) : options_(options) {
    const bool items = options.of == Side::items;
    rows_ = items ? matrix.items : matrix.customers;
    others_ = items ? matrix.customers : matrix.items;
    for (std::int64_t a = 0; a < rows_; ++a) {
      for (std::int64_t c = 0; c < others_; ++c) values_.push_back(items ? matrix.at(c, a) : matrix.at(a, c));
    }
  }

  std::int64_t rows() const { return rows_; }
  std::int64_t others() const { return others_; }

  double at(std::int64_t a, std::int64_t c) const {
    return static_cast<double>(values_[static_cast<std::size_t>(a * others_ + c)]);
  }

  std::int32_t common(std::int64_t a, std::int64_t b) const {
    std::int32_t n = 0;
    for (std::int64_t c = 0; c < others_; ++c) n += at(a, c) != 0 && at(b, c) != 0 ? 1 : 0;
    return n;
  }

  double likeness(std::int64_t a, std::int64_t b) const {
    const double n = common(a, b);
    if (n < static_cast<double>(options_.least_common)) return 0;
    return plain(a, b, n) * n / (n + options_.shrinkage);
  }

 private:
  /// Sum over c of f(a, b), where both have a value if `both`.
  template <class F>
  double sum(std::int64_t a, std::int64_t b, bool both, F&& f) const {
    double total = 0;
    for (std::int64_t c = 0; c < others_; ++c) {
      if (!both || (at(a, c) != 0 && at(b, c) != 0)) total += f(at(a, c), at(b, c));
    }
    return total;
  }
  double length(std::int64_t a) const {
    return sum(a, a, false, [](double x, double) { return x != 0 ? 1.0 : 0.0; });
  }

  double plain(std::int64_t a, std::int64_t b, double n) const {
    const auto first = [](double x, double) { return x; };
    const auto second = [](double, double y) { return y; };
    const auto product = [](double x, double y) { return x * y; };
    switch (options_.likeness) {
      case Likeness::cosine: {
        const bool both = options_.common_only;
        return sum(a, b, true, product) / std::sqrt(sum(a, b, both, [](double x, double) { return x * x; }) *
                                                    sum(a, b, both, [](double, double y) { return y * y; }));
      }
      case Likeness::pearson: {
        const double mean_a = sum(a, b, true, first) / n;
        const double mean_b = sum(a, b, true, second) / n;
        const double of_both = sum(a, b, true, [&](double x, double y) { return (x - mean_a) * (y - mean_b); });
        const double of_a = sum(a, b, true, [&](double x, double) { return (x - mean_a) * (x - mean_a); });
        const double of_b = sum(a, b, true, [&](double, double y) { return (y - mean_b) * (y - mean_b); });
        return of_a > 1e-9 && of_b > 1e-9 ? of_both / std::sqrt(of_a * of_b) : 0;
      }
      case Likeness::msd:
        return 1 / (1 + sum(a, b, true, [](double x, double y) { return (x - y) * (x - y); }) / n);
      case Likeness::jaccard:
        return n / (length(a) + length(b) - n);
      case Likeness::bm25:
        break;
    }
    double total = 0;
    for (std::int64_t c = 0; c < others_; ++c) {
      if (at(a, c) != 0 && at(b, c) != 0) total += weight(a, c) * weight(b, c);
    }
    return total;
  }

  double weight(std::int64_t a, std::int64_t c) const {
    if (at(a, c) == 0) return 0;
    const double all = std::accumulate(values_.begin(), values_.end(), 0.0);
    double holders = 0;
    for (std::int64_t row = 0; row < rows_; ++row) holders += at(row, c) != 0 ? 1 : 0;
    const double own = sum(a, a, false, [](double x, double) { return x; });
    const double norm = options_.bm25_k1 * (1 - options_.bm25_b + options_.bm25_b * own / (all / static_cast<double>(rows_)));
    const double idf = std::log(1 + (static_cast<double>(rows_) - holders + 0.5) / (holders + 0.5));
    return idf * (options_.bm25_k1 + 1) * at(a, c) / (at(a, c) + norm);
  }

  const NeighbourOptions& options_;
  std::int64_t rows_;
  std::int64_t others_;
  std::vector<float> values_;
};

inline const std::vector<NeighbourOptions> all_kinds = {
    {.likeness = Likeness::cosine},
    {.likeness = Likeness::cosine, .shrinkage = 5, .least_common = 2, .common_only = true},
    {.likeness = Likeness::pearson},
    {.likeness = Likeness::pearson, .shrinkage = 2.5, .least_common = 3},
    {.likeness = Likeness::msd, .least_common = 2},
    {.likeness = Likeness::jaccard, .shrinkage = 1},
    {.likeness = Likeness::bm25},
};

}  // namespace fullbase::testing
