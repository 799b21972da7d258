// A sparse matrix of customers x items from a table of pairs.
#pragma once

#include <cstdint>
#include <limits>

#include "algorithms/recommendation/side_keys.hpp"
#include "algorithms/recommendation/sparse_rows.hpp"
#include "comm/communicator.hpp"
#include "data/block_source.hpp"
#include "data/budget.hpp"

namespace fullbase::recommendation {

/// Positions of columns of a table with a row a pair.
struct InteractionColumns {
  int customer = 0;
  int item = 1;
  int value = 2;  ///< int64, decimal, float64 or float32
};

struct InteractionsRead {
  Interactions matrix;
  SideKeys customers;
  SideKeys items;
  std::int64_t missing = 0;  ///< rows of all ranks without a customer, an item or a value: left out
  data::Reservation memory;  ///< of the matrix
};

/// What values a matrix may have.
struct ValueRange {
  double least = -std::numeric_limits<double>::infinity();
  double most = std::numeric_limits<double>::infinity();
  bool positive = false;  ///< more than 0, as confidences are
};

/// Customers and items that have an entry are rows, in the order of their keys; both sides are shared over ranks by their
/// entries. Values are rounded once to float32. Throws an input error that names the row for a value outside `range`, one beyond
/// float32 (of positive ones, 0 in it), and for a pair that stood in an earlier row (the lowest such row of the lowest rank); and
/// for a matrix without any entry. Collective. Each entry is sent at most twice: 24 bytes with its row number to the owner of its
/// customer, 12 to that of its item; and 8 bytes a slot of either side are added up. Memory, from the budget: 8 bytes an entry of
/// either side and 8 a row of it, and SideKeys; while it is made up to 56 bytes more an entry, 4 a slot, and what
/// comm::RowExchange packs.
InteractionsRead read_interactions(comm::Communicator& communicator, const data::BlockSource& source,
                                   const InteractionColumns& columns, data::Budget& budget, const ValueRange& range = {});

}  // namespace fullbase::recommendation
