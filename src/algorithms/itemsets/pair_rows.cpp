#include "algorithms/itemsets/pair_rows.hpp"

#include <algorithm>
#include <bit>

#include "algorithms/itemsets/long_baskets.hpp"
#include "parallel/for_each.hpp"
#include "parallel/stop.hpp"

namespace fullbase::itemsets {
namespace {

constexpr std::int64_t count_bytes = 8;
constexpr std::int64_t other_bytes = 4;

std::int64_t slots_of(std::int64_t bound) noexcept {
  return static_cast<std::int64_t>(std::bit_ceil(static_cast<std::uint64_t>(std::max<std::int64_t>(1, bound)) * 2));
}

bool dense_is_smaller(std::int32_t row, std::int64_t bound) noexcept {
  return bound >= row || count_bytes * row <= (count_bytes + other_bytes) * slots_of(bound);
}

std::uint32_t first_slot(std::int32_t other) noexcept {
  auto bits = static_cast<std::uint32_t>(other) * 0x9E3779B1U;
  return bits ^ (bits >> 15);
}

}  // namespace

PairRows::PairRows(std::int32_t first, std::int32_t last, std::int32_t items, std::span<const std::int64_t> bounds,
                   std::int64_t gathered)
    : first_(first),
      last_(last),
      items_(items),
      gathered_(static_cast<std::size_t>(gathered)),
      batches_(static_cast<std::size_t>(parallel::thread_count())) {
  std::int64_t counts = 0;
  std::int64_t others = 0;
  for (auto row = first; row < last; ++row) {
    const auto bound = bounds.empty() ? row : bounds[index(row)];
    starts_.push_back(counts);
    if (dense_is_smaller(row, bound)) {
      others_starts_.push_back(-1);
      counts += row;
    } else {
      others_starts_.push_back(others);
      counts += slots_of(bound);
      others += slots_of(bound);
    }
  }
  starts_.push_back(counts);
  counts_.assign(static_cast<std::size_t>(counts), 0);
  others_.assign(static_cast<std::size_t>(others), -1);
}

std::int64_t PairRows::row_bytes(std::int32_t row, std::int64_t bound) noexcept {
  constexpr std::int64_t places = 16;
  return places + (dense_is_smaller(row, bound) ? count_bytes * row : (count_bytes + other_bytes) * slots_of(bound));
}

PairRows::Row PairRows::row(std::int32_t row) noexcept {
  const auto at = index(row);
  const auto others = others_starts_[at];
  return {counts_.data() + starts_[at], others < 0 ? nullptr : others_.data() + others,
          static_cast<std::uint32_t>(starts_[at + 1] - starts_[at] - 1)};
}

void PairRows::Row::add(std::int32_t other, std::int64_t count) const noexcept {
  for (auto slot = first_slot(other) & mask;; slot = (slot + 1) & mask) {
    if (others[slot] == -1) others[slot] = other;
    if (others[slot] != other) continue;
    counts[slot] += count;
    return;
  }
}

std::vector<PairRows::Pair> PairRows::sorted(std::int32_t row, std::int64_t least) const {
  std::vector<Pair> pairs;
  const auto at = index(row);
  for (std::int64_t slot = 0; slot < starts_[at + 1] - starts_[at]; ++slot) {
    const auto other = others_[static_cast<std::size_t>(others_starts_[at] + slot)];
    const auto count = counts_[static_cast<std::size_t>(starts_[at] + slot)];
    if (other >= 0 && count >= least) pairs.push_back({other, count});
  }
  std::ranges::sort(pairs, {}, &Pair::other);
  return pairs;
}

void PairRows::add(const Baskets& baskets, int thread) {
  if (baskets.items.size() >= gathered_) {
    count(baskets, thread);
    return;
  }
  auto& batch = batches_[static_cast<std::size_t>(thread)];
  if (batch.items.size() + baskets.items.size() > gathered_) {
    count(batch, thread);
    batch.items.clear();
    batch.weights.clear();
    batch.starts.resize(1);
  }
  batch.items.reserve(gathered_);
  for (std::int64_t b = 0; b < baskets.size(); ++b) {
    // Items beyond the last row count for none.
    const auto basket = baskets[b];
    const auto end = std::ranges::lower_bound(basket, last_);
    if (end - basket.begin() < 2 || *(end - 1) < first_) continue;
    batch.items.insert(batch.items.end(), basket.begin(), end);
    batch.starts.push_back(static_cast<std::uint32_t>(batch.items.size()));
    batch.weights.push_back(baskets.weight(b));
  }
}

void PairRows::finish() {
  parallel::for_each(0, std::ssize(batches_), [&](std::int64_t batch, int thread) {
    count(batches_[static_cast<std::size_t>(batch)], thread);
    batches_[static_cast<std::size_t>(batch)] = {};
  });
}

void PairRows::count(const Baskets& baskets, int thread) {
  const auto counted = count_long(baskets, items_, [&](const LongBaskets& group) {
    const auto present = group.items();
    for (std::size_t i = 1; i < present.size(); ++i) {
      if (present[i] < first_ || present[i] >= last_) continue;
      parallel::stop_point();
      const std::scoped_lock lock(lock_of(present[i]));
      const auto into = row(present[i]);
      group.for_each_pair(i, [&](std::size_t j, std::int64_t count) {
        if (into.others == nullptr) {
          into.counts[present[j]] += count;
        } else if (count != 0) {
          into.add(present[j], count);
        }
      });
    }
  });

  // The others turned round: for each row the places of its item, but where it is its basket's first.
  struct Place {
    std::uint32_t basket;
    std::uint32_t at;
  };
  const auto rows = static_cast<std::size_t>(last_ - first_);
  std::vector<std::uint32_t> starts(rows + 1, 0);
  const auto for_each_place = [&](const auto& take) {
    for (std::int64_t b = 0; b < baskets.size(); ++b) {
      if (counted[static_cast<std::size_t>(b)] != 0) continue;
      const auto end = baskets.starts[static_cast<std::size_t>(b) + 1];
      for (auto at = baskets.starts[static_cast<std::size_t>(b)] + 1; at < end; ++at) {
        const auto item = baskets.items[at];
        if (item >= first_ && item < last_)
          take(static_cast<std::size_t>(item - first_), Place{static_cast<std::uint32_t>(b), at});
      }
    }
  };
  for_each_place([&](std::size_t row, Place) { ++starts[row + 1]; });
  for (std::size_t row = 0; row < rows; ++row) starts[row + 1] += starts[row];
  std::vector<Place> places(starts.back());
  // Afterwards starts[row] is the end of a row's places, and the begin of the next one's.
  for_each_place([&](std::size_t row, Place place) { places[starts[row]++] = place; });

  const auto begin =
      rows * static_cast<std::size_t>(thread) / static_cast<std::size_t>(std::max(thread + 1, parallel::thread_count()));
  for (std::size_t turn = 0; turn < rows; ++turn) {
    const auto r = begin + turn < rows ? begin + turn : begin + turn - rows;
    const auto from = r == 0 ? 0 : starts[r - 1];
    if (from == starts[r]) continue;
    parallel::stop_point();
    const auto item = first_ + static_cast<std::int32_t>(r);
    const std::scoped_lock lock(lock_of(item));
    const auto into = row(item);
    for (auto p = from; p < starts[r]; ++p) {
      const auto [basket, at] = places[p];
      const std::int64_t weight = baskets.weight(basket);
      if (into.others == nullptr) {
        for (auto other = baskets.starts[basket]; other < at; ++other) into.counts[baskets.items[other]] += weight;
      } else {
        for (auto other = baskets.starts[basket]; other < at; ++other) into.add(baskets.items[other], weight);
      }
    }
  }
}

}  // namespace fullbase::itemsets
