#include "store/csv/row_store.hpp"

#include <utility>

namespace fullbase::store::csv {

RowStore::RowStore(std::size_t pieces, data::Budget& budget, data::Spill& spill)
    : budget_(budget), spill_(spill), pieces_(pieces) {}

data::SpillFile& RowStore::spill_file() {
  const std::lock_guard lock(opening_);
  if (!file_) file_ = spill_.open("imported rows");
  return *file_;
}

void RowStore::add(std::size_t piece, int thread, RowGroup group) {
  Stored stored{.piece = piece, .thread = thread, .group = {}, .reservation = {}, .offset = {}, .bytes = 0};
  if (auto reservation = budget_.try_reserve(group.bytes())) {
    stored.reservation = std::move(*reservation);
    stored.group = std::move(group);
  } else {
    const std::vector<std::byte> bytes = encode(group);
    stored.bytes = static_cast<std::int64_t>(bytes.size());
    stored.offset = spill_end_.fetch_add(stored.bytes);
    stored.group.rows = group.rows;
    spill_file().write(*stored.offset, bytes);
  }
  pieces_[piece].push_back(std::move(stored));
}

void RowStore::clear(std::size_t piece) {
  pieces_[piece].clear();
}

void RowStore::seal(std::optional<LineNumbers> lines) {
  lines_ = std::move(lines);
  for (std::vector<Stored>& piece : pieces_) {
    for (Stored& stored : piece) {
      starts_.push_back(starts_.back() + stored.group.rows);
      groups_.push_back(std::move(stored));
    }
    piece.clear();
  }
}

const RowGroup& RowStore::read(std::size_t group, RowGroup& buffer) const {
  const Stored& stored = groups_[group];
  if (!stored.offset) return stored.group;
  std::vector<std::byte> bytes(static_cast<std::size_t>(stored.bytes));
  file_->read(*stored.offset, bytes);
  buffer = decode(bytes);
  return buffer;
}

}  // namespace fullbase::store::csv
