#include "runtime/planned_sizes.hpp"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <utility>
#include <vector>

#include "store/csv/line_estimate.hpp"
#include "store/file.hpp"
#include "store/input_files.hpp"
#include "store/table_reader.hpp"

namespace fullbase::runtime {
namespace {

/// The files that an import reads, by path; none where that cannot be told before it runs.
std::vector<std::pair<std::string, store::FileState>> files_of(const ImportTable& table) {
  std::vector<std::pair<std::string, store::FileState>> files;
  if (table.reads_standard_input()) return files;
  try {
    for (const auto& file : store::find_source_files(table.files))
      files.emplace_back(file.path, store::File::open_read(file.path).state());
  } catch (const base::Error&) {
    files.clear();  // the import will say what is wrong with them
  }
  return files;
}

/// Rows of files that were never imported, by the lines that some of them begin with; nothing where lines are not rows.
RowForecast rows_of_text(const std::vector<std::pair<std::string, store::FileState>>& files, const ImportTable& table) {
  constexpr std::size_t looked_at = 8;
  const auto is_parquet = [](const auto& file) { return file.first.ends_with(".parquet"); };
  if (table.has_baskets() || table.format.value_or("csv") != "csv" || std::ranges::any_of(files, is_parquet)) return {};
  const bool has_header = table.header.value_or(store::CsvOptions{}.header);
  double rows = 0, bytes = 0, all_bytes = 0;
  try {
    for (std::size_t i = 0; i < files.size(); ++i) {
      all_bytes += static_cast<double>(files[i].second.bytes);
      if (i >= looked_at) continue;
      rows += static_cast<double>(store::csv::estimate_lines(files[i].first, table.encoding) - (has_header ? 1 : 0));
      bytes += static_cast<double>(files[i].second.bytes);
    }
  } catch (const base::Error&) {
    return {};  // the import will say what is wrong with them
  }
  if (bytes <= 0) return {};
  return {std::max<std::int64_t>(0, std::llround(rows * all_bytes / bytes)), Certainty::estimate};
}

}  // namespace

PlannedSizes::PlannedSizes(const LoadedJob& job, const std::optional<PastRun>& past) : job_(job), past_(past) {
  const auto& options = job.checked.file.options;
  if (options.store) store_ = store::Store::open(*options.store);
  for (const auto& [name, table] : options.import) imports_.push_back(import_size(name.value, table));
}

ImportSize PlannedSizes::import_size(const std::string& name, const ImportTable& table) const {
  ImportSize size{.table = name};
  std::int64_t kept_rows = 0, kept_bytes = 0;
  const auto files = files_of(table);
  for (const auto& [path, state] : files) {
    ++size.files;
    const store::Part* known = nullptr;
    if (store_->has(name)) {
      for (const auto& part : store_->at(name).parts) {
        if (part.source.path == path && part.source.bytes == state.bytes && part.source.modified_ns == state.modified_ns)
          known = &part;
      }
    }
    if (known != nullptr) {
      kept_rows += known->rows;
      kept_bytes += known->source.bytes;
    } else {
      size.new_bytes += state.bytes;
    }
  }
  if (size.files > 0 && size.new_bytes == 0) {
    size.rows = {kept_rows, Certainty::exact};
  } else if (kept_rows > 0) {
    // New files are taken to be like those that are there.
    const double bytes_a_row = static_cast<double>(kept_bytes) / static_cast<double>(kept_rows);
    size.rows = {kept_rows + std::llround(static_cast<double>(size.new_bytes) / bytes_a_row), Certainty::estimate};
  } else if (store_->has(name)) {
    size.rows = {store_->at(name).rows(), Certainty::estimate};
  } else if (const auto rows = rows_of_text(files, table); rows.certainty != Certainty::unknown) {
    size.rows = rows;
  } else if (past_ && past_->steps.contains(name) && past_->steps.at(name).rows.contains(name)) {
    size.rows = {past_->steps.at(name).rows.at(name), Certainty::estimate};
  }
  return size;
}

std::int64_t PlannedSizes::stored_bytes(const std::set<std::string>& tables) const {
  std::int64_t bytes = 0;
  for (const auto& table : tables) {
    if (!store_ || !store_->has(table)) continue;
    for (const auto& part : store_->at(table).parts) {
      std::error_code error;
      const auto size = std::filesystem::file_size(store_->part_path(part), error);
      if (!error) bytes += static_cast<std::int64_t>(size);
    }
  }
  return bytes;
}

RowForecast PlannedSizes::stored_rows(const std::string& table) const {
  const auto import = std::ranges::find(imports_, table, &ImportSize::table);
  if (import != imports_.end()) return import->rows;
  if (store_ && store_->has(table)) return {store_->at(table).rows(), Certainty::exact};
  return {};
}

RowForecast PlannedSizes::rows(const Origin& origin) const {
  switch (origin.kind) {
    case Origin::Kind::none:
      return {0, Certainty::exact};
    case Origin::Kind::store_table:
      return stored_rows(origin.name);
    case Origin::Kind::input:
      for (const auto& [name, input] : job_.checked.file.options.inputs) {
        if (name.value != origin.name) continue;
        const auto& zone = job_.checked.file.options.timezone.value;
        return {store::open_table(input.file, input.table, zone)->rows(), Certainty::exact};
      }
      return {};
    case Origin::Kind::step: {
      const auto found = made_.find({origin.step, origin.table});
      return found == made_.end() ? RowForecast{} : found->second;
    }
  }
  return {};
}

std::optional<std::int64_t> PlannedSizes::past_rows(const Origin& origin) const {
  if (origin.kind == Origin::Kind::none) return 0;
  if (!past_) return {};
  if (origin.kind != Origin::Kind::step) {
    const auto found = past_->inputs.find(origin.name);
    return found == past_->inputs.end() ? std::optional<std::int64_t>() : found->second;
  }
  const auto& id = job_.checked.file.steps[origin.step].id;
  const auto step = past_->steps.find(id);
  if (step == past_->steps.end()) return {};
  const auto rows = step->second.rows.find(job_.checked.table_name(origin));
  return rows == step->second.rows.end() ? std::optional<std::int64_t>() : rows->second;
}

}  // namespace fullbase::runtime
