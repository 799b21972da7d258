// Imports of small files into a store, and what the store then holds.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "comm/launch.hpp"
#include "memory_spill.hpp"
#include "parallel/for_each.hpp"
#include "store/csv/import.hpp"
#include "store/digest.hpp"
#include "store/store.hpp"

namespace fullbase::testing {

struct ImportSettings {
  int ranks = 1;
  int threads = 1;
  std::int64_t memory = std::int64_t{1} << 30;
  bool again = false;
  store::csv::ParseSizes sizes = {};
};

/// Into the table `t` of the store.
inline store::ImportReport import_files(const std::string& folder, const std::vector<std::string>& paths,
                                        const store::CsvOptions& options, const ImportSettings& settings = {}) {
  std::vector<store::SourceFile> files;
  for (const std::string& path : paths) files.push_back(store::source_file(path));
  parallel::set_thread_count(settings.threads);
  store::ImportReport report;
  comm::run_threads(settings.ranks, [&](comm::Communicator& communicator) {
    data::Budget budget(settings.memory);
    MemorySpill spill;
    store::StoreWriter writer(communicator, folder);
    const store::ImportReport mine =
        store::import_csv(communicator, writer, "t", files, options, budget, spill, settings.again, {}, settings.sizes);
    if (communicator.is_root()) report = mine;
  });
  return report;
}

inline data::Batch all_of(const data::BlockSource& table) {
  std::vector<int> columns(static_cast<std::size_t>(table.schema().columns()));
  for (std::size_t i = 0; i < columns.size(); ++i) columns[i] = static_cast<int>(i);
  return table.read({0, table.rows()}, columns);
}
inline data::Batch rows_of(const std::string& folder) {
  return all_of(*store::Store::open(folder).open_table("t"));
}
inline data::Batch rejects_of(const std::string& folder) {
  return all_of(*store::Store::open(folder).open_table("t.rejects"));
}
inline std::string digest_of(const std::string& folder) {
  return store::table_digest(*comm::single(), *store::Store::open(folder).open_table("t"));
}

}  // namespace fullbase::testing
