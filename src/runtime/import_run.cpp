#include "runtime/import_run.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <utility>
#include <vector>

#include "algorithms/prepare/unique_key.hpp"
#include "base/clock.hpp"
#include "base/size.hpp"
#include "comm/agreement.hpp"
#include "data/budget.hpp"
#include "runtime/generate.hpp"
#include "runtime/process.hpp"
#include "runtime/pseudonym_key.hpp"
#include "runtime/roots.hpp"
#include "runtime/signals.hpp"
#include "store/csv/import.hpp"
#include "store/input_files.hpp"
#include "store/spill.hpp"
#include "store/store.hpp"

namespace fullbase::runtime {
namespace {

/// Collective: rank 0 looks; all ranks know.
std::vector<store::SourceFile> share_files(comm::Communicator& communicator, const ImportTable& table,
                                           const std::vector<std::string>& roots, const std::string& name) {
  std::vector<std::string> paths;
  comm::collective_try(communicator, "find files", [&] {
    if (!communicator.is_root()) return;
    for (auto& file : Roots(roots).find_source_files(table.files, fmt::format("import.{}.files", name)))
      paths.push_back(std::move(file.path));
  });
  std::vector<store::SourceFile> files;
  for (std::string& path : communicator.broadcast_texts(paths)) files.push_back(store::source_file(std::move(path)));
  return files;
}

bool has_pseudonyms(const JobFile& job) {
  const auto& tables = job.options.import;
  return std::any_of(tables.begin(), tables.end(), [](const auto& table) { return table.second.has_pseudonyms(); });
}

/// Collective. The key of pseudonyms, if a table has some.
std::shared_ptr<const base::PseudonymKey> key_of(comm::Communicator& communicator, const JobFile& job,
                                                 const ImportSettings& settings) {
  return has_pseudonyms(job) ? read_pseudonym_key(communicator, job.options.privacy.key_file, settings.key_descriptor) : nullptr;
}

/// "row 17 (5 of b.csv)": in the table, and among the rows of its file.
std::string name_of_row(const store::StoreTable& table, std::int64_t row) {
  std::int64_t first = 0;
  for (const auto& part : table.parts) {
    if (row < first + part.rows)
      return fmt::format("row {} ({} of {})", base::format_count(row), base::format_count(row - first), part.source.path);
    first += part.rows;
  }
  return fmt::format("row {}", row);
}

/// Collective: what may be committed is a table whose key no two rows have.
void require_key(comm::Communicator& communicator, const data::BlockSource& table, const store::StoreTable& parts,
                 const std::vector<std::string>& key, data::Budget& budget) {
  std::vector<int> columns;
  for (const auto& name : key) columns.push_back(table.schema().at(name, "key"));
  prepare::require_unique(
      communicator, table, columns, budget,
      "correct the files, or leave out the import's `key`; rows count from 0 and without rejects; the store has "
      "not been changed",
      [&](std::int64_t row) { return name_of_row(parts, row); });
}

/// What has become of the files.
struct FileCounts {
  std::int64_t unchanged = 0;
  std::int64_t replaced = 0;
  std::int64_t added = 0;
  std::int64_t removed = 0;
};

FileCounts file_counts(const store::ImportReport& report) {
  FileCounts counts{report.kept(), report.replaced(), 0, std::ssize(report.removed)};
  counts.added = std::ssize(report.files) - counts.unchanged - counts.replaced;
  return counts;
}

/// The report in the form that steps have, so that the manifest shows imports and steps alike.
StepRecord to_record(const std::string& name, const store::ImportReport& report) {
  StepRecord step;
  step.id = name;
  step.job = "import";
  step.published = false;
  step.tables.push_back({name, report.rows, {}});
  for (const auto& [reason, rows] : report.reasons) {
    if (rows > 0) step.left_out.emplace_back(reason, rows);
  }
  for (const auto& file : report.files) {
    if (!file.kept) step.bytes_read += file.bytes;
  }
  const auto counts = file_counts(report);
  step.notes.emplace_back("files", std::ssize(report.files));
  step.notes.emplace_back("files_unchanged", counts.unchanged);
  step.notes.emplace_back("files_replaced", counts.replaced);
  step.notes.emplace_back("files_new", counts.added);
  step.notes.emplace_back("files_removed", counts.removed);
  return step;
}

std::string summary(const store::ImportReport& report) {
  if (!report.changed) return fmt::format("{} rows, unchanged", base::format_count(report.rows));
  auto text = fmt::format("{} rows", base::format_count(report.rows));
  if (report.rejected > 0) text += fmt::format(", {} rejected", base::format_count(report.rejected));
  const auto counts = file_counts(report);
  text += fmt::format("; files: {} new, {} replaced, {} unchanged, {} removed", counts.added, counts.replaced, counts.unchanged,
                      counts.removed);
  return text;
}

/// A generated base stands for no file: an import under its name would take all of it for rows of files that are gone.
void require_not_generated(const store::Catalog& catalog, const JobFile& job) {
  for (const auto& [name, table] : job.options.import) {
    const auto found = catalog.tables.find(name.value);
    if (found == catalog.tables.end() || !is_generated(found->second)) continue;
    throw base::job_file_error(
        fmt::format("the store's table '{}' was generated, not imported, and would be replaced", name.value),
        "store " + *job.options.store, "name another store, or give --force to replace it")
        .known_to_all();
  }
}

}  // namespace

void import_tables(comm::Communicator& communicator, const JobFile& job, const Grant& grant, const ImportSettings& settings,
                   Progress& progress, RunRecord& record) {
  if (job.options.import.empty()) return;
  const comm::StageScope stage(communicator.statistics(), "import");
  const auto key = key_of(communicator, job, settings);
  store::StoreWriter writer(communicator, *job.options.store);
  if (!settings.again) require_not_generated(writer.catalog(), job);
  store::FileSpill spill(*job.options.store);  // its files have no names
  int number = 0;
  for (const auto& [name, table] : job.options.import) {
    const auto start = std::chrono::steady_clock::now();
    const auto traffic_before = communicator.statistics().table();
    progress.begin_step(name.value, "import", ++number, static_cast<int>(job.options.import.size()));
    const auto files = share_files(communicator, table, job.options.roots, name.value);
    data::Budget budget(grant.memory);
    auto options = csv_options(table, job.options.timezone.value);
    options.pseudonyms = key;
    store::Acceptance accept;
    if (!table.key.empty())
      accept = [&, &key = table.key](const data::BlockSource& rows, const store::StoreTable& parts) {
        require_key(communicator, rows, parts, key, budget);
      };
    const auto report =
        store::import_csv(communicator, writer, name.value, files, options, budget, spill, settings.again, accept);
    auto step = to_record(name.value, report);
    // What was read is known for the whole job: counted once.
    if (!communicator.is_root()) step.bytes_read = 0;
    if (report.changed) record.imported.push_back(name.value);
    step.seconds = base::seconds_since(start);
    step.peak_memory = peak_memory();
    step.budget_peak = budget.peak();
    step.traffic = difference(communicator.statistics().table(), traffic_before);
    gather_figures(communicator, step);
    progress.end_step(step.seconds, summary(report));
    record.steps.push_back(std::move(step));
    stop_if_asked(communicator);
  }
}

std::string key_trouble(const JobFile& job) {
  if (!has_pseudonyms(job)) return {};
  const auto& file = job.options.privacy.key_file;
  if (!file) return "there are columns with pseudonyms and no privacy.key_file: an import fails unless --key-fd gives it the key";
  try {
    check_key_file(*file);
    return {};
  } catch (const base::Error& error) {
    return fmt::format("privacy.key_file: {}: {}: an import fails unless this is mended or --key-fd gives it the key",
                       error.where(), error.problem());
  }
}

void tell_of_imports(const JobFile& job, const RunRecord& record, Progress& progress) {
  if (record.imported.empty()) return;
  progress.info(fmt::format("the store {} has already been given {} as it is now; nothing else has changed", *job.options.store,
                            fmt::join(record.imported, ", ")));
}

}  // namespace fullbase::runtime
