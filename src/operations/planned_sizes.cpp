#include "operations/planned_sizes.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <utility>
#include <vector>

#include "runtime/roots.hpp"
#include "store/csv/text_estimate.hpp"
#include "store/file.hpp"
#include "store/table_reader.hpp"

namespace fullbase::operations {
namespace {

/// The files that an import reads, by path; none where that cannot be told before it runs, or none can be read: `problem` is why.
std::vector<std::pair<std::string, store::FileState>> files_of(const runtime::ImportTable& table, const std::string& name,
                                                               const runtime::Roots& roots, std::string& problem) {
  std::vector<std::pair<std::string, store::FileState>> files;
  if (table.reads_standard_input()) return files;
  try {
    for (const auto& file : roots.find_source_files(table.files, fmt::format("import.{}.files", name)))
      files.emplace_back(file.path, store::File::open_read(file.path).state());
  } catch (const base::Error& error) {
    if (error.kind() == base::ErrorKind::job_file) throw;  // outside of the roots
    files.clear();
    problem = error.what();
  }
  return files;
}

/// The part that was made of this very file; null: none.
const store::Part* known_part(const store::StoreTable& table, const std::string& path, const store::FileState& state) {
  const auto found = std::ranges::find_if(table.parts, [&](const store::Part& part) {
    return part.source.path == path && part.source.bytes == state.bytes && part.source.modified_ns == state.modified_ns;
  });
  return found == table.parts.end() ? nullptr : &*found;
}

/// Rows and bytes of text that files hold, by what some of them begin with; no rows where lines are not rows.
struct TextSize {
  double bytes = 0;
  std::optional<double> rows;
};

TextSize size_of_text(const std::vector<std::pair<std::string, store::FileState>>& files, const runtime::ImportTable& table) {
  constexpr std::size_t looked_at = 8;
  const bool has_header = table.header.value_or(store::CsvOptions{}.header);
  const auto is_parquet = [](const auto& file) { return file.first.ends_with(".parquet"); };
  const bool has_text = table.format.value_or("csv") == "csv" && std::ranges::none_of(files, is_parquet);
  double rows = 0, text = 0, bytes = 0, all_bytes = 0;
  try {
    for (std::size_t i = 0; i < files.size(); ++i) {
      all_bytes += static_cast<double>(files[i].second.bytes);
      if (i >= looked_at || !has_text) continue;
      const auto estimate = store::csv::estimate_text(files[i].first, table.encoding);
      rows += std::max(0.0, estimate.lines - (has_header ? 1 : 0));
      text += estimate.bytes;
      bytes += static_cast<double>(files[i].second.bytes);
    }
  } catch (const base::Error&) {
    return {all_bytes, {}};  // the import will say what is wrong with them
  }
  if (bytes <= 0) return {all_bytes, {}};
  const double share = all_bytes / bytes;
  return {text * share, table.has_baskets() ? std::optional<double>() : rows * share};
}

}  // namespace

PlannedSizes::PlannedSizes(const runtime::LoadedJob& job, const std::optional<PastRun>& past) : job_(job), past_(past) {
  const auto& options = job.checked.file.options;
  if (options.store) store_ = store::Store::open(*options.store);
  for (const auto& [name, table] : options.import) imports_.push_back(import_size(name.value, table));
}

ImportSize PlannedSizes::import_size(const std::string& name, const runtime::ImportTable& table) const {
  ImportSize size{.table = name};
  std::int64_t kept_rows = 0;
  std::vector<std::pair<std::string, store::FileState>> files;
  for (auto& file : files_of(table, name, runtime::Roots(job_.checked.file.options.roots), size.problem)) {
    ++size.files;
    const auto* const known = store_->has(name) ? known_part(store_->at(name), file.first, file.second) : nullptr;
    if (known != nullptr) {
      kept_rows += known->rows;
    } else {
      size.new_bytes += file.second.bytes;
      files.push_back(std::move(file));
    }
  }
  if (size.files > 0 && files.empty()) {
    size.rows = {kept_rows, runtime::Certainty::exact};
    return size;
  }
  const auto text = size_of_text(files, table);
  size.new_text_bytes = text.bytes;
  if (text.rows) {
    size.rows = {kept_rows + std::llround(*text.rows), runtime::Certainty::estimate};
  } else if (store_->has(name)) {
    size.rows = {store_->at(name).rows(), runtime::Certainty::estimate};
  } else if (const auto* const past = past_step(past_, name, "import"); past != nullptr && past->rows.contains(name)) {
    size.rows = {past->rows.at(name), runtime::Certainty::estimate};
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

runtime::RowForecast PlannedSizes::stored_rows(const std::string& table) const {
  const auto import = std::ranges::find(imports_, table, &ImportSize::table);
  if (import != imports_.end()) return import->rows;
  if (store_ && store_->has(table)) return {store_->at(table).rows(), runtime::Certainty::exact};
  return {};
}

runtime::RowForecast PlannedSizes::rows(const runtime::Origin& origin) const {
  switch (origin.kind) {
    case runtime::Origin::Kind::none:
      return {0, runtime::Certainty::exact};
    case runtime::Origin::Kind::store_table:
      return stored_rows(origin.name);
    case runtime::Origin::Kind::input:
      for (const auto& [name, input] : job_.checked.file.options.inputs) {
        if (name.value != origin.name) continue;
        const auto& zone = job_.checked.file.options.timezone.value;
        return {store::open_table(input.file, input.table, zone)->rows(), runtime::Certainty::exact};
      }
      return {};
    case runtime::Origin::Kind::step: {
      const auto found = made_.find({origin.step, origin.table});
      return found == made_.end() ? runtime::RowForecast{} : found->second;
    }
  }
  return {};
}

const std::map<std::string, std::int64_t>& PlannedSizes::categories(const runtime::Origin& origin) {
  static const std::map<std::string, std::int64_t> none;
  if (origin.kind == runtime::Origin::Kind::store_table) {
    const auto [at, is_new] = categories_.try_emplace(origin.name);
    if (!is_new || !store_ || !store_->has(origin.name) || stored_rows(origin.name).certainty != runtime::Certainty::exact)
      return at->second;
    const auto table = store_->open_table(origin.name);
    for (int column = 0; column < table->schema().columns(); ++column) {
      if (const auto dictionary = table->dictionary(column)) at->second[table->schema()[column].name] = dictionary->size();
    }
    return at->second;
  }
  if (origin.kind != runtime::Origin::Kind::step) return none;
  // A step's categories are among those of the column of that name that it reads first.
  const auto [at, is_new] = categories_.try_emplace("step " + job_.checked.table_name(origin));
  const auto* const schema = job_.checked.schema(origin, job_.tables);
  const auto& origins = job_.checked.graph.origins[origin.step];
  if (!is_new || schema == nullptr || origins.empty()) return at->second;
  const auto& read = categories(origins.front());
  for (const auto& field : schema->fields) {
    const auto found = read.find(field.name);
    if (field.type == data::Type::category && found != read.end()) at->second.emplace(*found);
  }
  return at->second;
}

std::optional<std::int64_t> PlannedSizes::past_rows(const runtime::Origin& origin) const {
  if (origin.kind == runtime::Origin::Kind::none) return 0;
  if (!past_) return {};
  if (origin.kind != runtime::Origin::Kind::step) {
    const auto found = past_->inputs.find(origin.name);
    return found == past_->inputs.end() ? std::optional<std::int64_t>() : found->second;
  }
  const auto& id = job_.checked.file.steps[origin.step].id;
  const auto step = past_->steps.find(id);
  if (step == past_->steps.end()) return {};
  const auto rows = step->second.rows.find(job_.checked.table_name(origin));
  return rows == step->second.rows.end() ? std::optional<std::int64_t>() : rows->second;
}

}  // namespace fullbase::operations
