// For every customer the items of the greatest scores, never a matrix of all scores.
#pragma once

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
};

/// A pair of rows of a matrix.
struct Pair {
  std::int32_t customer;
  std::int32_t item;
};

// All of these are collective, give lists of this rank's customers of `matrix`, and the same bits on any ranks, threads and
// budget.

/// By Factors::mean and products of factors. Customers without any factor other than 0 have an empty list. Items' factors go
/// round the ranks in panels. Cost: customers x items x columns multiply-adds.
RankedRows top_by_factors(comm::Communicator& communicator, const Interactions& matrix, const Factors& factors,
                          const TopOptions& options, data::Budget& budget);

/// Of items' neighbours: the sum, over what the customer has, of value times likeness (Sarwar et al. 2001, without the division
/// that loses the number of reasons). Of customers': the sum over the neighbours of likeness times their values. Lists are
/// shorter where neighbours know nothing more.
RankedRows top_by_neighbours(comm::Communicator& communicator, const Interactions& matrix, const RankedRows& neighbours, Side of,
                             const TopOptions& options, data::Budget& budget);

/// By the product of each customer's profile, the weighted sum of the vectors of what they have, and each item's vector.
/// `vectors`: this rank's items, columns are terms, 0 to terms - 1, of length 1 each.
RankedRows top_by_content(comm::Communicator& communicator, const Interactions& matrix, const SparseRows& vectors,
                          std::int64_t terms, const TopOptions& options, data::Budget& budget);

/// Items by the number of customers who have them: the same list for all but for what each has already.
RankedRows top_by_popularity(comm::Communicator& communicator, const Interactions& matrix, const TopOptions& options,
                             data::Budget& budget);

/// The scores of pairs whose customers this rank has, as the list of all items would have them.
std::vector<float> scores_by_factors(comm::Communicator& communicator, const Interactions& matrix, const Factors& factors,
                                     std::span<const Pair> pairs, data::Budget& budget);

}  // namespace fullbase::recommendation
