#include "algorithms/itemsets/local_occurrences.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
#include <optional>

#include "parallel/for_each.hpp"

namespace fullbase::itemsets {
namespace {

/// Column of each item in each class: a table where there is room for one, else found along the class's items.
class ColumnTable {
 public:
  ColumnTable(std::span<const ClassOutline> classes, data::Budget& budget) {
    std::int64_t places = 0;
    for (const auto& outline : classes) places += outline.rarest;
    memory_ = budget.try_reserve(4 * places);
    if (!memory_) return;
    table_.assign(static_cast<std::size_t>(places), -1);
    std::int64_t start = 0;
    for (const auto& outline : classes) {
      starts_.push_back(start);
      for (std::size_t column = 0; column < outline.items.size(); ++column)
        table_[static_cast<std::size_t>(start + outline.items[column])] = static_cast<std::int32_t>(column);
      start += outline.rarest;
    }
  }

  /// Calls found(column) for each item of `items`, ascending numbers below the class's rarest, that is one of the class's.
  template <class F>
  void for_each(const ClassOutline& outline, std::size_t position, std::span<const std::int32_t> items, F found) const {
    if (memory_) {
      const auto* const columns = table_.data() + starts_[position];
      for (const auto item : items) {
        if (const auto column = columns[item]; column >= 0) found(column);
      }
      return;
    }
    auto at = outline.items.begin();
    for (const auto item : items) {
      at = std::lower_bound(at, outline.items.end(), item);
      if (at == outline.items.end()) return;
      if (*at == item) found(static_cast<std::int32_t>(at - outline.items.begin()));
    }
  }

 private:
  std::optional<data::Reservation> memory_;
  std::vector<std::int64_t> starts_;
  std::vector<std::int32_t> table_;
};

/// Where a thread's next row of a class and weight goes: bit `bit` of word `word`; a word is begun when bit is 64.
struct NextRow {
  std::int64_t word = 0;
  int bit = 64;
};

/// Lists of one thread, put together in the order of the threads.
struct ListParts {
  std::vector<std::int64_t> ends;
  std::vector<std::int32_t> columns;
  std::vector<std::uint32_t> weights;
};

/// What each class takes beside its rows: what it is begun with, and where each thread is.
std::int64_t bytes_of_class(std::size_t shifts) noexcept {
  const auto threads = static_cast<std::size_t>(parallel::thread_count());
  return static_cast<std::int64_t>(sizeof(Occurrences) + 16 * shifts + threads * (sizeof(ListParts) + sizeof(NextRow) * shifts));
}

class Filling {
 public:
  Filling(std::span<const ClassOutline> classes, const OccurrenceCounts& counts, std::int32_t items, data::Budget& budget)
      : classes_(classes),
        shifts_(static_cast<std::size_t>(counts.shifts())),
        columns_(classes, budget),
        position_(static_cast<std::size_t>(items), -1),
        rows_(classes.size()),
        begun_(classes.size() * shifts_, 0),
        first_(classes.size() * shifts_, 0),
        threads_(static_cast<std::size_t>(parallel::thread_count())) {
    for (std::size_t c = 0; c < classes.size(); ++c) {
      const auto& outline = classes[c];
      position_[static_cast<std::size_t>(outline.rarest)] = static_cast<std::int32_t>(c);
      if (outline.as_lists()) {
        rows_[c].emplace<RowLists>();
        continue;
      }
      auto& bits = rows_[c].emplace<BitColumns>();
      for (std::size_t shift = 0; shift < shifts_; ++shift) {
        first_[c * shifts_ + shift] = bits.stride;
        bits.stride += counts.words(outline.rarest, static_cast<int>(shift));
      }
      bits.bits.assign(outline.items.size() * static_cast<std::size_t>(bits.stride), 0);
    }
    for (auto& thread : threads_) {
      thread.next.resize(classes.size() * shifts_);
      thread.lists.resize(classes.size());
    }
  }

  void add(const Baskets& baskets, int thread) {
    for (std::int64_t basket = 0; basket < baskets.size(); ++basket) {
      const auto items = baskets[basket];
      for (std::size_t at = 2; at < items.size(); ++at) {
        const auto position = position_[static_cast<std::size_t>(items[at])];
        if (position < 0) continue;
        const auto c = static_cast<std::size_t>(position);
        if (auto* const bits = std::get_if<BitColumns>(&rows_[c])) {
          add_bits(c, *bits, items.first(at), baskets.weight(basket), threads_[static_cast<std::size_t>(thread)]);
        } else {
          add_list(c, items.first(at), baskets.weight(basket), threads_[static_cast<std::size_t>(thread)].lists[c]);
        }
      }
    }
  }

  std::vector<Occurrences> finish() {
    for (std::size_t c = 0; c < rows_.size(); ++c) {
      if (auto* const bits = std::get_if<BitColumns>(&rows_[c])) {
        for (std::size_t shift = 0; shift < shifts_; ++shift) {
          const auto first = first_[c * shifts_ + shift];
          if (const auto words = begun_[c * shifts_ + shift]; words > 0)
            bits->ranges.push_back({first, first + words, static_cast<int>(shift)});
        }
      } else {
        put_together(c, std::get<RowLists>(rows_[c]));
      }
    }
    return std::move(rows_);
  }

 private:
  struct Thread {
    std::vector<NextRow> next;  ///< by class and shift
    std::vector<ListParts> lists;
    std::vector<std::int32_t> found;
  };

