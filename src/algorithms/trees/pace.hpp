// How much of a forest is grown at a time. None of it makes a difference to a tree.
#pragma once

#include <cstdint>

namespace fullbase::trees {

/// What decides it.
struct GrowSize {
  std::int64_t rows = 0;        ///< that take part, of all ranks
  std::int64_t local_rows = 0;  ///< of the rank that has most
  bool has_lists = true;        ///< whether any rank has its matrix in memory
  bool has_streams = false;     ///< whether any rank streams it
  int ranks = 1;
  std::int64_t threads = 1;      ///< of one rank
  std::int64_t all_threads = 1;  ///< of all ranks
  int features = 1;
  int features_per_node = 1;
  int cells = 1;      ///< Counting::cells()
  int row_words = 1;  ///< Counting::row_words()
  int trees = 1;
};

struct Pace {
  int trees = 1;                     ///< that grow together
  std::int64_t small_rows = 0;       ///< nodes of at most so many rows are handed to one rank
  std::int64_t round_rows = 0;       ///< rows that a rank sends at a time
  std::int64_t histogram_bytes = 0;  ///< of one copy of a pass's histograms
  std::int64_t bytes = 0;            ///< that a rank needs for all of it
};

/// The pace that fits `available` bytes, and the least one where none does.
Pace pace_of(const GrowSize& size, std::int64_t available);

}  // namespace fullbase::trees
