#include "algorithms/tables/pass_slots.hpp"

#include <algorithm>
#include <bit>
#include <mutex>
#include <utility>

#include "parallel/for_each.hpp"
#include "parallel/scan.hpp"

namespace fullbase::tables {
namespace {

std::uint64_t hash_of(std::uint64_t code) noexcept {
  const std::uint64_t x = code * 0x9E3779B97F4A7C15;
  return x ^ (x >> 32);
}

/// Distinct codes of one thread: the lowest `capacity` of those it has seen.
class LowestCodes {
 public:
  LowestCodes(std::int64_t capacity, std::uint64_t end) : capacity_(static_cast<std::size_t>(capacity)), end_(end) {
    table_.assign(64, missing_code);
  }

  void add(std::uint64_t code) {
    if (code >= end_) return;
    const std::size_t mask = table_.size() - 1;
    std::size_t cell = hash_of(code) & mask;
    for (; table_[cell] != missing_code; cell = (cell + 1) & mask) {
      if (table_[cell] == code) return;
    }
    table_[cell] = code;
    if (++count_ > table_.size() / 2) grow();
  }

  std::uint64_t end() const noexcept { return end_; }
  /// Ascending; nothing is kept.
  std::vector<std::uint64_t> take() {
    std::vector<std::uint64_t> codes;
    codes.reserve(count_);
    for (const std::uint64_t code : table_) {
      if (code != missing_code) codes.push_back(code);
    }
    table_ = {};
    std::sort(codes.begin(), codes.end());
    return codes;
  }

 private:
  void grow() {
    std::vector<std::uint64_t> codes;
    codes.reserve(count_);
    for (const std::uint64_t code : table_) {
      if (code != missing_code) codes.push_back(code);
    }
    if (codes.size() > capacity_) {
      // The upper half is left to a later pass.
      const auto middle = codes.begin() + static_cast<std::ptrdiff_t>(codes.size() / 2);
      std::nth_element(codes.begin(), middle, codes.end());
      end_ = *middle;
      codes.erase(middle, codes.end());
    }
    table_.assign(std::bit_ceil(4 * codes.size() + 64), missing_code);
    count_ = 0;
    for (const std::uint64_t code : codes) {
      std::size_t cell = hash_of(code) & (table_.size() - 1);
      while (table_[cell] != missing_code) cell = (cell + 1) & (table_.size() - 1);
      table_[cell] = code;
      ++count_;
    }
  }

  std::size_t capacity_;
  std::uint64_t end_;
  std::size_t count_ = 0;
  std::vector<std::uint64_t> table_;
};

}  // namespace

PassSlots PassSlots::direct(std::uint64_t first, std::uint64_t last) {
  PassSlots slots;
  slots.first_ = first;
  slots.end_ = last;
  slots.size_ = static_cast<std::int64_t>(last - first);
  return slots;
}

PassSlots PassSlots::occurring(const data::BlockSource& source, base::RowRange rows, const GroupKeys& keys, std::uint64_t first,
                               std::int64_t capacity, data::Budget& budget) {
  const auto threads = static_cast<std::size_t>(parallel::thread_count());
  std::vector<std::uint64_t> codes;
  std::uint64_t end = keys.size();
  {
    // A table has up to 8 cells a code after it has grown, and is copied then.
    const auto aside = budget.reserve_up_to(96 * capacity * static_cast<std::int64_t>(threads));
    const std::int64_t each = std::max<std::int64_t>(256, aside.bytes() / 96 / static_cast<std::int64_t>(threads));
    std::vector<LowestCodes> found(threads, LowestCodes(std::min(capacity, each), end));
    std::vector<std::vector<std::uint64_t>> buffers(threads);
    parallel::scan(source, rows, keys.positions(), [&](data::Batch&& batch, int thread) {
      auto& buffer = buffers[static_cast<std::size_t>(thread)];
      auto& mine = found[static_cast<std::size_t>(thread)];
      keys.codes_of(batch, keys.positions(), buffer);
      std::uint64_t last = missing_code;
      for (const std::uint64_t code : buffer) {
        if (code == missing_code || code < first || code == last) continue;
        mine.add(code);
        last = code;
      }
    });
    for (auto& mine : found) end = std::min(end, mine.end());
    for (auto& mine : found) {
      const auto some = mine.take();
      codes.insert(codes.end(), some.begin(), std::lower_bound(some.begin(), some.end(), end));
    }
    std::sort(codes.begin(), codes.end());
    codes.erase(std::unique(codes.begin(), codes.end()), codes.end());
  }
  if (std::ssize(codes) > capacity) {
    end = codes[static_cast<std::size_t>(capacity)];
    codes.resize(static_cast<std::size_t>(capacity));
  }
  PassSlots slots;
  slots.direct_ = false;
  slots.first_ = first;
  slots.end_ = end;
  const std::size_t cells = std::bit_ceil(2 * codes.size() + 1);
  slots.memory_ = budget.require(static_cast<std::int64_t>(8 * codes.size() + 8 * cells), "the keys of the groups of one pass");
  codes.shrink_to_fit();
  slots.codes_ = std::move(codes);
  slots.size_ = std::ssize(slots.codes_);
  slots.table_.assign(cells, -1);
  for (std::int64_t slot = 0; slot < slots.size_; ++slot) {
    std::size_t cell = hash_of(slots.codes_[static_cast<std::size_t>(slot)]) & (cells - 1);
    while (slots.table_[cell] >= 0) cell = (cell + 1) & (cells - 1);
    slots.table_[cell] = slot;
  }
  return slots;
}

std::int64_t PassSlots::lower_bound(std::uint64_t code) const noexcept {
  if (!direct_) return std::lower_bound(codes_.begin(), codes_.end(), code) - codes_.begin();
  return code <= first_ ? 0 : static_cast<std::int64_t>(std::min(code - first_, static_cast<std::uint64_t>(size_)));
}

void PassSlots::cut(std::uint64_t end) {
  if (end >= end_) return;
  size_ = lower_bound(end);
  end_ = end;
}

void PassSlots::slots_of(std::span<const std::uint64_t> codes, std::span<std::int64_t> slots) const noexcept {
  if (direct_) {
    for (std::size_t i = 0; i < codes.size(); ++i) {
      const std::uint64_t slot = codes[i] - first_;  // missing and lower codes wrap to large ones
      slots[i] = slot < static_cast<std::uint64_t>(size_) ? static_cast<std::int64_t>(slot) : -1;
    }
    return;
  }
  const std::size_t mask = table_.size() - 1;
  for (std::size_t i = 0; i < codes.size(); ++i) __builtin_prefetch(&table_[hash_of(codes[i]) & mask]);
  for (std::size_t i = 0; i < codes.size(); ++i) {
    std::size_t cell = hash_of(codes[i]) & mask;
    while (table_[cell] >= 0 && codes_[static_cast<std::size_t>(table_[cell])] != codes[i]) cell = (cell + 1) & mask;
    slots[i] = table_[cell] < size_ ? table_[cell] : -1;
  }
}

}  // namespace fullbase::tables
