// A table's changes against an earlier version of it, as a table that can be exported.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "comm/communicator.hpp"
#include "data/block_source.hpp"

namespace fullbase::cli {

struct ChangesSince {
  std::unique_ptr<data::BlockSource> earlier;
  std::unique_ptr<data::BlockSource> later;
  std::unique_ptr<data::BlockSource> changes;  ///< reads the two
  std::string counts;                          ///< "12 added, 30 changed, 4 removed"
};

/// `columns` are positions in the later table; its keys have to be among them. Collective. Throws an input error for a column
/// that the earlier table has not or has of another type: a delta would not bring the receiver up to date.
ChangesSince changes_since(comm::Communicator& communicator, std::unique_ptr<data::BlockSource> earlier,
                           std::unique_ptr<data::BlockSource> later, const std::vector<std::string>& keys,
                           const std::vector<int>& columns, std::int64_t memory);

}  // namespace fullbase::cli
