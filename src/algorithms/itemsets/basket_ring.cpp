#include "algorithms/itemsets/basket_ring.hpp"

#include <algorithm>
#include <array>
#include <mutex>

#include "comm/agreement.hpp"
#include "parallel/for_each.hpp"

namespace fullbase::itemsets {
namespace {

/// A piece as it travels: how many baskets and items, starts (but the first, which is 0), weights, items.
constexpr std::size_t heading = 2;
constexpr std::int64_t heading_bytes = 8;

void pack(const Baskets& baskets, std::vector<std::uint32_t>& into) {
  into.push_back(static_cast<std::uint32_t>(baskets.size()));
  into.push_back(static_cast<std::uint32_t>(baskets.items.size()));
  into.insert(into.end(), baskets.starts.begin() + 1, baskets.starts.end());
  into.insert(into.end(), baskets.weights.begin(), baskets.weights.end());
  for (const auto item : baskets.items) into.push_back(static_cast<std::uint32_t>(item));
}

std::size_t packed_size(std::span<const std::uint32_t> cells) {
  return heading + 2 * std::size_t{cells[0]} + cells[1];
}

Baskets unpacked(std::span<const std::uint32_t> cells) {
  const std::size_t count = cells[0];
  Baskets baskets;
  const auto values = cells.subspan(heading);
  baskets.starts.insert(baskets.starts.end(), values.begin(), values.begin() + static_cast<std::ptrdiff_t>(count));
  const auto weights = values.subspan(count, count);
  baskets.weights.assign(weights.begin(), weights.end());
  for (const auto item : values.subspan(2 * count, cells[1])) baskets.items.push_back(static_cast<std::int32_t>(item));
  return baskets;
}

void for_each_piece(std::span<const std::uint32_t> cells, const std::function<void(const Baskets&, int)>& work) {
  std::vector<std::span<const std::uint32_t>> pieces;
  while (!cells.empty()) {
    pieces.push_back(cells.first(packed_size(cells)));
    cells = cells.subspan(pieces.back().size());
  }
  parallel::for_each(0, std::ssize(pieces),
                     [&](std::int64_t piece, int thread) { work(unpacked(pieces[static_cast<std::size_t>(piece)]), thread); });
}

}  // namespace

BasketRing::BasketRing(comm::Communicator& communicator, const BasketStore& baskets, std::span<const std::uint8_t> wanted,
                       int shortest, std::int64_t round_bytes)
    : communicator_(communicator), store_(baskets), wanted_(wanted), shortest_(shortest) {
  std::int64_t bytes = 0;
  for (std::int64_t piece = 0; piece < baskets.pieces(); ++piece) {
    // A piece without weights travels with them, which takes no more than its starts do.
    const auto more = 2 * baskets.piece_bytes(piece) + heading_bytes;
    if (rounds_.empty() || bytes + more > round_bytes) {
      rounds_.emplace_back(piece, piece);
      bytes = 0;
    }
    bytes += more;
    most_bytes_ = std::max(most_bytes_, bytes);
    ++rounds_.back().second;
  }
  const comm::StageScope scope(communicator.statistics(), "pass baskets");
  std::array<std::int64_t, 2> most = {std::ssize(rounds_), most_bytes_};
  communicator.max(std::span<std::int64_t>(most));
  all_rounds_ = most[0];
  most_bytes_ = most[1];
}

Baskets BasketRing::chosen(const Baskets& piece) const {
  Baskets result;
  for (std::int64_t b = 0; b < piece.size(); ++b) {
    for (const auto item : piece[b]) {
      if (wanted_[static_cast<std::size_t>(item)] != 0) result.items.push_back(item);
    }
    if (std::ssize(result.items) - std::int64_t{result.starts.back()} < shortest_) {
      result.items.resize(result.starts.back());
      continue;
    }
    result.starts.push_back(static_cast<std::uint32_t>(result.items.size()));
    result.weights.push_back(piece.weight(b));
  }
  return result;
}

void BasketRing::run(const std::function<void(const Baskets& baskets, int thread)>& work) const {
  const auto ranks = static_cast<std::size_t>(communicator_.size());
  const auto next = (static_cast<std::size_t>(communicator_.rank()) + 1) % ranks;
  for (std::int64_t round = 0; round < all_rounds_; ++round) {
    auto cells = comm::collective_try(communicator_, "pass baskets", [&] {
      std::vector<std::uint32_t> packed;
      std::mutex mutex;
      if (round < std::ssize(rounds_)) {
        const auto [first, last] = rounds_[static_cast<std::size_t>(round)];
        store_.for_each(first, last, [&](const Baskets& piece, std::int64_t, int thread) {
          const auto baskets = chosen(piece);
          work(baskets, thread);
          if (ranks == 1) return;
          const std::scoped_lock lock(mutex);
          pack(baskets, packed);
        });
      }
      return packed;
    });
    for (std::size_t step = 1; step < ranks; ++step) {
      std::vector<std::span<const std::uint32_t>> send(ranks);
      send[next] = cells;
      {
        const comm::StageScope scope(communicator_.statistics(), "pass baskets");
        cells = communicator_.all_to_all(send).values;
      }
      comm::collective_try(communicator_, "pass baskets", [&] { for_each_piece(cells, work); });
    }
  }
}

}  // namespace fullbase::itemsets
