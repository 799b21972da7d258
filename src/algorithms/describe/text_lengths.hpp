// How long the texts of a column are.
#pragma once

#include <cstdint>

#include "comm/communicator.hpp"
#include "data/block_source.hpp"

namespace fullbase::describe {

/// In characters (UTF-8 code points), over the rows that have a text.
struct TextLengths {
  std::int64_t texts = 0;
  std::int64_t shortest = 0;
  std::int64_t longest = 0;
  std::int64_t characters = 0;  ///< of all together
};

/// Of a string or category column. Collective. Reads the column once; sends 32 bytes. Memory: a group of blocks a thread.
TextLengths text_lengths(comm::Communicator& communicator, const data::BlockSource& source, int column);

}  // namespace fullbase::describe
