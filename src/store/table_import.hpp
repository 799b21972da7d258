// The parts of one table while its files are imported, of whatever format: which of them the store holds already, what has become
// of each file, and one commit at the end.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "comm/communicator.hpp"
#include "data/block_source.hpp"
#include "store/input_files.hpp"
#include "store/store.hpp"

namespace fullbase::store {

struct ImportedFile {
  std::string path;
  bool kept = false;      ///< the store had it already, with the same content and options
  bool replaces = false;  ///< the store had a file of this path, but not with this content and these options
  std::int64_t bytes = 0;
  std::int64_t rows = 0;
  std::int64_t rejected = 0;
  std::string sha256;  ///< of the content
};

/// Equal on all ranks.
struct ImportReport {
  std::vector<ImportedFile> files;
  std::vector<std::string> removed;  ///< paths of files whose rows the table had, and has no more
  std::int64_t rows = 0;
  std::int64_t rejected = 0;
  std::map<std::string, std::int64_t> reasons;  ///< rejected rows by reason
  bool changed = false;                         ///< the store has been given a new state of the table

  std::int64_t kept() const noexcept;
  std::int64_t replaced() const noexcept;
};

/// "<table>.rejects": the table of the store that holds the rows which were not taken, as rejects_schema() has them: name of the
/// file, line of the record's first byte, column (missing: the record as a whole), reason, text.
std::string rejects_table(const std::string& table);
data::Schema rejects_schema();

/// Rows that an import rejected, by Part::counts.
std::map<std::string, std::int64_t> rejected_rows(const Part& part);
/// The name in Part::counts of rows that were rejected for `reason`.
std::string rejected_count(std::string_view reason);

/// Collective: looks at the table as it would be, before it is committed, and throws the same error on every rank if it must not
/// be. `parts` says which rows are whose.
using Acceptance = std::function<void(const data::BlockSource& table, const StoreTable& parts)>;

/// One import of one table. Every rank has one and does the same with it.
class TableImport {
 public:
  /// `again`: nothing is at hand. All files of the import are known beforehand.
  TableImport(comm::Communicator& communicator, StoreWriter& store, std::string table, data::Schema schema,
              const std::vector<SourceFile>& files, bool again);

  const std::string& table() const noexcept { return table_; }
  const data::Schema& schema() const noexcept { return after_.schema; }

  /// What commit() makes Catalog::pseudonym_key.
  void set_pseudonym_key(std::string fingerprint) { pseudonym_key_ = std::move(fingerprint); }

  /// Collective. The part that the store holds of this content, read with these options: of `source`, all but sha256 is known,
  /// which `sha256` (collective) finds out if the rest fits. A part stands for one file: it is given once. It may come from a
  /// file of another path that is no more among the import's, and of another name if it has no rejects, which tell their file's
  /// name.
  std::optional<Part> at_hand(const SourceIdentity& source, const std::function<std::string()>& sha256);
  /// The rejects of a part at hand.
  std::optional<Part> rejects_of(const Part& part) const;

  /// The rows of the next file, and its rejects if it has some. `kept`: the part was at hand.
  void add(const SourceFile& file, Part part, std::optional<Part> rejects, bool kept);
  /// Of the files so far.
  const ImportReport& report() const noexcept { return report_; }

  /// Collective. Makes the parts the table, if they are not already, once `accept` has nothing against it, which is not asked
  /// again about the same rows under the same key. On an error the store stays as it was.
  ImportReport commit(const Acceptance& accept = {});

 private:
  std::vector<Part> parts_of(const std::string& table) const;
  std::vector<Part> candidates(const SourceIdentity& source) const;

  comm::Communicator& communicator_;
  StoreWriter& store_;
  std::string table_;
  std::set<std::string> listed_;  ///< paths of the import
  std::vector<Part> before_;
  std::vector<Part> rejects_before_;
  std::set<std::string> given_;  ///< files of parts that at_hand() gave
  bool again_;
  StoreTable after_;
  StoreTable rejects_after_;
  ImportReport report_;
  std::string pseudonym_key_;  ///< empty: the store's stays
};

}  // namespace fullbase::store
