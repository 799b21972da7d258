// The factor rows of the other side that a rank's entries name.
#pragma once

#include <cstdint>
#include <vector>

#include "algorithms/recommendation/factor_rows.hpp"
#include "algorithms/recommendation/sparse_rows.hpp"
#include "comm/communicator.hpp"

namespace fullbase::recommendation {

/// Which rows of a side this rank needs, and how they come here.
class NeededRows {
 public:
  /// Collective. Columns of `rows` are rows of the side; afterwards they are places among the needed ones, in the same order.
  /// Sends and holds what request_rows() does. Memory: 4 bytes a row of the side while it is looked at, 4 a needed row, 4 a row
  /// that others need.
  NeededRows(comm::Communicator& communicator, SparseRows& rows, const RowShares& side);

  /// How many there are.
  std::int64_t size() const noexcept { return static_cast<std::int64_t>(needed_.size()); }
  /// The row of the side at a place.
  std::int64_t row(std::int64_t place) const noexcept { return needed_[static_cast<std::size_t>(place)]; }

  /// Collective. The needed rows, from those that every rank has of its own. Sends 4 bytes a factor of each row that other ranks
  /// need, to each of them. Memory: FactorRows::bytes(size()), and what is sent.
  FactorRows fetch(comm::Communicator& communicator, const FactorRows& own) const;

 private:
  std::vector<std::int32_t> needed_;              ///< ascending
  std::vector<std::int64_t> needed_starts_;       ///< by rank that owns them
  std::vector<std::vector<std::int32_t>> asked_;  ///< by rank: own rows that it needs, counted from the first
};

}  // namespace fullbase::recommendation
