// The identity of a file's content, computed by all ranks and threads at once.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/hash.hpp"
#include "comm/communicator.hpp"
#include "store/csv/byte_reader.hpp"
#include "store/csv/parse_pieces.hpp"

namespace fullbase::store::csv {

/// Bytes of a file that are hashed at a time: a constant of the digest.
inline constexpr std::int64_t digest_piece_bytes = std::int64_t{8} << 20;

/// SHA-256 of the SHA-256 values of a file's pieces of 8 MiB in order (the last may be shorter; an empty file has none), of the
/// bytes as they stand in the file. Ranks hash contiguous runs of pieces, threads take pieces.
class ContentDigest {
 public:
  ContentDigest(const InputFile& file, const comm::Communicator& communicator);
  /// The work for this rank, to be done by any threads.
  std::vector<Beside> work();
  /// Collective, after the work: 64 hexadecimal digits. Sends 32 bytes a piece from every rank to every other.
  std::string value(comm::Communicator& communicator) const;

 private:
  void hash(std::size_t piece);

  const InputFile& file_;
  std::int64_t first_ = 0;  ///< of this rank's pieces
  std::vector<base::Sha256Value> values_;
};

/// Collective: the digest alone.
std::string content_digest(comm::Communicator& communicator, const InputFile& file);

}  // namespace fullbase::store::csv
