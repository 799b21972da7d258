// The digest of a table: what must not change with ranks, threads, memory or a restart.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "comm/communicator.hpp"
#include "data/block_source.hpp"

namespace fullbase::store {

/// Collective. 64 hexadecimal digits. SHA-256 throughout:
///   block  = hash of a column's values in one canonical block: little-endian numbers, booleans as a byte, NaN as 0x7ff8... or
///            0x7fc0..., -0 as 0, missing integers and booleans as 0; where the schema says nullable, int64 and boolean are
///            followed by a byte a row (1 = missing). Texts and categories: length as uint32, then the bytes; missing is length
///            2^32 - 1.
///   column = hash of its block hashes in order.
///   table  = hash of "fullbase table 1", the number of columns, of each name, type, unit (each after its length as int64) and
///            nullable (int64 0 or 1), then the key's name, the number of rows, and the column hashes.
/// Every rank reads its partition's blocks with all threads. Sends 32 bytes a block and column to rank 0 (a column at a time),
/// then 64 bytes to all. Memory: a run of blocks of one column a thread, plus the block hashes of one column.
std::string table_digest(comm::Communicator& communicator, const data::BlockSource& source);

/// The digest of several tables: SHA-256 of the lines "<name> <digest>\n", in the order given, with names as
/// base::printable_line shows them. What `fullbase digest` calls "all".
std::string combined_digest(const std::vector<std::pair<std::string, std::string>>& tables);

}  // namespace fullbase::store
