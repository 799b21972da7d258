// A matrix parted into what methods learn from and what they are asked for afterwards.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "algorithms/recommendation/sparse_rows.hpp"
#include "comm/communicator.hpp"
#include "data/budget.hpp"
#include "random/generator.hpp"

namespace fullbase::recommendation {

// Which entries of a rank's customers are held out: by entry of Interactions::of_customers the fold that it is held out in, -1
// where it always stays in training. Every customer keeps one entry at least in training, whatever the fold. None of the three is
// collective: each customer is by itself. Memory: 4 bytes an entry. Cost: n log n a customer of n entries.

/// In fold 0 the `count` latest entries of each customer who has more than that; of equal times those of the later items.
/// `times`: by entry.
std::vector<std::int32_t> hold_out_last(const SparseRows& customers, std::span<const std::int64_t> times, std::int64_t count);

/// In fold 0 a random share of each customer's entries: share * n of n, rounded down or up at random so that its mean is that,
/// and at most n - 1. A function of the generator's key and the customers' rows: `first_row` is this rank's first. 0 < share < 1.
std::vector<std::int32_t> hold_out_share(const SparseRows& customers, std::int64_t first_row, const random::Generator& generator,
                                         double share);

/// Each entry in one of `folds` folds, a customer's as evenly as they go, in random order from a random fold on; the entry of
/// those who have one alone in none.
std::vector<std::int32_t> hold_out_folds(const SparseRows& customers, std::int64_t first_row, const random::Generator& generator,
                                         std::int32_t folds);

/// The same rows at the same ranks as in the matrix: those of whom nothing is left have no entries.
struct HeldOut {
  Interactions training;
  SparseRows held_out;     ///< of this rank's customers; columns are items
  std::int64_t pairs = 0;  ///< held out over all ranks
  data::Reservation memory;
};

/// Collective. `folds`: by entry of `matrix.of_customers`; entries of `fold` are held out. Sends 12 bytes for each of them, to
/// the owner of its item. Memory, from the budget: 8 bytes an entry of either side and 8 a row of it, and 8 a row of this rank's
/// customers; while it is made 36 more for each entry that is held out.
HeldOut hold_out(comm::Communicator& communicator, const Interactions& matrix, std::span<const std::int32_t> folds,
                 std::int32_t fold, data::Budget& budget);

}  // namespace fullbase::recommendation
