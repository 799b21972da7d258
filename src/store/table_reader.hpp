// Opens tables: ours, AnnData data frames that others wrote, groups of equally long columns, plain 2-D datasets, Parquet files.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "comm/communicator.hpp"
#include "data/block_source.hpp"

namespace fullbase::store {

/// Opens `table` ("/rfm", "rfm", "segments/centroids"; "" or "/" is the file's root) of the HDF5 file at `path`. Not collective:
/// every rank opens for itself; wrap it in comm::collective_try.
///
/// What it may be:
///   - a table of ours: read with pread, many threads at once; every block is checked against its checksum;
///   - a group with AnnData's dataframe encoding (categorical and nullable columns, fixed and variable-length strings);
///   - a group of 1-D datasets of equal length: each is a column, in order of creation if the file keeps it, else by name;
///   - a 2-D numeric dataset: columns named by its attribute "columns" or "column_names", else c0, c1, ...
/// Foreign columns: every integer type becomes int64, half and float float32, double float64, h5py's bool boolean, strings
/// string, categoricals category (sorted by bytes). They go through HDF5, one thread at a time.
///
/// Errors. job file: no such table (with the nearest name). input: no such file, not HDF5, truncated, another format version,
/// never finished, columns of unequal length, a type that has no counterpart, and what a hostile file does: external or soft
/// links, external storage, virtual layouts, filters that HDF5 doesn't come with, sizes that the file cannot hold. io: what the
/// system says. A block that does not match its checksum is an input error that names file, table, column, block and rows.
///
/// A Parquet file is one table, named "table", "/" or "". Its columns have the types that the file gives them (docs/format.md);
/// those that have no counterpart are passed over. Timestamps without a zone are local in `zone`. A build without Parquet
/// refuses it by a job-file error.
std::unique_ptr<data::BlockSource> open_table(const std::string& path, const std::string& table, const std::string& zone = "UTC");

/// 64 hexadecimal digits that tell a table of ours from any other: the SHA-256 of its blocks' and categories' checksums, which
/// every read compares with the data. Empty for tables of others. Not collective; reads 8 bytes a block and dataset. Errors: io.
std::string table_checksum(const data::BlockSource& source);
/// Collective: the same of a table that was just written; rank 0 reads it.
std::string written_checksum(comm::Communicator& communicator, const std::string& path, const std::string& table);

/// Longest text that string column `column` of a source can hold, in bytes, if `source` came from open_table or a store (what
/// TableOptions::string_widths wants); 0 where it is not known.
std::int32_t string_width(const data::BlockSource& source, int column);

/// Blocks of `columns` to read at a time: 64, fewer where the texts of so many could take more than 64 MiB. Alters no result.
std::int64_t blocks_at_once(const data::BlockSource& source, std::span<const int> columns);

}  // namespace fullbase::store
