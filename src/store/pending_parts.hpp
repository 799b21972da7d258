// Parts of a store that may have to go (private to this folder). pending.json names them before anything happens to them, so that
// after a crash the next writer knows which files are a store's own; no other file is ever removed.
#pragma once

#include <cstdint>
#include <set>
#include <string>

namespace fullbase::store {

/// Names within the store's folder. One that the manifest mentions is a part like any other.
struct PendingParts {
  std::set<std::string> made;      ///< named by new_part(); no reader has seen them
  std::set<std::string> replaced;  ///< parts of an earlier manifest, which readers of it may still open

  bool empty() const noexcept { return made.empty() && replaced.empty(); }
};

/// N of "<table>-N.h5"; 0 for any other name.
std::int64_t part_number(const std::string& file);

/// What `<folder>/pending.json` says; nothing if it is not there. An input error if it is damaged.
PendingParts read_pending(const std::string& folder);
/// Replaces it durably; no file stands for none.
void write_pending(const std::string& folder, const PendingParts& pending);

/// Removes the pending parts that are not among `mentioned`, those of earlier manifests only while nobody holds the lock on
/// readers_path(). What must stay for now stays in pending.json.
void remove_pending(const std::string& folder, const std::set<std::string>& mentioned);

/// The file that readers of a store lock.
std::string readers_path(const std::string& folder);

}  // namespace fullbase::store
