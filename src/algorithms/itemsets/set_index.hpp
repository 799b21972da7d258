// The table of frequent itemsets in memory, to look sets up by their items.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "comm/communicator.hpp"
#include "data/block_source.hpp"
#include "data/budget.hpp"
#include "data/schema.hpp"
#include "data/strings.hpp"

namespace fullbase::itemsets {

/// Whether a table may be one of sets, by its columns: those of sets_schema() that SetIndex reads.
bool has_sets(const data::Schema& schema);

/// As data::Budget::require(), of what every rank holds whole, so that more ranks are no help: the error says so.
data::Reservation require_whole(data::Budget& budget, std::int64_t bytes, const char* purpose);

/// Every set of a table as sets_schema() describes it, whole on every rank. Items are numbered as in FoundSets: 0 for that whose
/// own set comes first. A set is called by its row. Safe to use from several threads.
///
/// What read() lets through is a table of sets: rows in their order, every subset of a set there, no set in more baskets than
/// one of its subsets, and one number of baskets behind all supports. That number is in no column, and needs none: support is
/// count / baskets rounded once, so count / support differs from baskets by at most 2^-52 of it, and rounds to baskets where
/// those are fewer than 2^51.
class SetIndex {
 public:
  /// Collective. Every rank reads the columns size, count, support, item and rest of the whole table, and checks its share of the
  /// sets against their subsets; nothing is sent but an agreement. Throws the same error on every rank: an input error for a
  /// table that is no table of sets, with the first row where that shows, or for one of 2^31 - 1 rows and more.
  /// Memory, from the budget: 32 bytes a set, the names of the items and 8 bytes each, and 4 bytes a thread for each subset of
  /// the longest set, which are no more than the table has rows. While it is read, prepare::ValueSlots of the items too.
  static SetIndex read(comm::Communicator& communicator, const data::BlockSource& table, data::Budget& budget);

  /// Bytes of so many sets, the names of their items left out.
  static std::int64_t bytes(std::int64_t rows) noexcept { return 32 * rows; }
  /// Bytes of SubsetRows.
  std::int64_t subset_bytes() const noexcept { return std::int64_t{4} << longest_; }

  std::int32_t rows() const noexcept { return static_cast<std::int32_t>(items_.size()); }
  /// Of the base that the sets are of, empty ones too; 0 where there is no set.
  std::int64_t baskets() const noexcept { return baskets_; }
  /// Items of the longest set: at most 30, since its subsets are there.
  int longest() const noexcept { return longest_; }

  /// The number of the item that this set has beside those of rest(); the most frequent one of the set.
  std::int32_t item(std::int32_t row) const noexcept { return items_[static_cast<std::size_t>(row)]; }
  std::int32_t rest(std::int32_t row) const noexcept { return rests_[static_cast<std::size_t>(row)]; }  ///< -1 for one item
  int size(std::int32_t row) const noexcept { return sizes_[static_cast<std::size_t>(row)]; }
  std::int64_t count(std::int32_t row) const noexcept { return counts_[static_cast<std::size_t>(row)]; }
  /// The items of a set, rarest first.
  std::vector<std::int32_t> items_of(std::int32_t row) const;

  /// The set of these and `item`, a lower number than any of theirs; -1 where it is not frequent. A search among the sets that
  /// have one item more.
  std::int32_t with(std::int32_t row, std::int32_t item) const noexcept;
  /// The set of an item alone.
  std::int32_t single(std::int32_t item) const noexcept { return singles_[static_cast<std::size_t>(item)]; }
  /// The set of some items, rarest first, at least one; -1 where it is not frequent.
  std::int32_t find(std::span<const std::int32_t> items) const noexcept;

  std::int32_t items() const noexcept { return static_cast<std::int32_t>(singles_.size()); }
  /// An item as people write it.
  std::string_view name(std::int32_t item) const noexcept { return names_[item]; }
  /// Appends a set in words: its items, rarest first.
  void append_text(std::int32_t row, std::string_view separator, std::string& text) const;

 private:
  class Reader;
  SetIndex() = default;

  data::Reservation memory_;
  data::Reservation items_memory_;
  std::int64_t baskets_ = 0;
  int longest_ = 0;
  std::vector<std::int32_t> items_;
  std::vector<std::int32_t> rests_;
  std::vector<std::int64_t> counts_;
  std::vector<std::uint8_t> sizes_;
  std::vector<std::uint32_t> starts_;     ///< by set, and one more: where those with one item more begin in the next two
  std::vector<std::int32_t> next_items_;  ///< that item, ascending within a set
  std::vector<std::int32_t> next_rows_;
  std::vector<std::int32_t> singles_;  ///< by item
  data::Strings names_;                ///< by item
};

}  // namespace fullbase::itemsets
