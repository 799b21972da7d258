// A store: a folder with tables in parts (tables of HDF5 files, a file an imported source) and manifest.json, which is replaced
// atomically.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "comm/communicator.hpp"
#include "data/block_source.hpp"
#include "data/schema.hpp"
#include "store/file_seal.hpp"
#include "store/lock.hpp"

namespace fullbase::store {

/// Where a part came from, and how: a part whose source and options are the same need not be imported again.
struct SourceIdentity {
  std::string path;
  std::int64_t bytes = 0;
  std::int64_t modified_ns = 0;  ///< since 1970-01-01 UTC
  std::string sha256;            ///< of the content
  std::string options_sha256;    ///< of the import options in resolved form

  friend bool operator==(const SourceIdentity&, const SourceIdentity&) = default;
};

/// One run of a table's rows: a table in one of the store's files.
struct Part {
  std::string file;  ///< name within the store's folder
  std::int64_t rows = 0;
  SourceIdentity source;
  std::string checksum;                             ///< table_checksum() of it
  std::map<std::string, std::int64_t> counts = {};  ///< what the import counted: "rejected: not a number", ...
  std::string group = "/rows";                      ///< of the table within the file
  FileSeal seal = {};  ///< of the whole file, for verify; without a hash for parts of stores from before there were seals

  friend bool operator==(const Part&, const Part&) = default;
};

struct StoreTable {
  data::Schema schema;
  std::vector<Part> parts;  ///< rows follow in this order

  std::int64_t rows() const noexcept;
  friend bool operator==(const StoreTable&, const StoreTable&) = default;
};

/// What manifest.json says.
struct Catalog {
  std::map<std::string, StoreTable> tables;
  /// Fingerprint of the key of all its pseudonyms, which therefore join; empty: it has none yet.
  std::string pseudonym_key = {};

  friend bool operator==(const Catalog&, const Catalog&) = default;
};

/// Whether the folder holds a store: its manifest. Not collective. Throws an input error for parts without one.
bool is_there(const std::string& folder);

/// A store as it was when it was opened. While it lives, and while a table that it opened on rank 0 lives, no writer removes a
/// part of it: it holds a shared lock, where it may make a file in the folder.
class Store {
 public:
  /// Collective: rank 0 reads the manifest and holds the lock, all ranks know the manifest. A folder without a manifest, or none
  /// at all, is an empty store; one that holds files named as parts are but no manifest is an input error.
  static Store open(comm::Communicator& communicator, const std::string& folder);
  /// The same for one process.
  static Store open(const std::string& folder);

  const std::string& folder() const noexcept { return folder_; }
  const Catalog& catalog() const noexcept { return catalog_; }
  bool has(const std::string& table) const { return catalog_.tables.contains(table); }
  /// Throws a job-file error that names the store and the nearest table.
  const StoreTable& at(const std::string& table) const;

  /// A table as one source over its parts: categories united, codes remapped while reading. Not collective. Memory: the
  /// dictionaries and a remap table a part. Errors as open_table's.
  std::unique_ptr<data::BlockSource> open_table(const std::string& table) const;
  /// A part as a source. Not collective. Errors as open_table's; input for one that is not what the manifest says.
  std::unique_ptr<data::BlockSource> open_part(const StoreTable& table, const Part& part) const;
  std::string part_path(const Part& part) const { return folder_ + "/" + part.file; }

 private:
  Store(std::string folder, Catalog catalog, std::shared_ptr<const SharedLock> reading)
      : folder_(std::move(folder)), catalog_(std::move(catalog)), reading_(std::move(reading)) {}
  std::string folder_;
  Catalog catalog_;
  std::shared_ptr<const SharedLock> reading_;
};

/// Exclusive right to change a store. All members but the destructor are collective; file work happens on rank 0. Readers are
/// neither waited for nor kept out. Only files that a StoreWriter named are ever removed.
class StoreWriter {
 public:
  /// Makes the folder if it is not there, locks it (an io error that names the holder if it is locked), removes what an
  /// interrupted import left, and parts whose last reader has gone. Parts without a manifest are an input error.
  StoreWriter(comm::Communicator& communicator, const std::string& folder);
  /// Removes parts that were not committed, as far as it can.
  ~StoreWriter();
  StoreWriter(const StoreWriter&) = delete;
  StoreWriter& operator=(const StoreWriter&) = delete;

  const std::string& folder() const noexcept { return folder_; }
  /// The catalog as it stands.
  const Catalog& catalog() const noexcept { return catalog_; }
  /// A path in the folder for a new part of `table`, not used by any other; write the part there (TableWriter::create,
  /// Part::group).
  /// What commit() does not mention is removed with the writer or, after a crash, by the next one.
  std::string new_part(const std::string& table);
  /// A table of parts that have been written but not committed. Not collective. As Store::open_table.
  std::unique_ptr<data::BlockSource> open_uncommitted(const std::string& name, const StoreTable& table) const;
  /// Replaces the manifest: new name, fsync, rename, fsync of the folder. Parts that are no longer mentioned are removed after
  /// it; where somebody reads the store, those that were mentioned before are left to a later writer.
  void commit(const Catalog& catalog);

 private:
  comm::Communicator& communicator_;
  std::string folder_;
  Catalog catalog_;
  std::int64_t last_part_ = 0;
  bool made_manifest_ = false;    ///< of an empty store
  std::optional<FileLock> lock_;  ///< rank 0
};

}  // namespace fullbase::store
