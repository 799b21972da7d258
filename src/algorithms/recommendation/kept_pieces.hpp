// New numbers for the rows of a table of which some are left out, where pieces of it lie on all ranks.
#pragma once

#include <cstdint>
#include <mutex>
#include <vector>

#include "base/block.hpp"
#include "comm/communicator.hpp"

namespace fullbase::recommendation {

/// Memory: 16 bytes a piece of this rank; while they are numbered 16 a piece of all ranks.
class KeptPieces {
 public:
  /// A piece of this rank, and how many of its rows stay. Safe to call from several threads.
  void add(base::RowRange piece, std::int64_t kept);
  /// Collective, once. Sends 16 bytes a piece to every rank.
  void number(comm::Communicator& communicator);

  // After number().
  /// Rows of all ranks that stay.
  std::int64_t rows() const noexcept { return rows_; }
  /// The new number of the first row of a piece of this rank that stays; `first`: where the piece begins.
  std::int64_t new_first(std::int64_t first) const noexcept;

 private:
  struct Piece {
    std::int64_t first;
    std::int64_t kept;  ///< after number(): the new number of the first
  };
  std::mutex mutex_;
  std::vector<Piece> pieces_;
  std::int64_t rows_ = 0;
};

}  // namespace fullbase::recommendation
