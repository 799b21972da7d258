#include "store/table_import.hpp"

#include <algorithm>
#include <utility>

#include "comm/agreement.hpp"

namespace fullbase::store {
namespace {

constexpr std::string_view rejected_prefix = "rejected: ";

std::string name_of(const std::string& path) {
  return path.substr(path.rfind('/') + 1);
}

}  // namespace

std::int64_t ImportReport::kept() const noexcept {
  return std::count_if(files.begin(), files.end(), [](const ImportedFile& file) { return file.kept; });
}

std::int64_t ImportReport::replaced() const noexcept {
  return std::count_if(files.begin(), files.end(), [](const ImportedFile& file) { return file.replaces; });
}

std::string rejects_table(const std::string& table) {
  return table + ".rejects";
}

data::Schema rejects_schema() {
  return {.fields = {{.name = "file", .type = data::Type::string},
                     {.name = "line", .type = data::Type::int64},
                     {.name = "column", .type = data::Type::string, .nullable = true},
                     {.name = "reason", .type = data::Type::string},
                     {.name = "text", .type = data::Type::string}},
          .key = {}};
}

std::map<std::string, std::int64_t> rejected_rows(const Part& part) {
  std::map<std::string, std::int64_t> rejected;
  for (const auto& [name, rows] : part.counts) {
    if (name.starts_with(rejected_prefix)) rejected[name.substr(rejected_prefix.size())] = rows;
  }
  return rejected;
}

std::string rejected_count(std::string_view reason) {
  return std::string(rejected_prefix) + std::string(reason);
}

TableImport::TableImport(comm::Communicator& communicator, StoreWriter& store, std::string table, data::Schema schema,
                         const std::vector<SourceFile>& files, bool again)
    : communicator_(communicator), store_(store), table_(std::move(table)), again_(again) {
  for (const SourceFile& file : files) listed_.insert(file.path);
  before_ = parts_of(table_);
  rejects_before_ = parts_of(rejects_table(table_));
  after_.schema = std::move(schema);
  rejects_after_.schema = rejects_schema();
}

std::vector<Part> TableImport::parts_of(const std::string& table) const {
  const auto found = store_.catalog().tables.find(table);
  return found == store_.catalog().tables.end() ? std::vector<Part>() : found->second.parts;
}

/// Parts that may be of this content, the one of the same path first.
std::vector<Part> TableImport::candidates(const SourceIdentity& source) const {
  std::vector<Part> found;
  for (const Part& part : before_) {
    const SourceIdentity& known = part.source;
    if (known.bytes != source.bytes || known.options_sha256 != source.options_sha256 || given_.contains(part.file)) continue;
    if (known.path == source.path) {
      found.insert(found.begin(), part);
    } else if (!listed_.contains(known.path) && (name_of(known.path) == name_of(source.path) || rejected_rows(part).empty())) {
      found.push_back(part);
    }
  }
  return found;
}

std::optional<Part> TableImport::at_hand(const SourceIdentity& source, const std::function<std::string()>& sha256) {
  if (again_) return std::nullopt;
  const std::vector<Part> possible = candidates(source);
  if (possible.empty()) return std::nullopt;
  const std::string content = sha256();
  for (Part part : possible) {
    if (part.source.sha256 != content) continue;
    given_.insert(part.file);
    part.source.path = source.path;
    return part;
  }
  return std::nullopt;
}

std::optional<Part> TableImport::rejects_of(const Part& part) const {
  for (const Part& rejects : rejects_before_) {
    if (rejects.file != part.file) continue;
    Part found = rejects;
    found.source.path = part.source.path;
    return found;
  }
  return std::nullopt;
}

void TableImport::add(const SourceFile& file, Part part, std::optional<Part> rejects, bool kept) {
  const bool known =
      std::any_of(before_.begin(), before_.end(), [&](const Part& before) { return before.source.path == file.path; });
  ImportedFile imported{file.path, kept, known && !kept, part.source.bytes, part.rows, 0, part.source.sha256};
  for (const auto& [reason, rows] : rejected_rows(part)) {
    imported.rejected += rows;
    report_.reasons[reason] += rows;
  }
  report_.rows += part.rows;
  report_.rejected += imported.rejected;
  report_.files.push_back(std::move(imported));
  after_.parts.push_back(std::move(part));
  if (rejects) rejects_after_.parts.push_back(std::move(*rejects));
}

ImportReport TableImport::commit(const Acceptance& accept) {
  for (const Part& part : before_) {
    if (!listed_.contains(part.source.path) && !given_.contains(part.file)) report_.removed.push_back(part.source.path);
  }
  Catalog catalog = store_.catalog();
  const auto known = catalog.tables.find(table_);
  // A key of the schema was accepted with these rows already.
  const bool accepted = known != catalog.tables.end() && known->second == after_ && !after_.schema.key.empty();
  if (accept && !accepted) {
    const auto table =
        comm::collective_try(communicator_, "import: open table", [&] { return store_.open_uncommitted(table_, after_); });
    accept(*table, after_);
  }
  catalog.tables[table_] = std::move(after_);
  catalog.tables[rejects_table(table_)] = std::move(rejects_after_);
  if (!pseudonym_key_.empty()) catalog.pseudonym_key = pseudonym_key_;
  if (catalog != store_.catalog()) {
    store_.commit(catalog);
    report_.changed = true;
  }
  return std::move(report_);
}

}  // namespace fullbase::store
