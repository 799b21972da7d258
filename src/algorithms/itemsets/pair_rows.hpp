// Counters of pairs, a row for each rarer item, that all threads of a rank add to.
#pragma once

#include <array>
#include <cstdint>
#include <mutex>
#include <span>
#include <utility>
#include <vector>

#include "algorithms/itemsets/baskets.hpp"

namespace fullbase::itemsets {

/// Counts of the pairs whose rarer item (the greater number) is in [first, last). A row that pairs may fill lies as an array of
/// all more frequent items, one that stays thin as a hash table: whichever is smaller.
///
/// Baskets are gathered on each thread and then turned round: for one item after the other, the baskets that hold it are walked
/// together while that item's row is locked, so that threads share one set of counters, and a row lies in the cache however large
/// all are. Long baskets are taken 64 at a time (LongBaskets).
class PairRows {
 public:
  /// Of items below `items`. `bounds`: the most pairs that each row of [first, last) can come to hold; empty: all, so that
  /// take_triangle() is one. Each thread gathers as many baskets as have `gathered` items in all, if any piece is smaller.
  PairRows(std::int32_t first, std::int32_t last, std::int32_t items, std::span<const std::int64_t> bounds,
           std::int64_t gathered);

  /// What a row takes whose pairs are at most `bound`: at least 8 bytes, at most 8 `row` and at most 48 `bound`, beside 16.
  static std::int64_t row_bytes(std::int32_t row, std::int64_t bound) noexcept;
  /// What a thread takes beside that for each item that it gathers; and 24 bytes for each item of [0, items).
  static constexpr std::int64_t gathered_item_bytes = 20;
  /// More than this makes nothing faster.
  static constexpr std::int64_t most_gathered = std::int64_t{1} << 23;

  /// Takes the baskets, whose pairs count as often as their weights say. Safe from different threads.
  void add(const Baskets& baskets, int thread);
  /// After the last baskets, once. Not collective; the rank's threads share the work.
  void finish();

  /// Calls take(other, count) for each pair of `row` that at least `least` (1 or more) baskets hold, other items ascending.
  template <class F>
  void for_each(std::int32_t row, std::int64_t least, F&& take) const {
    if (is_dense(row)) {
      const auto* counts = counts_.data() + starts_[index(row)];
      for (std::int32_t other = 0; other < row; ++other) {
        if (counts[other] >= least) take(other, counts[other]);
      }
      return;
    }
    for (const auto& [other, count] : sorted(row, least)) take(other, count);
  }
  /// Of rows made without bounds from item 0 on: pair (i, j), i > j, at i (i - 1) / 2 + j. Nothing is left here.
  std::vector<std::int64_t> take_triangle() noexcept { return std::move(counts_); }

 private:
  struct Pair {
    std::int32_t other;
    std::int64_t count;
  };
  struct Row {
    std::int64_t* counts;
    std::int32_t* others;  ///< null: dense
    std::uint32_t mask;    ///< slots - 1
    void add(std::int32_t other, std::int64_t count) const noexcept;
  };

  std::size_t index(std::int32_t row) const noexcept { return static_cast<std::size_t>(row - first_); }
  bool is_dense(std::int32_t row) const noexcept { return others_starts_[index(row)] < 0; }
  Row row(std::int32_t row) noexcept;
  /// `thread`: where among the rows this one begins, so that threads seldom meet.
  void count(const Baskets& baskets, int thread);
  std::vector<Pair> sorted(std::int32_t row, std::int64_t least) const;
  std::mutex& lock_of(std::int32_t row) noexcept { return locks_[static_cast<std::size_t>(row) % locks_.size()]; }

  std::int32_t first_;
  std::int32_t last_;
  std::int32_t items_;
  std::size_t gathered_;
  std::vector<Baskets> batches_;             ///< by thread
  std::vector<std::int64_t> starts_;         ///< in counts_, by row
  std::vector<std::int64_t> others_starts_;  ///< in others_, by row; -1: dense
  std::vector<std::int64_t> counts_;
  std::vector<std::int32_t> others_;  ///< -1: a free slot
  std::array<std::mutex, 256> locks_;
};

}  // namespace fullbase::itemsets
