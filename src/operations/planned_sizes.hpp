// How large tables are before anything is read: those that are there, those that files will be imported to, those that steps will
// make.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>

#include "operations/past_run.hpp"
#include "runtime/forecast.hpp"
#include "runtime/job_loading.hpp"
#include "store/store.hpp"

namespace fullbase::operations {

/// What an import has before it.
struct ImportSize {
  std::string table;
  std::int64_t files = 0;
  std::int64_t new_bytes = 0;      ///< of files that are not in the store as they are now
  double new_text_bytes = 0;       ///< of them uncompressed, about
  runtime::RowForecast rows = {};  ///< of the table after it
  std::string problem = {};        ///< why its files cannot be read, as the run would say it; "": they can, as far as is known
};

class PlannedSizes {
 public:
  /// Opens the store, lists the files of imports. Errors: as Store::open; a job-file error for a file outside of the job's roots.
  PlannedSizes(const runtime::LoadedJob& job, const std::optional<PastRun>& past);

  const std::vector<ImportSize>& imports() const noexcept { return imports_; }
  /// Sizes of the store's files of these tables.
  std::int64_t stored_bytes(const std::set<std::string>& tables) const;

  /// Rows of what a slot reads. Steps' tables have to be told by set() first.
  runtime::RowForecast rows(const runtime::Origin& origin) const;
  void set(std::size_t step, const std::string& table, runtime::RowForecast rows) { made_[{step, table}] = rows; }
  /// How many categories the columns of what a slot reads have: of tables of the store, and of what steps carry on from them.
  const std::map<std::string, std::int64_t>& categories(const runtime::Origin& origin);
  /// The same in the past run; nothing where it did not read or make it.
  std::optional<std::int64_t> past_rows(const runtime::Origin& origin) const;

 private:
  ImportSize import_size(const std::string& name, const runtime::ImportTable& table) const;
  runtime::RowForecast stored_rows(const std::string& table) const;

  const runtime::LoadedJob& job_;
  const std::optional<PastRun>& past_;
  std::optional<store::Store> store_;
  std::vector<ImportSize> imports_;
  std::map<std::pair<std::size_t, std::string>, runtime::RowForecast> made_;
  std::map<std::string, std::map<std::string, std::int64_t>> categories_;  ///< by table of the store, and of steps
};

}  // namespace fullbase::operations
