// Values of groups that have to be kept one by one: distinct ones, and those of quantiles.
#pragma once

#include <cstdint>
#include <span>
#include <utility>
#include <variant>
#include <vector>

#include "algorithms/prepare/text_key.hpp"
#include "algorithms/tables/group_state.hpp"
#include "algorithms/tables/slot_buckets.hpp"
#include "data/column.hpp"

namespace fullbase::tables {

/// A group and the innermost window of a value in one word: windows are fewer than 256.
constexpr std::uint64_t place_of(std::int64_t slot, int window) noexcept {
  return static_cast<std::uint64_t>(slot) << 8 | static_cast<std::uint64_t>(window);
}

/// One value. No padding: what is sent is what was written.
template <class Key>
struct Listed {
  Key key{};
  std::uint64_t place = 0;  ///< place_of()

  std::int64_t slot() const noexcept { return static_cast<std::int64_t>(place >> 8); }
  int window() const noexcept { return static_cast<int>(place & 0xFF); }
};

/// The values of one input by buckets of their groups. Keys are numbers that order as the values do, or prepare::text_key()s.
template <class Key>
class ValueListOf {
 public:
  ValueListOf(SlotBuckets buckets, bool distinct) : buckets_(buckets), distinct_(distinct) {
    lists_.resize(static_cast<std::size_t>(buckets.count()));
  }

  /// Keeps a value, unless it is distinct and the last one again. Returns how many entries that makes more.
  int add(const Key& key, std::uint64_t place) {
    if (distinct_ && any_ && key == last_.key && place == last_.place) return 0;  // lines of one order mostly follow each other
    last_ = {key, place};
    any_ = true;
    const std::int64_t bucket = buckets_.of(last_.slot());
    lists_[static_cast<std::size_t>(bucket)].push_back(last_);
    return 1;
  }

  std::vector<Listed<Key>>& bucket(std::int64_t bucket) { return lists_[static_cast<std::size_t>(bucket)]; }
  /// Sorts a bucket by group, value and window; of equal distinct values of a group only the innermost stays. A count by group,
  /// then a sort of each group's few. Memory: the bucket once more, and 8 bytes a group of it.
  void settle(std::int64_t bucket);
  /// Takes over what another list has in a bucket.
  void append(std::int64_t bucket, ValueListOf& other);

  const SlotBuckets& buckets() const noexcept { return buckets_; }
  bool distinct() const noexcept { return distinct_; }

 private:
  SlotBuckets buckets_;
  bool distinct_;
  Listed<Key> last_{};
  bool any_ = false;
  std::vector<std::vector<Listed<Key>>> lists_;
};

extern template class ValueListOf<std::uint64_t>;
extern template class ValueListOf<prepare::TextKey>;

using ValueList = std::variant<ValueListOf<std::uint64_t>, ValueListOf<prepare::TextKey>>;

/// Bytes of an entry of a list.
std::int64_t entry_bytes(const ValueList& list) noexcept;

/// Adds the values of lines to a list: line i is row rows[i] of the batch and belongs to places[i]. Missing values are none.
/// Returns the entries that came.
std::int64_t add_values(ValueList& list, std::span<const std::uint64_t> places, std::span<const std::int32_t> rows,
                        const InputValues& values, const data::Column* texts);

}  // namespace fullbase::tables
