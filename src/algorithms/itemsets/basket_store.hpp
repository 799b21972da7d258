// A rank's baskets for passes over them again and again: in memory as far as the budget goes, in a spill file beyond.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>

#include "algorithms/itemsets/baskets.hpp"
#include "data/budget.hpp"
#include "data/spill.hpp"

namespace fullbase::itemsets {

/// Pieces of baskets, none larger than it was added. Without keys. Memory: the baskets' bytes() where the budget has room, taken
/// piece by piece up to the share of it that the maker allows; a piece beyond lies in the spill file, and takes its bytes() on
/// the thread that works on it.
class BasketStore {
 public:
  /// At most `most_bytes` of memory are taken from the budget.
  BasketStore(std::int64_t most_bytes, data::Budget& budget, data::Spill& spill);

  BasketStore(BasketStore&&) noexcept;
  BasketStore& operator=(BasketStore&&) noexcept;
  ~BasketStore();

  /// Safe from several threads. Pieces without baskets are not kept. Pieces stand in the order of (pass, piece), not in that of
  /// their coming.
  void add(Baskets&& baskets, std::int64_t pass, std::int64_t piece);

  std::int64_t pieces() const noexcept;
  std::int64_t baskets() const noexcept;  ///< those of equal content once
  std::int64_t entries() const noexcept;  ///< items over these
  std::int64_t spilled_bytes() const noexcept;

  /// Calls work(baskets, piece, thread) once for each piece, 0 to pieces() - 1, on the rank's threads. Not collective; the
  /// exception of the lowest piece is rethrown.
  void for_each(const std::function<void(const Baskets& baskets, std::int64_t piece, int thread)>& work) const;
  /// The same for pieces [first, last).
  void for_each(std::int64_t first, std::int64_t last,
                const std::function<void(const Baskets& baskets, std::int64_t piece, int thread)>& work) const;
  /// What a piece takes in memory.
  std::int64_t piece_bytes(std::int64_t piece) const noexcept;
  /// As for_each(), piece by piece handed over and gone from here. Once.
  void take_each(const std::function<void(Baskets&& baskets, std::int64_t piece, int thread)>& work);

 private:
  struct Piece;
  struct State;
  Baskets load(const Piece& piece) const;

  std::unique_ptr<State> state_;
};

}  // namespace fullbase::itemsets
