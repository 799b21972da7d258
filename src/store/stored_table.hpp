// A table of ours, which knows how long its texts can be (private to this folder).
#pragma once

#include <cstdint>

#include "data/block_source.hpp"

namespace fullbase::store {

class StoredTable : public data::BlockSource {
 public:
  /// Bytes of the longest text that string column `column` can hold; 0 for other types.
  virtual std::int32_t string_width(int column) const = 0;
};

}  // namespace fullbase::store
