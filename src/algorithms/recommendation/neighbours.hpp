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

/// How alike rows a and b are. Sums run over the other side's rows that have both, n of them, in their order, in double.
enum class Likeness : std::uint8_t {
  /// sum a b / (|a| |b|), lengths over all that each has (Sarwar et al. 2001); with common_only over what both have, as
  /// scikit-surprise has it. 0 where a length is 0.
  cosine,
  /// The correlation over what both have (Resnick et al. 1994): (n sum a b - sum a sum b) / sqrt((n sum a^2 - (sum a)^2) (n sum
  /// b^2 -
  /// (sum b)^2)). 0 where a or b does not vary: where n sum a^2 - (sum a)^2 <= 1e-10 n sum a^2, below which it is rounding.
  pearson,
  /// 1 / (1 + sum (a - b)^2 / n), the mean squared difference as scikit-surprise has it.
  msd,
  /// n / (entries of a + entries of b - n) (Jaccard 1901); values don't count.
  jaccard,
  /// sum w(a) w(b), with w = idf (k1 + 1) v / (v + k1 (1 - b + b total / mean total)) of an entry of value v: total is its row's
  /// sum
  /// of values, mean total that of all rows of the side (Robertson, Walker 1994), and idf = ln(1 + (rows - m + 0.5) / (m + 0.5))
  /// of
  /// the other side's row of m entries, which is never negative (as in Lucene). Values must not be negative.
  bm25
};

struct NeighbourOptions {
  Side of = Side::items;
  Likeness likeness = Likeness::cosine;
  std::int64_t neighbours = 20;
  double shrinkage = 0;           ///< likeness * n / (n + shrinkage) (Bell, Koren 2007)
  std::int64_t least_common = 1;  ///< n of neighbours at least
  bool common_only = false;       ///< cosine
  double bm25_k1 = 1.2;
  double bm25_b = 0.75;
};

struct NeighbourLists {
  RankedRows lists;                  ///< of this rank's rows of the side; nobody is its own neighbour
  std::vector<std::int32_t> common;  ///< n, by entry of `lists`
};

/// Collective. The neighbours of every row, of likeness other than 0, the greatest first. The same bits on any ranks, threads and
/// budget, and for a and b as for b and a. Throws an input error for a negative value with bm25.
/// Rows are shared by their cost, whatever rank has them, and their lists go home. Cost: LikenessPass of all rows. Sends what
/// that does, and for rows whose home is another rank 4 bytes each and 12 an entry of their lists, besides 16 a rank. Memory,
/// from the budget: LikenessPass; 12 options.neighbours + 4 bytes a row that this rank works on, and after that, for lists on
/// their way and its own, the same again and as much for each of its own rows. The result is not counted in once it is returned.
NeighbourLists find_neighbours(comm::Communicator& communicator, const Interactions& matrix, const NeighbourOptions& options,
                               data::Budget& budget,
                               const std::function<void(std::int64_t done, std::int64_t total)>& progress = {});

}  // namespace fullbase::recommendation
