// The factor rows of the other side that a rank's entries name, and the rounds in which they come.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "algorithms/recommendation/factor_rows.hpp"
#include "algorithms/recommendation/row_requests.hpp"
#include "algorithms/recommendation/sparse_rows.hpp"
#include "comm/communicator.hpp"
#include "data/budget.hpp"

namespace fullbase::recommendation {

/// Entries of a row that are worked on at a time.
inline constexpr std::int64_t work_entries = 16384;
/// Pieces of work that a thread takes at a time.
inline constexpr std::int64_t work_grain = 4;

/// Which rows of a side this rank needs, and how they come here: behind its own rows of that side, so that those need not move.
///
/// The rank's rows are cut into pieces of work of at most work_entries entries each. Where the rows of other ranks that all of
/// them need take no more than twice `most_rows`, all come at once; else rounds take as many pieces as most_rows rows suffice
/// for, and while one is worked on the rows for the next come.
class NeededRows {
 public:
  /// Entries [first, last) of a row, counted within `rows`.
  struct Work {
    std::int64_t row;
    std::int64_t first;
    std::int64_t last;
  };

  /// Collective. Columns of `rows` are rows of `side`; afterwards they are places: own rows first, then those that came.
  /// `most_rows` is at least work_entries. Sends 4 bytes a row that comes, and 8 a round and rank. Memory, from the budget: 4
  /// bytes a row that another rank needs, and a round; 24 a piece of work. While it is planned 4 bytes a row that comes, and a
  /// round, 24 a piece of work and 8 a row of the side more.
  NeededRows(comm::Communicator& communicator, SparseRows& rows, const RowShares& side, std::int64_t most_rows,
             data::Budget& budget);

  /// The same on every rank.
  int rounds() const noexcept { return static_cast<int>(rounds_.size()); }
  /// Rows behind the own ones that a rank's FactorRows of the side needs room for.
  std::int64_t room() const noexcept { return rounds() == 1 ? most_coming_ : 2 * most_coming_; }
  /// Rows of other ranks that come here, over all rounds.
  std::int64_t coming() const noexcept { return coming_; }
  /// The most rows that come at a time, and that are sent.
  std::int64_t most_coming() const noexcept { return most_coming_; }
  std::int64_t most_asked() const noexcept { return most_asked_; }

  /// Collective. Calls work(pieces) for each round, when the rows for it are there; work does not communicate, and what it throws
  /// on any rank is thrown on all, under the name of `stage`. `factors`: this rank's rows of the side, with room(). Sends 4 bytes
  /// a factor of each row that comes. Memory besides: as much for what is sent, and for what comes where FactorRows pads rows.
  void for_each_round(comm::Communicator& communicator, const char* stage, FactorRows& factors,
                      const std::function<void(std::span<const Work> pieces)>& work) const;
  /// The same again, for work with the same factors: what came in the only round is there still and does not come again.
  void for_each_round_again(comm::Communicator& communicator, const char* stage, FactorRows& factors,
                            const std::function<void(std::span<const Work> pieces)>& work) const;

 private:
  struct Round {
    std::vector<Work> pieces;
    RowsAsked ranks;  ///< of the rows that come
  };
  void plan(SparseRows& rows, const RowShares& side, base::RowRange own, std::int64_t most_rows,
            std::vector<std::vector<std::int32_t>>& needed);
  void exchange_plans(comm::Communicator& communicator, const RowShares& side,
                      const std::vector<std::vector<std::int32_t>>& needed, data::Budget& budget);
  void fetch(comm::Communicator& communicator, std::size_t round, FactorRows& factors) const;
  /// Of the first row that comes.
  std::int64_t place_of(std::size_t round) const noexcept { return own_rows_ + (round % 2 == 0 ? 0 : most_coming_); }

  std::int64_t own_rows_ = 0;
  std::int64_t most_coming_ = 0;  ///< in a round
  std::int64_t most_asked_ = 0;
  std::int64_t coming_ = 0;
  std::vector<Round> rounds_;
  data::Reservation memory_;
  data::Reservation asked_memory_;
};

}  // namespace fullbase::recommendation
