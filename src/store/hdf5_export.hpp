// A table as a small HDF5 file for other programs: one process, packed, no checksums of ours.
#pragma once

#include <span>
#include <string>

#include "data/block_source.hpp"

namespace fullbase::store {

/// Writes the columns of a table as the table `name` ("rfm", "segments/centroids") of a new file at `path`: under a temporary
/// name, then renamed. AnnData's dataframe encoding, values packed by shuffle and deflate under HDF5's own checksums; types,
/// scales and units stand in attributes, so open_table gives the same schema and `fullbase digest` the same digest as for the
/// table itself, if all its columns are taken. One process. Memory: 65,536 rows, dictionaries, 16 MiB a column. Errors: input
/// (names that HDF5 cannot hold), io.
void export_hdf5(const data::BlockSource& source, std::span<const int> columns, const std::string& path, const std::string& name);

}  // namespace fullbase::store
