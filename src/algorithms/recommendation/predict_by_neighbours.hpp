// The value that a pair of a customer and an item would have, from what their neighbours have.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "algorithms/recommendation/neighbours.hpp"
#include "algorithms/recommendation/recommend.hpp"
#include "algorithms/recommendation/sparse_rows.hpp"
#include "comm/communicator.hpp"
#include "data/budget.hpp"

namespace fullbase::recommendation {

struct PredictionOptions {
  bool means = true;                  ///< of rows are taken off first and added again (KNNWithMeans); else KNNBasic
  std::int64_t least_neighbours = 1;  ///< fewer than these predict nothing
};

/// By pair.
struct PairPredictions {
  std::vector<double> values;
  std::vector<std::int32_t> neighbours;  ///< that the value is made of; 0 where it is a mean
};

/// Collective. `pairs`: this rank's question: pairs of any ranks' customers and items, in any order; -1 stands for a customer or
/// an item that the matrix doesn't know. With options.of customers x is the pair's customer and y its item, with items the other
/// way round. Of the rows v other than x that have a value r(v, y) and whose likeness s(x, v) is above 0 (by `options`, with its
/// shrinkage and least_common), the options.neighbours of greatest s, of equal ones the lowest, predict
///   sum s r(v, y) / sum s, or with means: mean(x) + sum s (r(v, y) - mean(v)) / sum s,
/// all neighbours of x looked at, not only those of find_neighbours(). Where there are fewer than least_neighbours (and where
/// there are none): mean(x) with means, else the mean of all entries; where the matrix doesn't know x or y: the mean of all
/// entries. As in scikit-surprise's KNNBasic and KNNWithMeans (Hug 2020), but that x is never its own neighbour and values are
/// not clipped. The same bits on any ranks, threads and budget. Cost: LikenessPass of the rows x that are asked for, and the
/// length of y for each pair. Sends each pair twice, 8 bytes, and its answer twice, 12; what LikenessPass sends, 8 bytes a row of
/// the side to every rank, and the other side's rows y, fetch_entries(). Memory, from the budget: LikenessPass; 8 bytes a row of
/// the side; 12 options.neighbours + 64 bytes a pair that a rank asks for, passes on or works on; and the rows y that it works
/// with, 8 bytes an entry.
PairPredictions predict_by_neighbours(comm::Communicator& communicator, const Interactions& matrix,
                                      const NeighbourOptions& options, const PredictionOptions& prediction,
                                      std::span<const Pair> pairs, data::Budget& budget);

}  // namespace fullbase::recommendation
