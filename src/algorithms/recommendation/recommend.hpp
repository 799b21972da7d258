// For every customer the items of the greatest scores, never a matrix of all scores.
#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "algorithms/recommendation/als.hpp"
#include "algorithms/recommendation/neighbours.hpp"
#include "algorithms/recommendation/ranked_rows.hpp"
#include "algorithms/recommendation/sparse_rows.hpp"
#include "comm/communicator.hpp"
#include "data/budget.hpp"

namespace fullbase::recommendation {

struct TopOptions {
  std::int64_t top = 10;
  bool again = false;                          ///< whether what customers have already may be recommended
  std::span<const std::uint8_t> offered = {};  ///< by item of the matrix, 0: never recommended; empty: all are offered
  std::span<const std::uint8_t> wanted = {};   ///< by this rank's customers, 0: an empty list; empty: all have lists

  /// Called on this rank's main thread now and then: how much of its own work is done. Not collective.
  std::function<void(std::int64_t done, std::int64_t total)> progress = {};

  bool offers(std::int64_t item) const noexcept { return offered.empty() || offered[static_cast<std::size_t>(item)] != 0; }
  bool wants(std::int64_t customer) const noexcept { return wanted.empty() || wanted[static_cast<std::size_t>(customer)] != 0; }
};

/// A pair of rows of a matrix.
struct Pair {
  std::int32_t customer;
  std::int32_t item;
};

// All of these are collective, give lists of this rank's customers of `matrix`, and the same bits on any ranks, threads and
// budget. What they return, at most bytes_of_lists(), is the caller's to reserve.

/// Bytes of lists of so many customers: 8 for each entry, and 8 a customer.
inline std::int64_t bytes_of_lists(std::int64_t customers, std::int64_t items, const TopOptions& options) noexcept {
  return 8 * customers * (std::min(options.top, items) + 1);
}

/// By Factors::mean and products of factors: float32, summed from 0 by fma from the first column on, the mean added last.
/// Customers without any factor other than 0 have an empty list, and such items are in none. Items' factors go round the ranks in
/// panels of 48: sends 192 (columns + 1) bytes for each panel of the rank's items. Cost: customers x items x columns
/// multiply-adds. Memory, from the budget: 28 bytes a customer, 1024 (columns + 1) and 54 KiB a thread, 192 (columns + 1) for
/// each panel of a round, which are as many as fit.
RankedRows top_by_factors(comm::Communicator& communicator, const Interactions& matrix, const Factors& factors,
                          const TopOptions& options, data::Budget& budget);

/// Of items' neighbours: the sum, over what the customer has, of value times likeness (Sarwar et al. 2001, without the division
/// that loses the number of reasons). Of customers': the sum over the neighbours of likeness times their values. In double, by
/// ascending row, rounded once; items of scores above 0 only, so that lists are shorter where neighbours know nothing more.
/// Sends what fetch_entries() does. Cost: a multiply-add for each entry of the lists (rows) of what a customer has (of its
/// neighbours). Memory, from the budget: the lists and rows that are named, 8 bytes an entry; 9 bytes an item a thread; 16 a
/// customer.
RankedRows top_by_neighbours(comm::Communicator& communicator, const Interactions& matrix, const RankedRows& neighbours, Side of,
                             const TopOptions& options, data::Budget& budget);

/// By the product of each customer's profile, the sum of the vectors of what they have weighted by value and of length 1, and
/// each item's vector: the cosine, in double by ascending item and term. Scores above 0 only. `vectors`: this rank's items,
/// columns are terms, 0 to terms - 1, of length 1 each. Sends what fetch_entries() does. Cost: for each term of a profile a
/// multiply-add for each item that has it. Memory, from the budget: the vectors of all items twice, 8 bytes an entry; 25 bytes a
/// term and 9 an item a thread; 16 a customer.
RankedRows top_by_content(comm::Communicator& communicator, const Interactions& matrix, const SparseRows& vectors,
                          std::int64_t terms, const TopOptions& options, data::Budget& budget);

/// Items by the number of customers who have them: the same list for all but for what each has already. Sends and holds what
/// PopularItems does.
RankedRows top_by_popularity(comm::Communicator& communicator, const Interactions& matrix, const TopOptions& options,
                             data::Budget& budget);

/// The scores of pairs whose customers this rank has, as the list of all items would have them. Sends what
/// request_rows() does, and the factors of each item to each rank whose pairs name it. Memory, from the budget: 8 bytes a pair
/// and an item, and the factors that come and go.
std::vector<float> scores_by_factors(comm::Communicator& communicator, const Interactions& matrix, const Factors& factors,
                                     std::span<const Pair> pairs, data::Budget& budget);

}  // namespace fullbase::recommendation
