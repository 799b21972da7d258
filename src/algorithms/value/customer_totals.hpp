// What is kept of each customer while the lines of a table pass by, and how it comes together from threads and ranks.
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>
#include <numeric>
#include <span>
#include <vector>

#include "algorithms/value/order_keys.hpp"
#include "base/contract.hpp"
#include "base/int128.hpp"
#include "comm/communicator.hpp"
#include "data/budget.hpp"
#include "data/column.hpp"

namespace fullbase::value {

/// One customer's lines added up. Integers only: any order of additions gives the same.
struct CustomerTotals {
  std::int64_t slot = 0;
  std::int64_t lines = 0;  ///< that took part; 0: the customer is not there
  std::int64_t orders = 0;
  std::int64_t first_order = data::missing_int64;
  std::int64_t last_order = data::missing_int64;
  std::uint64_t amount_low = 0;  ///< two words, since a 128-bit member would need 16-byte alignment
  std::int64_t amount_high = 0;

  base::int128 amount() const noexcept { return (static_cast<base::int128>(amount_high) << 64) | amount_low; }
  void add_amount(base::int128 units) noexcept {
    const base::int128 sum = amount() + units;
    amount_low = static_cast<std::uint64_t>(sum);
    amount_high = static_cast<std::int64_t>(sum >> 64);
  }
  void add_order_time(std::int64_t first, std::int64_t last) noexcept {
    if (first == data::missing_int64) return;
    first_order = first_order == data::missing_int64 ? first : std::min(first_order, first);
    last_order = std::max(last_order, last);
  }
  /// Adds another part of the same customer, orders aside.
  void add(const CustomerTotals& other) noexcept {
    lines += other.lines;
    add_amount(other.amount());
    add_order_time(other.first_order, other.last_order);
  }
};

/// The customers that one pass over the table looks at: slots [first, last), cut into buckets of 2^shift slots.
struct SlotRange {
  std::int64_t first = 0;
  std::int64_t last = 0;
  int shift = 0;

  std::int64_t size() const noexcept { return last - first; }
  bool contains(std::int64_t slot) const noexcept { return first <= slot && slot < last; }
  std::int64_t buckets() const noexcept { return (size() + (std::int64_t{1} << shift) - 1) >> shift; }
  std::int64_t bucket_of(std::int64_t slot) const noexcept { return (slot - first) >> shift; }
  std::int64_t first_of(std::int64_t bucket) const noexcept { return std::min(last, first + (bucket << shift)); }
  /// At least `buckets` of them, as far as there are slots.
  static SlotRange cut(std::int64_t first, std::int64_t last, std::int64_t buckets) noexcept {
    const auto width = static_cast<std::uint64_t>(std::max<std::int64_t>(1, (last - first) / std::max<std::int64_t>(1, buckets)));
    return {first, last, static_cast<int>(std::bit_width(width)) - 1};
  }
};

/// Ascending by slot and key, each once; all slots lie in [first, last). A count by slot, then a sort of each customer's few: in
/// a third of the time of one sort. Memory: as much again as the orders, and 8 bytes a slot.
template <class Key>
void sort_distinct(std::vector<Order<Key>>& orders, std::int64_t first, std::int64_t last) {
  std::vector<std::size_t> ends(static_cast<std::size_t>(last - first) + 1, 0);
  const auto place = [&](const Order<Key>& order) { return static_cast<std::size_t>(order.slot - first); };
  for (const auto& order : orders) ++ends[place(order) + 1];
  std::partial_sum(ends.begin(), ends.end(), ends.begin());
  std::vector<Order<Key>> by_slot(orders.size());
  for (const auto& order : orders) by_slot[ends[place(order)]++] = order;
  std::size_t kept = 0;
  std::size_t begin = 0;
  for (const std::size_t end : std::span(ends).first(ends.size() - 1)) {
    const auto run = std::span(by_slot).subspan(begin, end - begin);
    std::sort(run.begin(), run.end());
    const auto distinct = std::unique(run.begin(), run.end());
    std::copy(run.begin(), distinct, orders.begin() + static_cast<std::ptrdiff_t>(kept));
    kept += static_cast<std::size_t>(distinct - run.begin());
    begin = end;
  }
  orders.resize(kept);
}

/// What stands for a missing amount among 128-bit ones.
inline constexpr base::int128 missing_wide_amount = static_cast<base::int128>(1) << 126;

/// The lines of a batch as numbers.
struct Lines {
  std::span<const std::int32_t> slots;    ///< -1: customer missing
  std::span<const std::int64_t> times;    ///< UTC microseconds
  std::span<const std::int64_t> amounts;  ///< units; empty if the amounts are in `wide_amounts`
  std::span<const base::int128> wide_amounts;
  std::span<const std::uint8_t> is_order;  ///< empty: every line is one

