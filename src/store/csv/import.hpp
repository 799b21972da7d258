// Import of CSV and Parquet files into a table of a store.
#pragma once

#include <string>
#include <vector>

#include "comm/communicator.hpp"
#include "data/budget.hpp"
#include "data/spill.hpp"
#include "store/csv/options.hpp"
#include "store/csv/parsed_file.hpp"
#include "store/input_files.hpp"
#include "store/store.hpp"
#include "store/table_import.hpp"

namespace fullbase::store {

/// Collective. Makes `table` of the store the rows of `files`, in their order and each in its own, and commits it. A file that
/// the table holds already, with the same content and the same options, is hashed but not parsed, unless `again`; parts of files
/// that are not listed any more are left out. The path "-" is standard input of rank 0 (SpooledInput). Each new file becomes a
/// part, and its rejects one of rejects_table(), which is committed with it, unless `accept` has something against the table.
/// More rejects than max_rejects allows, over all files, are an input error that shows the first; so is a file that changes while
/// it is read. Parquet files (CsvOptions::format) are taken by the same way, and refused by a job-file error where the build has
/// no Parquet. Baskets (CsvOptions::baskets) are numbered by lines over all files: the file whose number of lines changes has
/// those behind it parsed again. Columns with pseudonyms take CsvOptions::pseudonyms, the key of all pseudonyms of the store
/// (Catalog::pseudonym_key): another one is a job-file error, as are a column of theirs in a path and standard input. On any
/// error the store stays as it was. Memory: see csv::ParsedFile. Cost: one read of each new file, one write of its rows.
ImportReport import_csv(comm::Communicator& communicator, StoreWriter& store, const std::string& table,
                        const std::vector<SourceFile>& files, const CsvOptions& options, data::Budget& budget, data::Spill& spill,
                        bool again = false, const Acceptance& accept = {}, const csv::ParseSizes& sizes = {});

}  // namespace fullbase::store
