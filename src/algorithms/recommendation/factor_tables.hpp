// Factors as tables, and back.
#pragma once

#include <cstdint>
#include <vector>

#include "algorithms/recommendation/als.hpp"
#include "algorithms/recommendation/factors_read.hpp"
#include "algorithms/recommendation/row_shares.hpp"
#include "algorithms/recommendation/side_keys.hpp"
#include "comm/communicator.hpp"
#include "comm/row_exchange.hpp"
#include "data/block_sink.hpp"
#include "data/block_source.hpp"
#include "data/budget.hpp"
#include "data/schema.hpp"

namespace fullbase::recommendation {

/// What a table of factors has.
struct FactorsShape {
  int rank = 0;
  bool biases = false;

  /// Values of a row of FactorRows: with biases one is its own, and another stands for the 1 that meets the other side's.
  int columns() const noexcept { return rank + (biases ? 2 : 0); }
  friend bool operator==(const FactorsShape&, const FactorsShape&) = default;
};

/// A row a customer or an item that has an entry: <key>, which is the table's key, entries (int64), with biases bias (float32),
/// factor_1 ... factor_<rank> (float32).
data::Schema factors_schema(const data::Field& key, int rank, bool biases);

/// Columns are found by name: there may be others. Throws a job-file error for a table that has no factors.
FactorsShape factors_shape(const data::Schema& schema);

/// This rank's rows of a side, by its shares; not collective. Memory: 16 blocks of the table a thread.
void write_factors(comm::Communicator& communicator, const FactorRows& rows, const RowShares& shares, const SideKeys& keys,
                   bool is_customers, const FactorsShape& shape, data::BlockSink& sink);

/// Collective. The rows of a table of factors that `keys` know, at the ranks that have them by `shares`; zeros where the table
/// has none. With biases the column that stands for 1 is made: Factors says which. `source` has the shape that factors_shape()
/// says of its schema; its key may be of any type that finds those of `keys`. Throws a job-file error for one of another kind,
/// and an input error for the lowest row whose factor is missing or infinite, and for a key that stands twice.
///
/// Each rank reads its rows of the table once, in rounds of about `round_bytes`, and sends each that is known to its owner.
/// Memory, from the budget: FactorRows::bytes() and 1 byte a row of this rank's rows; while a round goes on its rows, as many
/// bytes that are packed, what arrives, and blocks of the table that threads read.
FactorsRead read_factors(comm::Communicator& communicator, const data::BlockSource& source, const SideKeys& keys,
                         const RowShares& shares, bool is_customers, data::Budget& budget,
                         std::int64_t round_bytes = comm::usual_round_bytes);

}  // namespace fullbase::recommendation
