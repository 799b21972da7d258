// What a customer's items say together.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "algorithms/recommendation/needed_entries.hpp"
#include "algorithms/recommendation/score_sums.hpp"
#include "base/math.hpp"

namespace fullbase::recommendation {

/// One thread's. Memory: bytes().
class Profile {
 public:
  explicit Profile(std::int64_t terms) : sums_(terms) {}
  static std::int64_t bytes(std::int64_t terms) noexcept { return ScoreSums::bytes(terms) + 16 * terms; }

  /// The sum of value times the item's vector, divided by its length: terms, ascending, and weights other than 0. In double, by
  /// ascending item and term. `vectors`: of all these items at least. Of meaning until the next call.
  const std::vector<std::pair<std::int32_t, double>>& of(std::span<const std::int32_t> items, std::span<const float> values,
                                                         const NeededEntries& vectors) {
    for (std::size_t i = 0; i < items.size(); ++i) {
      const std::int64_t place = vectors.place_of_row[static_cast<std::size_t>(items[i])];
      sums_.add(values[i], vectors.rows.columns_of(place), vectors.rows.values_of(place));
    }
    weights_.clear();
    double squares = 0;
    sums_.take([&](std::int32_t term, double weight) {
      weights_.emplace_back(term, weight);
      squares += weight * weight;
    });
    const double length = base::sqrt(squares);
    for (auto& [term, weight] : weights_) weight /= length;
    return weights_;
  }

 private:
  ScoreSums sums_;
  std::vector<std::pair<std::int32_t, double>> weights_;
};

}  // namespace fullbase::recommendation
