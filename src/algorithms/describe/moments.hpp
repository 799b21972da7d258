// Mean and standard deviation of a number column.
#pragma once

#include <cstdint>

#include "comm/communicator.hpp"
#include "data/block_source.hpp"

namespace fullbase::describe {

struct Moments {
  std::int64_t finite = 0;    ///< values that count
  std::int64_t infinite = 0;  ///< +-infinity, left out
  double mean = 0;            ///< NaN without a value, and where their sum is beyond float64
  double deviation = 0;       ///< of a sample (n - 1); NaN below two values, and where that of their squares is
};

/// Of an int64, decimal or float column, missing values aside. A block's values are summed in one fixed order, blocks exactly;
/// the deviation from values less the mean. Error: some 2^-50 of the mean magnitude, of the deviation likewise. Collective; the
/// same bits on any ranks and threads. Reads the column twice; sends two exact sums. Memory: a block a thread.
Moments moments(comm::Communicator& communicator, const data::BlockSource& source, int column);

}  // namespace fullbase::describe
