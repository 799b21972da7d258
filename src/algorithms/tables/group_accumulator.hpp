// The groups of one pass while lines are added to them, by one thread at a time.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "algorithms/tables/group_lines.hpp"
#include "algorithms/tables/group_state.hpp"
#include "algorithms/tables/pass_slots.hpp"
#include "algorithms/tables/slot_buckets.hpp"
#include "algorithms/tables/value_list.hpp"
#include "data/budget.hpp"

namespace fullbase::tables {

/// Memory: 8 GroupState::stride() bytes a slot, and up to twice `list_bytes` for the values of lists.
class GroupAccumulator {
 public:
  /// `list_bytes` of values may be kept before the groups at the end are put off to a later pass.
  GroupAccumulator(const MeasurePlan& plan, const PassSlots& slots, SlotBuckets buckets, std::int64_t list_bytes,
                   data::Budget& budget);

  void add(const GroupLines& lines);

  /// Buckets from this one on were put off.
  std::int64_t limit() const noexcept { return limit_; }
  std::span<std::uint64_t> words() noexcept { return words_; }
  /// The words of a slot's group.
  std::uint64_t* group(std::int64_t slot) noexcept { return words_.data() + slot * stride_; }
  std::vector<ValueList>& lists() noexcept { return lists_; }
  const SlotBuckets& buckets() const noexcept { return buckets_; }
  std::vector<std::uint64_t> take_words() noexcept { return std::move(words_); }

 private:
  void add_chunk(const GroupLines& lines, std::size_t begin, std::size_t end);
  void compact();

  const MeasurePlan& plan_;
  const PassSlots& slots_;
  SlotBuckets buckets_;
  std::int64_t stride_;
  std::int64_t list_bytes_;
  data::Budget& budget_;
  std::vector<data::Reservation> more_;
  std::int64_t limit_;
  std::int64_t kept_bytes_ = 0;
  std::vector<std::uint64_t> words_;
  std::vector<ValueList> lists_;
  // Of the chunk at hand.
  std::vector<std::int64_t> chunk_slots_;
  std::vector<std::int64_t> cells_;
  std::vector<std::int32_t> rows_;
  std::vector<std::uint64_t> places_;
};

/// An empty list for each of the plan's.
std::vector<ValueList> make_lists(const MeasurePlan& plan, SlotBuckets buckets);

}  // namespace fullbase::tables
