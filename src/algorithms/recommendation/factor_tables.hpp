// Factors as tables, and back.
#pragma once

#include <cstdint>
#include <vector>

#include "algorithms/recommendation/als.hpp"
#include "algorithms/recommendation/row_shares.hpp"
#include "algorithms/recommendation/side_keys.hpp"
#include "comm/communicator.hpp"
#include "data/block_sink.hpp"
#include "data/block_source.hpp"
#include "data/budget.hpp"
#include "data/schema.hpp"

namespace fullbase::recommendation {

/// A row a customer or an item that has an entry: <key>, entries (int64), with biases bias (float32), factor_1 ... factor_<rank>
/// (float32).
data::Schema factors_schema(const data::Field& key, int rank, bool biases);

/// What a table of factors has. Throws a job-file error for one that is none.
struct FactorsShape {
  int rank = 0;
  bool biases = false;
};
FactorsShape factors_shape(const data::Schema& schema);

/// This rank's rows of a side, by its shares; not collective. Memory: parallel blocks of the table.
void write_factors(comm::Communicator& communicator, const FactorRows& rows, const RowShares& shares, const SideKeys& keys,
                   const FactorsShape& shape, data::BlockSink& sink);

/// Collective. The rows of a table of factors that `keys` know, at the ranks that have them by `shares`; zeros where the table
/// has none. With biases the column that stands for 1 is made: Factors says which. Sends each row once. Memory, from the budget:
/// FactorRows::bytes() of this rank's rows; and what comm::RowExchange packs.
struct FactorsRead {
  FactorRows rows;
  std::vector<std::uint8_t> known;  ///< 1 a row that the table has
  data::Reservation memory;
};
FactorsRead read_factors(comm::Communicator& communicator, const data::BlockSource& source, const SideKeys& keys,
                         const RowShares& shares, bool is_customers, data::Budget& budget);

}  // namespace fullbase::recommendation
