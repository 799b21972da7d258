#include "algorithms/itemsets/basket_store.hpp"

#include <iterator>
#include <mutex>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "parallel/for_each.hpp"

namespace fullbase::itemsets {

struct BasketStore::Piece {
  std::pair<std::int64_t, std::int64_t> place;  ///< pass, piece
  data::Reservation memory;
  Baskets baskets;           ///< empty: in the file
  std::int64_t offset = -1;  ///< bytes; -1: in memory
  std::size_t starts = 0;
  std::size_t items = 0;
  std::size_t weights = 0;
};

struct BasketStore::State {
  State(std::int64_t most_bytes, data::Budget& budget_of_rank, data::Spill& spill_of_rank)
      : room(most_bytes), budget(budget_of_rank), spill(spill_of_rank) {}

  std::int64_t room;
  data::Budget& budget;
  data::Spill& spill;
  std::mutex mutex;
  std::unique_ptr<data::SpillFile> file;
  std::vector<std::unique_ptr<Piece>> pieces;
  std::int64_t baskets = 0;
  std::int64_t entries = 0;
  std::int64_t spilled = 0;
};

BasketStore::BasketStore(std::int64_t most_bytes, data::Budget& budget, data::Spill& spill)
    : state_(std::make_unique<State>(most_bytes, budget, spill)) {}
BasketStore::BasketStore(BasketStore&&) noexcept = default;
BasketStore& BasketStore::operator=(BasketStore&&) noexcept = default;
BasketStore::~BasketStore() = default;

std::int64_t BasketStore::pieces() const noexcept {
  return std::ssize(state_->pieces);
}
std::int64_t BasketStore::baskets() const noexcept {
  return state_->baskets;
}
std::int64_t BasketStore::entries() const noexcept {
  return state_->entries;
}
std::int64_t BasketStore::spilled_bytes() const noexcept {
  return state_->spilled;
}

void BasketStore::add(Baskets&& baskets, std::int64_t pass, std::int64_t piece) {
  if (baskets.size() == 0) return;
  auto& state = *state_;
  baskets.keys = {};
  const std::int64_t bytes = baskets.bytes();
  auto added = std::make_unique<Piece>();
  added->place = {pass, piece};
  added->starts = baskets.starts.size();
  added->items = baskets.items.size();
  added->weights = baskets.weights.size();
  std::optional<data::Reservation> memory;
  {
    const std::scoped_lock lock(state.mutex);
    if (bytes <= state.room) memory = state.budget.try_reserve(bytes);
    if (memory) {
      state.room -= bytes;
    } else {
      if (!state.file) state.file = state.spill.open("baskets");
      added->offset = state.spilled;
      state.spilled += bytes;
    }
  }
  if (memory) {
    added->memory = std::move(*memory);
    baskets.starts.shrink_to_fit();
    baskets.items.shrink_to_fit();
    baskets.weights.shrink_to_fit();
    added->baskets = std::move(baskets);
  } else {
    std::int64_t offset = added->offset;
    const auto write = [&](const auto& values) {
      const auto some = std::as_bytes(std::span(values));
      if (!some.empty()) state.file->write(offset, some);
      offset += std::ssize(some);
    };
    write(baskets.starts);
    write(baskets.items);
    write(baskets.weights);
  }
  const std::scoped_lock lock(state.mutex);
  state.baskets += static_cast<std::int64_t>(added->starts) - 1;
  state.entries += static_cast<std::int64_t>(added->items);
  // Pieces come nearly in order.
  auto at = state.pieces.end();
  while (at != state.pieces.begin() && (*std::prev(at))->place > added->place) --at;
  state.pieces.insert(at, std::move(added));
}

Baskets BasketStore::load(const Piece& piece) const {
  Baskets baskets;
  std::int64_t offset = piece.offset;
  const auto read = [&](auto& values, std::size_t size) {
    values.resize(size);
    const auto some = std::as_writable_bytes(std::span(values));
    if (!some.empty()) state_->file->read(offset, some);
    offset += std::ssize(some);
  };
  read(baskets.starts, piece.starts);
  read(baskets.items, piece.items);
  read(baskets.weights, piece.weights);
  return baskets;
}

std::int64_t BasketStore::piece_bytes(std::int64_t piece) const noexcept {
  const Piece& stored = *state_->pieces[static_cast<std::size_t>(piece)];
  return static_cast<std::int64_t>(4 * (stored.starts + stored.items + stored.weights));
}

void BasketStore::for_each(const std::function<void(const Baskets& baskets, std::int64_t piece, int thread)>& work) const {
  for_each(0, pieces(), work);
}

void BasketStore::for_each(std::int64_t first, std::int64_t last,
                           const std::function<void(const Baskets& baskets, std::int64_t piece, int thread)>& work) const {
  parallel::for_each(first, last, [&](std::int64_t number, int thread) {
    const Piece& piece = *state_->pieces[static_cast<std::size_t>(number)];
    if (piece.offset < 0) {
      work(piece.baskets, number, thread);
    } else {
      work(load(piece), number, thread);
    }
  });
}

void BasketStore::take_each(const std::function<void(Baskets&& baskets, std::int64_t piece, int thread)>& work) {
  parallel::for_each(0, pieces(), [&](std::int64_t number, int thread) {
    // The memory is the receiver's as soon as it has the piece: what it makes of it can take its place.
    const auto piece = std::move(state_->pieces[static_cast<std::size_t>(number)]);
    piece->memory = {};
    work(piece->offset < 0 ? std::move(piece->baskets) : load(*piece), number, thread);
  });
  state_->pieces.clear();
  state_->file.reset();
}

}  // namespace fullbase::itemsets
