// Rows held in rank order in any numbers, moved so that rank borders fall on block borders.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "comm/row_exchange.hpp"
#include "data/batch.hpp"

namespace fullbase::comm {

/// The table that all ranks' rows make up in rank order, as rank r owns it by Partition(rows of all, size()). Afterwards
/// `rows` says which global rows are here. What was in place already is not sent. Collective; fields and dictionaries are equal
/// on all ranks. Memory: the input, whose columns go one by one, and the largest column again. Sends the rows that change rank.
data::Batch redistribute(Communicator& communicator, data::Batch batch);

/// size() + 1 positions in this rank's rows: which of them canonical rank r owns. Collective.
std::vector<std::int64_t> canonical_starts(Communicator& communicator, std::int64_t local_rows);

/// The same for plain records.
template <Plain T>
std::vector<T> redistribute(Communicator& communicator, std::span<const T> values) {
  RowExchange exchange(communicator, {}, canonical_starts(communicator, static_cast<std::int64_t>(values.size())));
  return exchange.values(values);
}

}  // namespace fullbase::comm
