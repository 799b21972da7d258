// Import of CSV files into a table of a store.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "comm/communicator.hpp"
#include "data/budget.hpp"
#include "data/spill.hpp"
#include "store/csv/options.hpp"
#include "store/csv/parsed_file.hpp"
#include "store/input_files.hpp"
#include "store/store.hpp"

namespace fullbase::store {

struct ImportedFile {
  std::string path;
  bool kept = false;  ///< the store had it already, with the same content and options
  std::int64_t bytes = 0;
  std::int64_t rows = 0;
  std::int64_t rejected = 0;
  std::string sha256;  ///< csv::ContentDigest
};

/// Equal on all ranks.
struct ImportReport {
  std::vector<ImportedFile> files;
  std::int64_t rows = 0;
  std::int64_t rejected = 0;
  std::map<std::string, std::int64_t> reasons;  ///< rejected rows by reason
  bool changed = false;                         ///< the store has been given a new state of the table
};

/// "<table>.rejects": the table of the store that holds the rows which were not taken, as rejects_schema() has them: name of the
/// file, line of the record's first byte, column (missing: the record as a whole), reason, text.
std::string rejects_table(const std::string& table);
data::Schema rejects_schema();

/// Collective. Makes `table` of the store the rows of `files`, in their order and each in its own, and commits it. A file that
/// the table holds already, with the same content and the same options, is hashed but not parsed, unless `again`; parts of files
/// that are not listed any more are left out. Each new file becomes a part, and its rejects one of rejects_table(), which is
/// committed with it. More rejects than max_rejects allows, over all files, are an input error that shows the first. On any error
/// the store stays as it was. Memory: see csv::ParsedFile. Cost: one read of each new file, one write of its rows.
ImportReport import_csv(comm::Communicator& communicator, StoreWriter& store, const std::string& table,
                        const std::vector<SourceFile>& files, const CsvOptions& options, data::Budget& budget, data::Spill& spill,
                        bool again = false, const csv::ParseSizes& sizes = {});

}  // namespace fullbase::store
