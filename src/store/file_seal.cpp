#include "store/file_seal.hpp"

#include <algorithm>
#include <cstddef>
#include <span>
#include <vector>

#include "base/hash.hpp"
#include "comm/agreement.hpp"
#include "parallel/for_each.hpp"
#include "store/file.hpp"

namespace fullbase::store {
namespace {

constexpr std::int64_t piece_bytes = std::int64_t{1} << 20;

}  // namespace

FileSeal seal_of(comm::Communicator& communicator, const std::string& path) {
  const comm::StageScope stage(communicator.statistics(), "seal");
  FileSeal seal;
  seal.bytes = communicator.broadcast_value(comm::collective_try(
      communicator, "seal", [&] { return communicator.is_root() ? File::open_read(path).size() : std::int64_t{0}; }));
  const auto pieces = (seal.bytes + piece_bytes - 1) / piece_bytes;
  const auto ranks = communicator.size();
  const auto first = pieces * communicator.rank() / ranks;
  const auto last = pieces * (communicator.rank() + 1) / ranks;
  std::vector<std::uint64_t> hashes(static_cast<std::size_t>(last - first));
  comm::collective_try(communicator, "seal", [&] {
    const auto file = File::open_read(path);
    std::vector<std::vector<std::byte>> buffers(static_cast<std::size_t>(parallel::thread_count()));
    parallel::for_each(first, last, [&](std::int64_t piece, int thread) {
      auto& buffer = buffers[static_cast<std::size_t>(thread)];
      buffer.resize(static_cast<std::size_t>(std::min(piece_bytes, seal.bytes - piece * piece_bytes)));
      file.read_at(piece * piece_bytes, buffer);
      hashes[static_cast<std::size_t>(piece - first)] = base::xxh3(buffer);
    });
  });
  const auto all = communicator.all_gather_all(std::span<const std::uint64_t>(hashes));
  const auto value = base::sha256(std::as_bytes(std::span(all.values)));
  seal.hash = base::hex(value);
  return seal;
}

}  // namespace fullbase::store
