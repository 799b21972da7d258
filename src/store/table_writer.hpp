// Writes a table into an HDF5 file: many ranks, one file, no MPI-IO. Rank 0 lays the file out with serial HDF5 and closes it;
// every rank then writes its blocks with pwrite at the addresses that HDF5 gave. docs/format.md says what the file looks like.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "comm/communicator.hpp"
#include "data/block_sink.hpp"
#include "data/schema.hpp"

namespace fullbase::store {

/// When what is written lies on the disk.
enum class Durability : std::uint8_t {
  scratch,    ///< nobody wants it after a crash
  later,      ///< the disk is set to work while it is written, but who wants it to last has to fsync the file
  at_finish,  ///< finish() waits for the disk
};

/// What a table needs besides its schema.
struct TableOptions {
  /// Bytes of the longest text of each string column, by column position; 0 or left out at the end: not a string column, or all
  /// texts empty. A longer text is an internal error when it is written.
  std::vector<std::int32_t> string_widths = {};
  /// Access rights of a file that is created.
  unsigned mode = 0600;
  Durability durability = Durability::at_finish;
  /// Decimals are stored as outputs show them (data::numbers_schema), though they are written as decimals.
  bool decimals_as_numbers = false;
};

/// One table of a file. Ranks write every row once, in any order, from any thread, then call finish() together. A writer that
/// goes without finish() leaves a table that no reader opens ("was never finished").
class TableWriter final : public data::BlockSink {
 public:
  /// Collective. Adds a table of `rows` rows as `group` ("/rfm", "/segments/centroids") to the file at `path`, which is made if
  /// it is not there; a group that is there already is an error, unless it only holds other tables. Schema, rows and widths agree
  /// on all ranks; of `dictionaries` (by column position, null where the type has none) rank 0's are written. Disk space is
  /// reserved here: a full disk is found before any work is done. Sends the layout: about 50 bytes a column from rank 0. Errors:
  /// io (disk, rights), input (names that the format reserves or cannot hold); the same on every rank.
  static std::unique_ptr<TableWriter> create(comm::Communicator& communicator, const std::string& path, const std::string& group,
                                             const data::Schema& schema, std::int64_t rows,
                                             const std::vector<data::DictionaryPointer>& dictionaries = {},
                                             const TableOptions& options = {});
  ~TableWriter() override;

  /// Not collective; safe from several threads. A failed write is an ordinary error of this rank.
  void write(const data::Batch& batch) override;

  /// Collective, once. Writes the checksums of the blocks that this rank wrote, fsyncs if that was asked for, checks that every
  /// block of the table was written once, marks the table as finished. Throws the same error on every rank.
  void finish();

  const data::Schema& schema() const noexcept;
  std::int64_t rows() const noexcept;
  /// Bytes that this rank wrote so far.
  std::int64_t bytes_written() const noexcept;

 private:
  struct Implementation;
  explicit TableWriter(std::unique_ptr<Implementation> implementation);
  std::unique_ptr<Implementation> implementation_;
};

/// Collective. Writes a whole table of which each rank holds base::Partition(rows, ranks).rows_of(rank) in `local`, in schema
/// order; rows are summed and string widths found here. Dictionaries are those of rank 0's columns.
void write_local_table(comm::Communicator& communicator, const std::string& path, const std::string& group,
                       const data::Schema& schema, const data::Batch& local, TableOptions options = {});

/// Collective. Writes a whole table that rank 0 holds in `root`; what other ranks pass is not looked at.
void write_small_table(comm::Communicator& communicator, const std::string& path, const std::string& group,
                       const data::Schema& schema, const data::Batch& root, TableOptions options = {});

}  // namespace fullbase::store
