#include "store/store.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <set>

#include "base/error.hpp"
#include "base/text.hpp"
#include "comm/agreement.hpp"
#include "store/catalog_json.hpp"
#include "store/file.hpp"
#include "store/joined_table.hpp"
#include "store/table_reader.hpp"

namespace fullbase::store {
namespace {

namespace fs = std::filesystem;

std::string manifest_path(const std::string& folder) {
  return folder + "/manifest.json";
}

/// Empty if the store has no manifest yet.
std::string manifest_text(const std::string& folder) {
  return ::access(manifest_path(folder).c_str(), F_OK) == 0 ? read_text(manifest_path(folder)) : std::string();
}

Catalog catalog_from(const std::string& text, const std::string& folder) {
  return text.empty() ? Catalog{} : read_catalog(text, manifest_path(folder));
}

std::set<std::string> mentioned_files(const Catalog& catalog) {
  std::set<std::string> files;
  for (const auto& [name, table] : catalog.tables) {
    for (const auto& part : table.parts) files.insert(part.file);
  }
  return files;
}

/// "<table>-<number>.h5"; 0 for any other name.
std::int64_t part_number(const std::string& file) {
  const auto dash = file.rfind('-');
  if (dash == std::string::npos || dash == 0 || !file.ends_with(".h5")) return 0;
  const std::string digits = file.substr(dash + 1, file.size() - dash - 4);
  if (digits.empty() || digits.size() > 15 || digits.find_first_not_of("0123456789") != std::string::npos) return 0;
  return std::stoll(digits);
}

void remove_unmentioned(const std::string& folder, const Catalog& catalog) {
  const auto mentioned = mentioned_files(catalog);
  for (const auto& entry : fs::directory_iterator(folder)) {
    const std::string file = entry.path().filename().string();
    if (part_number(file) > 0 && !mentioned.contains(file)) remove_file(entry.path().string());
  }
}

}  // namespace

std::int64_t StoreTable::rows() const noexcept {
  std::int64_t sum = 0;
  for (const auto& part : parts) sum += part.rows;
  return sum;
}

Store Store::open(comm::Communicator& communicator, const std::string& folder) {
  std::string text =
      comm::collective_try(communicator, "open store", [&] { return communicator.is_root() ? manifest_text(folder) : ""; });
  text = communicator.broadcast_text(text);
  return {folder, catalog_from(text, folder)};
}

Store Store::open(const std::string& folder) {
  return {folder, catalog_from(manifest_text(folder), folder)};
}

const StoreTable& Store::at(const std::string& table) const {
  const auto found = catalog_.tables.find(table);
  if (found != catalog_.tables.end()) return found->second;
  std::vector<std::string> names;
  for (const auto& [name, entry] : catalog_.tables) names.push_back(name);
  std::string advice = base::suggestion(table, names);
  if (advice.empty())
    advice = names.empty() ? "it is empty: import something first" : fmt::format("it has {}", fmt::join(names, ", "));
  throw base::job_file_error(fmt::format("has no table '{}'", table), "store " + folder_, advice);
}

std::unique_ptr<data::BlockSource> Store::open_table(const std::string& table) const {
  const auto& entry = at(table);
  std::vector<std::unique_ptr<data::BlockSource>> parts;
  for (const auto& part : entry.parts) parts.push_back(open_part(entry, part));
  return std::make_unique<JoinedTable>(table, entry.schema, std::move(parts));
}

std::unique_ptr<data::BlockSource> Store::open_part(const StoreTable& table, const Part& part) const {
  auto source = store::open_table(part_path(part), part.group);
  if (source->schema() != table.schema || source->rows() != part.rows || table_checksum(*source) != part.checksum) {
    throw base::input_error("is not the part that the store's manifest names", part_path(part),
                            "restore the file, or import it again");
  }
  return source;
}

StoreWriter::StoreWriter(comm::Communicator& communicator, const std::string& folder)
    : communicator_(communicator), folder_(folder) {
  std::string text = comm::collective_try(communicator, "lock store", [&]() -> std::string {
    if (!communicator.is_root()) return {};
    make_folders(folder_);
    lock_.emplace(folder_ + "/lock", "the store");
    std::string manifest = manifest_text(folder_);
    remove_file(manifest_path(folder_) + ".new");
    remove_unmentioned(folder_, catalog_from(manifest, folder_));
    return manifest;
  });
  text = communicator.broadcast_text(text);
  catalog_ = catalog_from(text, folder_);
}

StoreWriter::~StoreWriter() {
  if (!lock_) return;
  try {
    // What the manifest says counts, not what this writer knows: its last commit may have failed halfway.
    remove_unmentioned(folder_, catalog_from(manifest_text(folder_), folder_));
  } catch (...) {
    // The next writer removes it, or says why it cannot.
    return;
  }
}

std::string StoreWriter::new_part(const std::string& table) {
  const std::string path = comm::collective_try(communicator_, "name part", [&]() -> std::string {
    if (!communicator_.is_root()) return {};
    // Above every number in the folder, and above those given before whose files are not made yet.
    for (const auto& entry : fs::directory_iterator(folder_))
      last_part_ = std::max(last_part_, part_number(entry.path().filename().string()));
    return fmt::format("{}/{}-{}.h5", folder_, table, ++last_part_);
  });
  return communicator_.broadcast_text(path);
}

void StoreWriter::commit(const Catalog& catalog) {
  comm::collective_try(communicator_, "commit store", [&] {
    if (!communicator_.is_root()) return;
    replace_text(manifest_path(folder_), write_catalog(catalog));
    remove_unmentioned(folder_, catalog);
  });
  catalog_ = catalog;
}

}  // namespace fullbase::store