  bool is_missing_amount(std::size_t row) const noexcept {
    return amounts.empty() ? wide_amounts[row] == missing_wide_amount : amounts[row] == data::missing_int64;
  }
};

/// Lines that did not take part, or not in full.
struct LeftOut {
  std::int64_t missing_customer = 0;
  std::int64_t missing_time = 0;
  std::int64_t after_as_of = 0;
  std::int64_t missing_amount = 0;
  std::int64_t missing_order = 0;  ///< took part with their amount, but count as no order
};

/// The totals and distinct orders of one SlotRange, filled by one thread at a time.
/// Memory: 56 bytes a slot of the range, and up to twice sizeof(Order<Key>) a distinct order.
template <class Key>
class CustomerAccumulator {
 public:
  /// `capacity` orders may be kept before customers at the range's end are put off to a later pass.
  CustomerAccumulator(SlotRange range, std::int64_t capacity, data::Budget& budget)
      : range_(range), capacity_(std::max<std::int64_t>(capacity, 1024)), budget_(budget), limit_(range.buckets()) {
    totals_.resize(static_cast<std::size_t>(range.size()));
    buckets_.resize(static_cast<std::size_t>(range.buckets()));
  }

  /// Begins to load what add() will change: lines come in an order of their own, and the customers' array is larger than caches.
  void prefetch(std::int64_t slot) const noexcept {
    if (range_.contains(slot)) __builtin_prefetch(&totals_[static_cast<std::size_t>(slot - range_.first)], 1);
  }

  /// Adds row `row` of the lines if its customer is in the range and its time before as_of; counts it in left_out otherwise.
  template <class Orders>
  void add(const Lines& lines, const Orders& orders, std::size_t row, std::int64_t as_of) {
    const std::int64_t slot = lines.slots[row];
    const std::int64_t time = lines.times[row];
    if (slot < 0 || time == data::missing_int64 || time >= as_of || lines.is_missing_amount(row)) {
      if (slot < 0)
        ++left_out.missing_customer;
      else if (time == data::missing_int64)
        ++left_out.missing_time;
      else if (time >= as_of)
        ++left_out.after_as_of;
      else
        ++left_out.missing_amount;
      return;
    }
    const bool counts_as_order = lines.is_order.empty() || lines.is_order[row] != 0;
    const bool has_order = counts_as_order && !orders.is_missing(row);
    if (has_order != counts_as_order) ++left_out.missing_order;
    if (!range_.contains(slot)) return;
    CustomerTotals& total = totals_[static_cast<std::size_t>(slot - range_.first)];
    ++total.lines;
    total.add_amount(lines.amounts.empty() ? lines.wide_amounts[row] : lines.amounts[row]);
    if (!has_order) return;
    total.add_order_time(time, time);
    add_order(slot, orders[row]);
  }

  /// Buckets from this one on were put off.
  std::int64_t limit() const noexcept { return limit_; }
  std::span<CustomerTotals> totals() noexcept { return totals_; }
  std::vector<CustomerTotals> take_totals() noexcept { return std::move(totals_); }
  std::vector<Order<Key>>& bucket(std::int64_t bucket) { return buckets_[static_cast<std::size_t>(bucket)]; }

  LeftOut left_out;

 private:
  void add_order(std::int64_t slot, const Key& key) {
    if (slot == last_.slot && key == last_.key && any_) return;  // lines of one order mostly follow each other
    last_ = {key, slot};
    any_ = true;
    const std::int64_t bucket = range_.bucket_of(slot);
    if (bucket >= limit_) return;
    buckets_[static_cast<std::size_t>(bucket)].push_back(last_);
    if (++kept_ >= capacity_) compact();
  }

  /// Removes duplicates; where that does not help, puts off the customers of the last buckets.
  void compact() {
    kept_ = 0;
    for (std::int64_t bucket = 0; bucket < limit_; ++bucket) {
      auto& orders = buckets_[static_cast<std::size_t>(bucket)];
      sort_distinct(orders, range_.first_of(bucket), range_.first_of(bucket + 1));
      // Where customers follow each other in the table, each bucket grows in its turn.
      if (orders.size() < orders.capacity() / 2) orders.shrink_to_fit();
      kept_ += static_cast<std::int64_t>(orders.size());
    }
    while (limit_ > 1 && kept_ > capacity_ / 2) {
      auto& orders = buckets_[static_cast<std::size_t>(--limit_)];
      kept_ -= static_cast<std::int64_t>(orders.size());
      orders = {};
    }
    if (kept_ > capacity_ / 2) {
      more_.push_back(budget_.require(2 * capacity_ * static_cast<std::int64_t>(sizeof(Order<Key>)),
                                      "the distinct orders of a few customers"));
      capacity_ *= 2;
    }
  }

  SlotRange range_;
  std::int64_t capacity_;
  data::Budget& budget_;
  std::vector<data::Reservation> more_;
  std::int64_t limit_;
  std::int64_t kept_ = 0;
  Order<Key> last_{};
  bool any_ = false;
  std::vector<CustomerTotals> totals_;
  std::vector<std::vector<Order<Key>>> buckets_;
};

/// The customers of buckets [0, limit) of the range, each on one rank, ranks and slots ascending, `orders` counted. Collective;
/// the parts are used up. Sends 56 bytes a customer and sizeof(Order<Key>) a distinct order of this rank that another rank brings
/// together (rank r of n those of buckets [limit r / n, limit (r + 1) / n)), once. Memory: what the parts hold, and as much as a
/// rank receives: about 56 bytes a slot and the orders of its share.
template <class Key>
std::vector<CustomerTotals> bring_together(comm::Communicator& communicator, const SlotRange& range, std::int64_t limit,
                                           std::span<CustomerAccumulator<Key>> parts);

}  // namespace fullbase::value
