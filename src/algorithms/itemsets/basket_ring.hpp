// Baskets of all ranks, brought past every rank, where what is counted does not fit on each.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <utility>
#include <vector>

#include "algorithms/itemsets/basket_store.hpp"
#include "comm/communicator.hpp"

namespace fullbase::itemsets {

/// Ranks stand in a ring. In each round a rank takes the next pieces of its store, and they go from rank to rank until all have
/// seen them. Baskets travel with the items that are `wanted` alone; those with fewer than `shortest` of them stay.
class BasketRing {
 public:
  /// Collective. `wanted`: 1 or 0 by item, the same on all ranks; must outlive this, as the store must. Rounds are of
  /// `round_bytes` at most, but at least one piece.
  BasketRing(comm::Communicator& communicator, const BasketStore& baskets, std::span<const std::uint8_t> wanted, int shortest,
             std::int64_t round_bytes);

  /// What run() takes on the rank that takes most: what is passed on, and what comes in.
  std::int64_t bytes() const noexcept { return 2 * most_bytes_; }

  /// Collective. Calls work(baskets, thread) for the baskets of all ranks, from several threads. Sends, to all ranks but the own,
  /// 4 bytes an item of a basket, 8 a basket, 8 a piece of the store.
  void run(const std::function<void(const Baskets& baskets, int thread)>& work) const;

 private:
  Baskets chosen(const Baskets& piece) const;

  comm::Communicator& communicator_;
  const BasketStore& store_;
  std::span<const std::uint8_t> wanted_;
  int shortest_;
  std::vector<std::pair<std::int64_t, std::int64_t>> rounds_;  ///< pieces [first, last)
  std::int64_t all_rounds_ = 0;                                ///< of the rank that has most
  std::int64_t most_bytes_ = 0;
};

}  // namespace fullbase::itemsets
