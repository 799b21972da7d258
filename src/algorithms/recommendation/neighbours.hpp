// The rows of a side that are most alike: by what the other side has of both.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "algorithms/recommendation/ranked_rows.hpp"
#include "algorithms/recommendation/sparse_rows.hpp"
#include "comm/communicator.hpp"
#include "data/budget.hpp"

namespace fullbase::recommendation {

enum class Side : std::uint8_t { customers, items };

/// How alike rows a and b are; sums run over what both have (n of them) unless said otherwise.
enum class Likeness : std::uint8_t {
  cosine,   ///< sum a b / (|a| |b|), lengths over all that each has; or, with common_only, over what both have
  pearson,  ///< correlation over what both have; 0 where one of them does not vary
  msd,      ///< 1 / (1 + sum (a - b)^2 / n)
  jaccard,  ///< n / (entries of a + entries of b - n)
  bm25      ///< sum of products of BM25 weights (Robertson, Walker 1994)
};

struct NeighbourOptions {
  Side of = Side::items;
  Likeness likeness = Likeness::cosine;
  std::int64_t neighbours = 20;
  double shrinkage = 0;           ///< likeness * n / (n + shrinkage)
  std::int64_t least_common = 1;  ///< n of neighbours at least
  bool common_only = false;       ///< cosine
  double bm25_k1 = 1.2;
  double bm25_b = 0.75;
};

struct NeighbourLists {
  RankedRows lists;                  ///< of this rank's rows of the side; nobody is its own neighbour
  std::vector<std::int32_t> common;  ///< n, by entry of `lists`
};

/// Collective. The neighbours of every row, of likeness other than 0. Same bits on any ranks and threads: a pair's sums run in
/// the order of the other side. Rows are shared by cost, the sum over their entries of the lengths of those rows, then go home.
NeighbourLists find_neighbours(comm::Communicator& communicator, const Interactions& matrix, const NeighbourOptions& options,
                               data::Budget& budget,
                               const std::function<void(std::int64_t done, std::int64_t total)>& progress = {});

}  // namespace fullbase::recommendation
