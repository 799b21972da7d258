#include "store/csv/content_digest.hpp"

#include <algorithm>

#include "base/block.hpp"
#include "base/error.hpp"
#include "comm/agreement.hpp"
#include "parallel/for_each.hpp"

namespace fullbase::store::csv {

ContentDigest::ContentDigest(const InputFile& file, const comm::Communicator& communicator) : file_(file) {
  const std::int64_t pieces = (file.bytes() + digest_piece_bytes - 1) / digest_piece_bytes;
  const auto border = [&](int rank) {
    return static_cast<std::int64_t>(static_cast<base::int128>(pieces) * rank / communicator.size());
  };
  first_ = border(communicator.rank());
  values_.resize(static_cast<std::size_t>(border(communicator.rank() + 1) - first_));
}

std::vector<Beside> ContentDigest::work() {
  std::vector<Beside> all;
  for (std::size_t i = 0; i < values_.size(); ++i) {
    all.push_back({(first_ + static_cast<std::int64_t>(i)) * digest_piece_bytes, [this, i] { hash(i); }});
  }
  return all;
}

void ContentDigest::hash(std::size_t piece) {
  std::vector<char> buffer(std::size_t{1} << 18);
  std::int64_t at = (first_ + static_cast<std::int64_t>(piece)) * digest_piece_bytes;
  const std::int64_t end = std::min(file_.bytes(), at + digest_piece_bytes);
  base::Sha256 hash;
  while (at < end) {
    const auto want = static_cast<std::size_t>(std::min<std::int64_t>(end - at, std::ssize(buffer)));
    if (file_.read_at(at, std::span(buffer).first(want)) < want) {
      throw changed(file_);
    }
    hash.add(std::as_bytes(std::span(buffer).first(want)));
    at += static_cast<std::int64_t>(want);
  }
  values_[piece] = hash.finish();
}

std::string ContentDigest::value(comm::Communicator& communicator) const {
  const comm::Gathered<base::Sha256Value> all = communicator.all_gather_all(std::span<const base::Sha256Value>(values_));
  return base::hex(base::sha256(std::as_bytes(std::span(all.values))));
}

std::string content_digest(comm::Communicator& communicator, const InputFile& file) {
  ContentDigest digest(file, communicator);
  const std::vector<Beside> work = digest.work();
  comm::collective_try(communicator, "import: digest", [&] {
    parallel::for_each(0, std::ssize(work), [&](std::int64_t i, int) { work[static_cast<std::size_t>(i)].work(); });
  });
  return digest.value(communicator);
}

}  // namespace fullbase::store::csv
