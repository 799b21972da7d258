// What tells later whether a file is still, byte for byte, what it was.
#pragma once

#include <cstdint>
#include <string>

#include "comm/communicator.hpp"

namespace fullbase::store {

struct FileSeal {
  std::int64_t bytes = 0;
  std::string hash;  ///< of the XXH3-64 of each MiB, in order: SHA-256, 64 hexadecimal digits

  friend bool operator==(const FileSeal&, const FileSeal&) = default;
};

/// Collective. Every rank hashes its share of the file with all threads, so that it costs little more than reading what lies in
/// the page cache. The same on any ranks and threads. Sends 8 bytes each MiB to all. Memory: 1 MiB a thread. Throws what
/// reading throws: an input error where the file is not there or shorter on another rank.
FileSeal seal_of(comm::Communicator& communicator, const std::string& path);

}  // namespace fullbase::store
