#include "algorithms/tables/kept_words.hpp"

#include <utility>

namespace fullbase::tables {

KeptWords::KeptWords(std::string purpose, data::Budget& budget, data::Spill& spill)
    : purpose_(std::move(purpose)), budget_(budget), spill_(spill), room_(budget.available() / 4) {}

KeptWords::Piece KeptWords::keep(std::vector<std::uint64_t>&& words) {
  const auto bytes = static_cast<std::int64_t>(8 * words.size());
  Piece piece;
  data::SpillFile* file = nullptr;
  {
    const std::scoped_lock lock(mutex_);
    if (auto memory = bytes <= room_ ? budget_.try_reserve(bytes) : std::nullopt) {
      room_ -= bytes;
      piece.memory = std::move(*memory);
    } else {
      if (!file_) file_ = spill_.open(purpose_);
      file = file_.get();
      piece.offset = file_bytes_;
      file_bytes_ += bytes;
    }
  }
  if (file != nullptr) {
    file->write(piece.offset, std::as_bytes(std::span(words)));
  } else {
    words.shrink_to_fit();
    piece.words = std::move(words);
  }
  return piece;
}

std::span<const std::uint64_t> KeptWords::read(const Piece& piece, std::int64_t first, std::int64_t count,
                                               std::vector<std::uint64_t>& buffer) const {
  if (!piece.words.empty())
    return std::span(piece.words).subspan(static_cast<std::size_t>(first), static_cast<std::size_t>(count));
  buffer.resize(static_cast<std::size_t>(count));
  file_->read(piece.offset + 8 * first, std::as_writable_bytes(std::span(buffer)));
  return buffer;
}

}  // namespace fullbase::tables
