// What PATH and TABLE on a command line stand for: a table of a store, of an HDF5 file, or the one of a Parquet file.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "comm/communicator.hpp"
#include "data/block_source.hpp"
#include "store/inspect.hpp"

namespace fullbase::cli {

/// Whether `path` is a store's folder; otherwise it is for an HDF5 file to say what it is. Throws an input error for a folder
/// that is no store.
bool is_store(const std::string& path);
/// Collective: the same of all ranks, as rank 0 sees it.
bool is_store(comm::Communicator& communicator, const std::string& path);
/// The tables of a store folder or an HDF5 file. Throws an input error if `path` is neither.
std::vector<store::TableSummary> tables_of(const std::string& path);
/// A table's name as tables_of() lists it: "segments.centroids", as job files write it, is "segments/centroids" of an HDF5 file,
/// unless the file has a table whose name holds that dot.
std::string listed_name(const std::string& path, const std::string& table);
/// One of them, opened, by either name; an empty name stands for the only or else the first one. A name that is not there is an
/// input error: no job file is at fault.
std::unique_ptr<data::BlockSource> open_table_of(const std::string& path, const std::string& table);
/// The table of that name where another one of the name is compared with it; of a Parquet file its only one, whatever the name.
std::unique_ptr<data::BlockSource> open_counterpart(const std::string& path, const std::string& table);

/// Positions of the columns that --columns names, in that order; all of them if it names none. Throws a usage error.
std::vector<int> columns_of(const data::BlockSource& source, const std::vector<std::string>& names);

}  // namespace fullbase::cli
