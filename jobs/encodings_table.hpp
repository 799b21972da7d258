// The table `encodings`: what each value of an encoded column has become, to look at and to apply again on another night.
#pragma once

#include <span>
#include <vector>

#include "algorithms/encode/encoded_table.hpp"
#include "algorithms/encode/encoding.hpp"
#include "comm/communicator.hpp"
#include "data/batch.hpp"
#include "data/block_source.hpp"

namespace fullbase::jobs {

/// column, encoding, value, code, rows, share: a row for each value, and, last of each column, one without a value for rows that
/// miss it. one_hot's code is the place of the column that is true.
data::Schema encodings_schema();
data::Batch encodings_table(const std::vector<encode::Encoding>& encodings, const encode::Places& places,
                            std::int64_t rows_of_table);

/// Whether a table looks like one, by its schema.
bool has_encodings(const data::Schema& schema);

/// Collective. The encodings that `table` holds for these plans, without rows. Throws input errors, the same on every rank: a
/// column that is not in it or was encoded otherwise, a value without a code or with two.
std::vector<encode::Encoding> read_encodings(comm::Communicator& communicator, const data::BlockSource& table,
                                             std::span<const encode::Plan> plans);

}  // namespace fullbase::jobs
