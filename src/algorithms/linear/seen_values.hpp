// What the values of features are like, before a model is fitted to them.
#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

#include "base/exact_sum.hpp"
#include "comm/communicator.hpp"

namespace fullbase::linear {

/// What one block says about one number column.
struct BlockMoments {
  double count = 0;
  double sum = 0;
  double mean = 0;
  double squares = 0;     ///< of deviations from that mean
  double deviations = 0;  ///< their sum: what rounding left between that mean and the true one
};

/// The values become the squares of their deviations.
inline BlockMoments moments_of(std::vector<double>& values) {
  BlockMoments moments;
  if (values.empty()) return moments;
  moments.count = static_cast<double>(values.size());
  moments.sum = base::ordered_sum(values);
  moments.mean = moments.sum / moments.count;
  for (double& x : values) x -= moments.mean;
  moments.deviations = base::ordered_sum(values);
  for (double& x : values) x *= x;
  moments.squares = base::ordered_sum(values);
  return moments;
}

/// What a thread, a rank, all ranks saw of the features; vectors by feature.
struct SeenValues {
  static constexpr std::int64_t no_row = std::numeric_limits<std::int64_t>::max();

  explicit SeenValues(std::size_t features)
      : missing(features, 0),
        infinite(features, 0),
        first_missing(features, no_row),
        first_infinite(features, no_row),
        least(features, std::numeric_limits<double>::infinity()),
        greatest(features, -std::numeric_limits<double>::infinity()) {}

  void add(const SeenValues& other) {
    rows += other.rows;
    for (std::size_t f = 0; f < missing.size(); ++f) {
      missing[f] += other.missing[f];
      infinite[f] += other.infinite[f];
      first_missing[f] = std::min(first_missing[f], other.first_missing[f]);
      first_infinite[f] = std::min(first_infinite[f], other.first_infinite[f]);
      least[f] = std::min(least[f], other.least[f]);
      greatest[f] = std::max(greatest[f], other.greatest[f]);
    }
    for (std::size_t c = 0; c < categories.size(); ++c) categories[c] += other.categories[c];
  }
  void reduce(comm::Communicator& communicator) {
    rows = communicator.sum_value(rows);
    communicator.sum(std::span(missing));
    communicator.sum(std::span(infinite));
    communicator.min(std::span(first_missing));
    communicator.min(std::span(first_infinite));
    communicator.min(std::span(least));
    communicator.max(std::span(greatest));
    communicator.sum(std::span(categories));
  }

  std::int64_t rows = 0;
  std::vector<std::int64_t> missing, infinite, first_missing, first_infinite;
  std::vector<double> least, greatest;
  std::vector<std::int64_t> categories;  ///< rows of each, in the order of their places
};

}  // namespace fullbase::linear
