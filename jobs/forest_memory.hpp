// What a forest step takes of a rank's memory beside its matrix.
#pragma once

#include <cstdint>

namespace fullbase::jobs {

struct ForestSize {
  std::int64_t rows = 0;        ///< of all ranks
  std::int64_t local_rows = 0;  ///< of the rank
  int ranks = 1;
  int features = 1;
  int features_per_node = 1;
  int trees = 1;
  int outputs = 2;  ///< classes; 1 for a number
  bool out_of_bag = false;
  bool permutation = false;
  bool cross_validation = false;
};

/// The labels of the rank's rows.
std::int64_t label_bytes(const ForestSize& size) noexcept;

/// To grow the trees, as trees::pace_of() has it: without which it cannot be done, and more than which is of no use.
struct GrowingBytes {
  std::int64_t least = 0;
  std::int64_t best = 0;
};
GrowingBytes growing_bytes(const ForestSize& size, int threads);

/// To measure the grown forest, by what is asked for.
std::int64_t measuring_bytes(const ForestSize& size) noexcept;

}  // namespace fullbase::jobs
