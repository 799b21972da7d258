// The import section of a job at work: new and changed files become parts of the store's tables.
#pragma once

#include <optional>

#include "comm/communicator.hpp"
#include "runtime/job_file.hpp"
#include "runtime/manifest.hpp"
#include "runtime/progress.hpp"
#include "runtime/resources.hpp"

namespace fullbase::runtime {

struct ImportSettings {
  bool again = false;                      ///< also files that were imported before with the same content and options
  std::optional<int> key_descriptor = {};  ///< RunSettings::key_descriptor
};

/// Collective. Brings every table of the import section up to date. The key of pseudonyms is read if a table has some. A table
/// that was generated is a job-file error, unless `again`. Each table is replaced as a whole or stays as it was. What was read
/// and rejected goes to the record.
void import_tables(comm::Communicator& communicator, const JobFile& job, const Grant& grant, const ImportSettings& settings,
                   Progress& progress, RunRecord& record);

/// What is wrong with the key file that the job's pseudonyms need, as one sentence; empty if nothing is, or none is needed.
std::string key_trouble(const JobFile& job);

/// For the user of a run that ends without publishing: each table is committed to the store by itself, and those that were stay.
void tell_of_imports(const JobFile& job, const RunRecord& record, Progress& progress);

}  // namespace fullbase::runtime
