// How many different values a column has, and which of them occur most.
#pragma once

#include <cstdint>
#include <vector>

#include "comm/communicator.hpp"
#include "data/block_source.hpp"
#include "data/budget.hpp"

namespace fullbase::describe {

struct ValueCounts {
  std::int64_t present = 0;   ///< rows that have a value
  std::int64_t distinct = 0;  ///< different ones among them
  data::Column extremes;      ///< the least value and the greatest; no rows if there is no value
  data::Column frequent;      ///< the values that occur most, most rows first, ties from the least value on
  std::vector<std::int64_t> frequent_rows;
};

/// Counts the values of column `column`, all of them, and names the `most` most frequent ones. Numbers and times compare by value
/// (-0 is 0), texts and categories by bytes, false is below true.
///
/// Collective; the result is the same on every rank, for any ranks and memory. Each rank counts its rows by sorting pieces and
/// merging the counts; what is distinct goes to the rank that its hash names, once (16 bytes; a text of n bytes n + 16), and
/// `most` values of each rank to all. Memory: about four times that for the distinct values of a rank's rows, at most half of the
/// budget that is left, but at least 1 MiB; where that is too little, values are counted in passes by their hash, four times as
/// many as before until a pass fits. Reads the column once a pass, and once more for each attempt that did not fit.
ValueCounts count_values(comm::Communicator& communicator, const data::BlockSource& source, int column, std::int64_t most,
                         data::Budget& budget);

}  // namespace fullbase::describe
