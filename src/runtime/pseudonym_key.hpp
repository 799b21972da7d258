// Where the key of pseudonyms comes from: a file that nobody else may read, or an open file descriptor. Never an argument, an
// environment variable or the job file, which other processes and logs show.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "base/pseudonym.hpp"
#include "comm/communicator.hpp"

namespace fullbase::runtime {

/// Collective. The key, which rank 0 reads and all ranks have: of the descriptor, if one is given, else of the file; null without
/// either. All bytes are the key's, a line end too: 32 to 64. Throws a job-file error for another length, for a file whose mode
/// is not 0600 (or 0400), and for a descriptor that is not open; an io error for what cannot be read. Sends 8 bytes and the
/// key's.
std::shared_ptr<const base::PseudonymKey> read_pseudonym_key(comm::Communicator& communicator,
                                                             const std::optional<std::string>& file,
                                                             const std::optional<int>& descriptor);

/// Throws what read_pseudonym_key() would for this file. The key that it holds is wiped at once.
void check_key_file(const std::string& file);

}  // namespace fullbase::runtime