  void add_bits(std::size_t c, BitColumns& bits, std::span<const std::int32_t> items, std::uint32_t weight, Thread& thread) {
    thread.found.clear();
    columns_.for_each(classes_[c], c, items, [&](std::int32_t column) { thread.found.push_back(column); });
    // A row of one column says nothing of pairs.
    if (thread.found.size() < 2) return;
    for (auto left = weight; left != 0; left &= left - 1) {
      const auto place = c * shifts_ + static_cast<std::size_t>(std::countr_zero(left));
      auto& next = thread.next[place];
      if (next.bit == 64) {
        next.word = first_[place] + std::atomic_ref(begun_[place]).fetch_add(1, std::memory_order_relaxed);
        next.bit = 0;
      }
      auto* const word = bits.bits.data() + next.word;
      const auto bit = std::uint64_t{1} << next.bit++;
      for (const auto column : thread.found) word[column * bits.stride] |= bit;
    }
  }

  void add_list(std::size_t c, std::span<const std::int32_t> items, std::uint32_t weight, ListParts& lists) const {
    const auto begin = lists.columns.size();
    columns_.for_each(classes_[c], c, items, [&](std::int32_t column) { lists.columns.push_back(column); });
    if (lists.columns.size() - begin < 2) {
      lists.columns.resize(begin);
      return;
    }
    lists.ends.push_back(std::ssize(lists.columns));
    lists.weights.push_back(weight);
  }

  void put_together(std::size_t c, RowLists& into) {
    for (auto& thread : threads_) {
      auto& part = thread.lists[c];
      const auto begin = std::ssize(into.columns);
      into.columns.insert(into.columns.end(), part.columns.begin(), part.columns.end());
      into.weights.insert(into.weights.end(), part.weights.begin(), part.weights.end());
      for (const auto end : part.ends) into.starts.push_back(begin + end);
      part = {};
    }
  }

  std::span<const ClassOutline> classes_;
  std::size_t shifts_;
  ColumnTable columns_;
  std::vector<std::int32_t> position_;  ///< by item: of its class, -1
  std::vector<Occurrences> rows_;
  std::vector<std::int64_t> begun_;  ///< words, by class and shift
  std::vector<std::int64_t> first_;  ///< word, by class and shift
  std::vector<Thread> threads_;
};

}  // namespace

OccurrenceCounts::OccurrenceCounts(const BasketStore& baskets, std::int32_t items, data::Budget& budget) {
  constexpr std::size_t most_shifts = 32;
  constexpr const char* purpose = "how often items occur";
  // By item and shift; most weights are 1, so further shifts come as they are met.
  struct Thread {
    std::array<std::vector<std::int64_t>, most_shifts> counts;
    std::vector<data::Reservation> memory;
  };
  std::vector<Thread> threads(static_cast<std::size_t>(parallel::thread_count()));
  baskets.for_each([&](const Baskets& some, std::int64_t, int thread) {
    auto& mine = threads[static_cast<std::size_t>(thread)];
    for (std::int64_t basket = 0; basket < some.size(); ++basket) {
      for (auto left = some.weight(basket); left != 0; left &= left - 1) {
        auto& counts = mine.counts[static_cast<std::size_t>(std::countr_zero(left))];
        if (counts.empty()) {
          mine.memory.push_back(budget.require(8 * std::int64_t{items}, purpose));
          counts.assign(static_cast<std::size_t>(items), 0);
        }
        for (const auto item : some[basket]) ++counts[static_cast<std::size_t>(item)];
      }
    }
  });
  for (const auto& thread : threads) {
    for (std::size_t shift = 0; shift < most_shifts; ++shift) {
      if (!thread.counts[shift].empty()) shifts_ = std::max(shifts_, static_cast<int>(shift) + 1);
    }
  }
  memory_ = budget.require(8 * std::int64_t{items} * shifts_, purpose);
  rows_.assign(static_cast<std::size_t>(items) * static_cast<std::size_t>(shifts_), 0);
  for (const auto& thread : threads) {
    for (std::size_t shift = 0; shift < static_cast<std::size_t>(shifts_); ++shift) {
      const auto& counts = thread.counts[shift];
      for (std::size_t item = 0; item < counts.size(); ++item)
        rows_[item * static_cast<std::size_t>(shifts_) + shift] += counts[item];
    }
  }
}

std::int64_t OccurrenceCounts::words(std::int32_t item, int shift) const noexcept {
  const auto count = rows(item, shift);
  return std::min(count, (count + 63) / 64 + parallel::thread_count() - 1);
}

std::int64_t OccurrenceCounts::bytes(const ClassOutline& outline) const noexcept {
  std::int64_t words_of_all = 0;
  std::int64_t rows_of_all = 0;
  for (int shift = 0; shift < shifts_; ++shift) {
    words_of_all += words(outline.rarest, shift);
    rows_of_all += rows(outline.rarest, shift);
  }
  const std::int64_t fixed = bytes_of_class(static_cast<std::size_t>(shifts_));
  if (!outline.as_lists()) return fixed + 8 * words_of_all * std::ssize(outline.items);
  // While threads' lists are put together there are two of each; vectors that grow have room for twice as much.
  return fixed + 4 * (4 * std::min(outline.entries, rows_of_all * std::ssize(outline.items)) + 12 * rows_of_all);
}

std::vector<Occurrences> local_occurrences(const BasketStore& baskets, std::span<const ClassOutline> classes,
                                           const OccurrenceCounts& counts, std::int32_t items, data::Budget& budget) {
  Filling filling(classes, counts, items, budget);
  baskets.for_each([&](const Baskets& some, std::int64_t, int thread) { filling.add(some, thread); });
  return filling.finish();
}

}  // namespace fullbase::itemsets
