#include "store/store.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <set>

#include "base/error.hpp"
#include "base/text.hpp"
#include "comm/agreement.hpp"
#include "store/catalog_json.hpp"
#include "store/file.hpp"
#include "store/joined_table.hpp"
#include "store/pending_parts.hpp"
#include "store/table_reader.hpp"

namespace fullbase::store {
namespace {

std::string manifest_path(const std::string& folder) {
  return folder + "/manifest.json";
}

bool has_manifest(const std::string& folder) {
  return is_present(manifest_path(folder));
}

/// Empty if the store has no manifest yet. Parts without one are those of a store that has lost it: they are not to be taken for
/// leftovers.
std::string manifest_text(const std::string& folder) {
  if (has_manifest(folder)) return read_text(manifest_path(folder));
  if (!is_folder(folder)) return {};
  for (const std::string& file : list_folder(folder)) {
    if (part_number(file) == 0) continue;
    throw base::input_error(fmt::format("manifest.json is missing, though there is '{}', which is named as a part", file),
                            "store " + folder, "restore it, or choose a folder of its own for the store");
  }
  return {};
}

Catalog catalog_from(const std::string& text, const std::string& folder) {
  return text.empty() ? Catalog{} : read_catalog(text, manifest_path(folder));
}

/// Taken before the manifest is read: a writer that replaces it afterwards sees the lock.
std::shared_ptr<const SharedLock> reading_lock(const std::string& folder) {
  return has_manifest(folder) ? std::make_shared<const SharedLock>(readers_path(folder)) : nullptr;
}

std::set<std::string> mentioned_files(const Catalog& catalog) {
  std::set<std::string> files;
  for (const auto& [name, table] : catalog.tables) {
    for (const auto& part : table.parts) files.insert(part.file);
  }
  return files;
}

std::unique_ptr<data::BlockSource> open_checked(const std::string& path, const StoreTable& table, const Part& part) {
  auto source = open_table(path, part.group);
  if (source->schema() != table.schema || source->rows() != part.rows || table_checksum(*source) != part.checksum) {
    throw base::input_error("is not the part that the store's manifest names", path, "restore the file, or import it again");
  }
  return source;
}

std::unique_ptr<data::BlockSource> open_parts(const std::string& folder, const std::string& name, const StoreTable& table,
                                              std::shared_ptr<const SharedLock> reading) {
  std::vector<std::unique_ptr<data::BlockSource>> parts;
  for (const auto& part : table.parts) parts.push_back(open_checked(folder + "/" + part.file, table, part));
  return std::make_unique<JoinedTable>(name, table.schema, std::move(parts), std::move(reading));
}

}  // namespace

bool is_there(const std::string& folder) {
  return !manifest_text(folder).empty();
}

std::int64_t StoreTable::rows() const noexcept {
  std::int64_t sum = 0;
  for (const auto& part : parts) sum += part.rows;
  return sum;
}

Store Store::open(comm::Communicator& communicator, const std::string& folder) {
  std::shared_ptr<const SharedLock> reading;
  std::string text = comm::collective_try(communicator, "open store", [&]() -> std::string {
    if (!communicator.is_root()) return {};
    reading = reading_lock(folder);
    return manifest_text(folder);
  });
  text = communicator.broadcast_text(text);
  return {folder, catalog_from(text, folder), std::move(reading)};
}

Store Store::open(const std::string& folder) {
  auto reading = reading_lock(folder);
  return {folder, catalog_from(manifest_text(folder), folder), std::move(reading)};
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
  return open_parts(folder_, table, at(table), reading_);
}

std::unique_ptr<data::BlockSource> Store::open_part(const StoreTable& table, const Part& part) const {
  return open_checked(part_path(part), table, part);
}

StoreWriter::StoreWriter(comm::Communicator& communicator, const std::string& folder)
    : communicator_(communicator), folder_(folder) {
  std::string text = comm::collective_try(communicator, "lock store", [&]() -> std::string {
    if (!communicator.is_root()) return {};
    make_folders(folder_);
    lock_.emplace(folder_ + "/lock", "the store");
    std::string manifest = manifest_text(folder_);
    remove_file(manifest_path(folder_) + ".new");
    remove_pending(folder_, mentioned_files(catalog_from(manifest, folder_)));
    return manifest;
  });
  text = communicator.broadcast_text(text);
  catalog_ = catalog_from(text, folder_);
}

StoreWriter::~StoreWriter() {
  if (!lock_) return;
  try {
    // What the manifest says counts, not what this writer knows: its last commit may have failed halfway.
    const Catalog catalog = catalog_from(manifest_text(folder_), folder_);
    remove_pending(folder_, mentioned_files(catalog));
    if (made_manifest_ && catalog.tables.empty()) remove_file(manifest_path(folder_));
  } catch (...) {
    // The next writer removes it, or says why it cannot.
    return;
  }
}

std::string StoreWriter::new_part(const std::string& table) {
  const std::string path = comm::collective_try(communicator_, "name part", [&]() -> std::string {
    if (!communicator_.is_root()) return {};
    // From here on a folder of parts without a manifest is one that has lost it.
    if (!has_manifest(folder_)) {
      replace_text(manifest_path(folder_), write_catalog({}));
      made_manifest_ = true;
    }
    // Above every number in the folder, and above those given before whose files are not made yet.
    for (const std::string& file : list_folder(folder_)) last_part_ = std::max(last_part_, part_number(file));
    PendingParts pending = read_pending(folder_);
    const std::string file = fmt::format("{}-{}.h5", table, ++last_part_);
    pending.made.insert(file);
    write_pending(folder_, pending);
    return folder_ + "/" + file;
  });
  return communicator_.broadcast_text(path);
}

std::unique_ptr<data::BlockSource> StoreWriter::open_uncommitted(const std::string& name, const StoreTable& table) const {
  return open_parts(folder_, name, table, nullptr);
}

void StoreWriter::commit(const Catalog& catalog) {
  comm::collective_try(communicator_, "commit store", [&] {
    if (!communicator_.is_root()) return;
    const auto mentioned = mentioned_files(catalog);
    PendingParts pending = read_pending(folder_);
    for (const std::string& file : mentioned_files(catalog_)) {
      if (!mentioned.contains(file)) pending.replaced.insert(file);
    }
    write_pending(folder_, pending);
    replace_text(manifest_path(folder_), write_catalog(catalog));
    remove_pending(folder_, mentioned);
  });
  catalog_ = catalog;
}

}  // namespace fullbase::store
