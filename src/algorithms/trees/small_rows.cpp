#include "algorithms/trees/small_rows.hpp"

#include <algorithm>
#include <atomic>
#include <cstring>
#include <numeric>
#include <utility>

#include "base/contract.hpp"
#include "parallel/for_each.hpp"
#include "parallel/matrix_loop.hpp"

namespace fullbase::trees {
namespace {

/// Copies a row's bins: too few to call for.
inline void copy_few(const std::uint8_t* from, std::size_t count, std::uint8_t* to) noexcept {
  std::size_t i = 0;
  for (; i + 4 <= count; i += 4) std::memcpy(to + i, from + i, 4);
  for (; i < count; ++i) to[i] = from[i];
}

}  // namespace

RowLists list_rows(std::span<const UpperTree> trees, std::span<const std::int64_t> counts) {
  const auto local = std::ssize(trees.front().rows);
  FULLBASE_EXPECTS(local < (std::int64_t{1} << 32), "a rank's rows are numbered by 32 bits");
  RowLists lists;
  lists.starts.assign(counts.size() + 1, 0);
  std::partial_sum(counts.begin(), counts.end(), lists.starts.begin() + 1);
  lists.rows.resize(static_cast<std::size_t>(lists.starts.back()));
  lists.drawn.resize(lists.rows.size());
  // Pieces of the rows find out first where theirs begin; so each node's rows stay in order, which copying then reads in order.
  const auto pieces = std::int64_t{4} * parallel::thread_count();
  const auto piece_rows = (local + pieces - 1) / std::max<std::int64_t>(pieces, 1);
  std::vector<std::vector<std::int64_t>> next(static_cast<std::size_t>(pieces), std::vector<std::int64_t>(counts.size(), 0));
  std::vector<std::vector<std::int32_t>> slots;
  for (const auto& tree : trees) {
    auto& of_tree = slots.emplace_back();
    for (const auto& place : tree.places) of_tree.push_back(place.state == Place::State::small ? place.slot : -1);
  }
  const auto for_rows_of = [&](std::int64_t piece, const auto& work) {
    const auto first = std::min(local, piece * piece_rows);
    const auto last = std::min(local, first + piece_rows);
    for (std::size_t t = 0; t < trees.size(); ++t) {
      for (auto i = first; i < last; ++i) {
        const auto word = trees[t].rows[static_cast<std::size_t>(i)];
        if (word == 0) continue;
        if (const auto slot = slots[t][row_word::node(word)]; slot >= 0) work(static_cast<std::size_t>(slot), i, word);
      }
    }
  };
  parallel::for_each(0, pieces, [&](std::int64_t piece, int) {
    auto& own = next[static_cast<std::size_t>(piece)];
    for_rows_of(piece, [&](std::size_t slot, std::int64_t, std::uint32_t) { ++own[slot]; });
  });
  auto place = lists.starts;
  for (auto& of_piece : next) {
    for (std::size_t s = 0; s < counts.size(); ++s) place[s] += std::exchange(of_piece[s], place[s]);
  }
  parallel::for_each(0, pieces, [&](std::int64_t piece, int) {
    auto& own = next[static_cast<std::size_t>(piece)];
    for_rows_of(piece, [&](std::size_t slot, std::int64_t row, std::uint32_t word) {
      const auto at = static_cast<std::size_t>(own[slot]++);
      lists.rows[at] = static_cast<std::uint32_t>(row);
      lists.drawn[at] = static_cast<std::uint8_t>(row_word::drawn(word));
    });
  });
  return lists;
}

void copy_rows(const data::ByteBlocks& matrix, const Labels& labels, const RowLists& lists, std::size_t slot,
               const RowsTarget& target) {
  const auto features = static_cast<std::size_t>(matrix.columns());
  const auto words = static_cast<std::size_t>(labels.counting().row_words());
  const auto first = static_cast<std::size_t>(lists.starts[slot]);
  const auto last = static_cast<std::size_t>(lists.starts[slot + 1]);
  const auto stride = matrix.stride();
  // All local blocks lie one after the other.
  const std::uint8_t* const values = matrix.resident(matrix.local().first).data();
  constexpr std::size_t ahead = 16;  // rows lie apart: the processor is told of them before they are needed
  for (auto i = first; i < last; ++i) {
    if (i + ahead < last) __builtin_prefetch(values + std::int64_t{lists.rows[i + ahead]} * stride);
    copy_few(values + std::int64_t{lists.rows[i]} * stride, features, target.bins + (i - first) * features);
    labels.words(lists.rows[i], lists.drawn[i], target.words + (i - first) * words);
  }
}

void copy_rows(const data::ByteBlocks& matrix, const Labels& labels, std::span<const UpperTree> trees,
               std::span<const RowsTarget> targets) {
  const auto features = static_cast<std::size_t>(matrix.columns());
  const auto words = static_cast<std::size_t>(labels.counting().row_words());
  std::vector<std::atomic<std::int64_t>> next(targets.size());
  struct Found {
    std::int32_t slot;
    std::int32_t row;
    std::uint32_t drawn;
  };
  struct Buffers {
    std::vector<Found> found;
    std::vector<std::int64_t> counts;  ///< of slots; all 0 between blocks
    std::vector<std::int32_t> met;
  };
  std::vector<std::vector<std::int32_t>> slots;  // of the nodes that are asked for, by tree
  for (const auto& tree : trees) {
    auto& of_tree = slots.emplace_back();
    for (const auto& place : tree.places) {
      const bool asked = place.state == Place::State::small && targets[static_cast<std::size_t>(place.slot)].bins != nullptr;
      of_tree.push_back(asked ? place.slot : -1);
    }
  }
  std::vector<Buffers> buffers(static_cast<std::size_t>(parallel::thread_count()));
  for (auto& one : buffers) one.counts.resize(targets.size());
  parallel::for_each_block(matrix, [&](std::int64_t block, base::matrix_view<const std::uint8_t> values, int thread) {
    auto& [found, counts, met] = buffers[static_cast<std::size_t>(thread)];
    const auto range = base::rows_of_block(block, matrix.rows());
    for (const auto& tree : trees) {
      found.clear();
      met.clear();
      const auto* const rows = tree.rows.data() + (range.first - matrix.local_rows().first);
      const auto& wanted = slots[static_cast<std::size_t>(&tree - trees.data())];
      for (std::int64_t i = 0; i < range.size(); ++i) {
        if (rows[i] == 0) continue;
        const auto slot = wanted[row_word::node(rows[i])];
        if (slot < 0) continue;
        if (counts[static_cast<std::size_t>(slot)]++ == 0) met.push_back(slot);
        found.push_back({slot, static_cast<std::int32_t>(i), row_word::drawn(rows[i])});
      }
      // A run of each node's rows for this block; from here on counts are where the next row goes.
      for (const auto slot : met) {
        auto& count = counts[static_cast<std::size_t>(slot)];
        count = next[static_cast<std::size_t>(slot)].fetch_add(count, std::memory_order_relaxed);
      }
      for (const auto& one : found) {
        const auto at = static_cast<std::size_t>(counts[static_cast<std::size_t>(one.slot)]++);
        const auto& target = targets[static_cast<std::size_t>(one.slot)];
        const auto* const bins = values.data() + one.row * values.stride();
        copy_few(bins, features, target.bins + at * features);
        labels.words(range.first - matrix.local_rows().first + one.row, one.drawn, target.words + at * words);
      }
      for (const auto slot : met) counts[static_cast<std::size_t>(slot)] = 0;
    }
  });
}

}  // namespace fullbase::trees
