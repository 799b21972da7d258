// Whether a column that says which row is which does so.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "algorithms/prepare/repeated_keys.hpp"
#include "comm/communicator.hpp"
#include "data/block_source.hpp"
#include "data/budget.hpp"
#include "data/expression.hpp"

namespace fullbase::prepare {

/// Throws an input error that names the first row whose key stood in an earlier row already, that row, the key, and how many rows
/// repeat one, and says `advice`. A key may be several columns. Rows without a key repeat none; a column of floats is no key and
/// is not looked at. With `where`, bound to the table's schema, only rows that meet it count.
///
/// Collective. Keys are shuffled, as many passes as the budget asks for (see KeyPasses). Reads the columns once a pass; sends
/// every key and its row number (8 bytes) at most once. Memory: that of a pass.
void require_unique(comm::Communicator& communicator, const data::BlockSource& source, std::span<const int> columns,
                    data::Budget& budget, std::string_view advice, const RowName& name = row_number,
                    const data::BoundExpression* where = nullptr);
/// The same of one column that says which row is which.
void require_unique(comm::Communicator& communicator, const data::BlockSource& source, int column, data::Budget& budget);

}  // namespace fullbase::prepare
