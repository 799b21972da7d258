#include "algorithms/recommendation/kept_pieces.hpp"

#include <algorithm>
#include <span>

namespace fullbase::recommendation {

void KeptPieces::add(base::RowRange piece, std::int64_t kept) {
  const std::scoped_lock lock(mutex_);
  pieces_.push_back({piece.first, kept});
}

void KeptPieces::number(comm::Communicator& communicator) {
  const comm::StageScope stage(communicator.statistics(), "number rows");
  std::ranges::sort(pieces_, {}, &Piece::first);
  auto all = communicator.all_gather_all(std::span<const Piece>(pieces_)).values;
  std::ranges::sort(all, {}, &Piece::first);
  auto own = pieces_.begin();
  for (const auto& piece : all) {
    if (own != pieces_.end() && own->first == piece.first) (own++)->kept = rows_;
    rows_ += piece.kept;
  }
}

std::int64_t KeptPieces::new_first(std::int64_t first) const noexcept {
  return std::ranges::lower_bound(pieces_, first, {}, &Piece::first)->kept;
}

}  // namespace fullbase::recommendation
