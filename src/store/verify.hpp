// Whether a file or a store still is what was written: checksums of all blocks, the file's SHA-256, digests against the manifest.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "comm/communicator.hpp"

namespace fullbase::store {

using Digests = std::vector<std::pair<std::string, std::string>>;

/// Collective. Name and digest of each table in an HDF5 file, by name. Tables of an output that are not the runs' own (matrices
/// beside tables) count too. Errors as open_table's, the same on every rank.
Digests file_digests(comm::Communicator& communicator, const std::string& path);
/// The same for a store's tables.
Digests store_digests(comm::Communicator& communicator, const std::string& folder);

struct Verification {
  Digests digests;                    ///< of the tables that could be read
  std::vector<std::string> problems;  ///< empty: all is as it was written
};

/// Collective. Reads every block of every table (its checksum is compared), computes digests and compares them with the
/// manifest's "digests", compares the file's bytes and SHA-256 with `<path>.run.json`, and the manifest in the file, byte for
/// byte, with the one beside it. What differs is a problem, not an error; an error is a file that cannot be opened at all.
Verification verify_output(comm::Communicator& communicator, const std::string& path);
/// Collective. Reads every block of every part of every table; parts must have the rows that the manifest says, and their files
/// be, byte for byte, what their seals say. A manifest that is not what was written is an error.
Verification verify_store(comm::Communicator& communicator, const std::string& folder);

}  // namespace fullbase::store
