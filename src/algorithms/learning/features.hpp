// The columns that a model reads, as doubles: numbers as they are, categories by their position among those that training met.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "comm/communicator.hpp"
#include "data/block_source.hpp"

namespace fullbase::learning {

/// A column that a model reads.
struct Feature {
  std::string name;
  bool categorical = false;
  std::vector<std::string> categories = {};  ///< categorical: those that training met, in byte order

  friend bool operator==(const Feature&, const Feature&) = default;
};

/// Whether a model can read a column of this type: numbers and booleans as numbers, categories as such.
bool is_feature(data::Type type) noexcept;

/// Collective; the same on every rank. The columns `names` as features, with the categories that occur in them. Names are those
/// of columns that is_feature(). Reads the category columns once. Memory: 8 bytes a category of the table. Sends that.
std::vector<Feature> meet_features(comm::Communicator& communicator, const data::BlockSource& source,
                                   std::span<const std::string> names);

/// What a feature's value is where training met no such category.
inline constexpr double unseen_category = -1;

/// Features of a table as doubles. A missing value is NaN, a category its position in Feature::categories, one that is not there
/// unseen_category. Decimals are rounded once, booleans are 0 and 1. Not collective.
class FeatureReader {
 public:
  /// Throws an input error that names every column that is not there or is of another kind (a number where the features have a
  /// category); the same on every rank, and marked so. Both are kept by reference.
  FeatureReader(const data::BlockSource& source, std::span<const Feature> features);

  /// Positions of the features in the source, in the features' order: what a batch for read() holds (first).
  std::span<const int> columns() const noexcept { return columns_; }

  /// Values of rows [first, last) of the batch (counted from its own first): feature f of row i at out[f * stride + i - first].
  void read(const data::Batch& batch, std::int64_t first, std::int64_t last, double* out, std::int64_t stride) const;

 private:
  std::span<const Feature> features_;
  std::vector<int> columns_;
  std::vector<std::vector<double>> remaps_;  ///< by feature: code in the source -> value; empty for numbers
};

}  // namespace fullbase::learning
