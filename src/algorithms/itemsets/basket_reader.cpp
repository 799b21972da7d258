#include "algorithms/itemsets/basket_reader.hpp"

#include <algorithm>
#include <mutex>
#include <utility>

#include "algorithms/itemsets/basket_builder.hpp"
#include "algorithms/itemsets/basket_lines.hpp"
#include "algorithms/itemsets/basket_shuffle.hpp"
#include "base/block.hpp"
#include "comm/agreement.hpp"
#include "comm/own_rows.hpp"
#include "parallel/for_each.hpp"
#include "parallel/scan.hpp"

namespace fullbase::itemsets {
namespace {

using tables::missing_code;

}  // namespace

void BasketFacts::add(const BasketFacts& other) noexcept {
  lines += other.lines;
  baskets += other.baskets;
  empty_baskets += other.empty_baskets;
  longest_basket = std::max(longest_basket, other.longest_basket);
  repeated += other.repeated;
  missing_items += other.missing_items;
  filtered += other.filtered;
  missing_keys += other.missing_keys;
  missing_times += other.missing_times;
  after_as_of += other.after_as_of;
}

void BasketFacts::add(const tables::LeftOut& lines_left_out) noexcept {
  filtered += lines_left_out.filtered;
  missing_keys += lines_left_out.missing_key;
  missing_times += lines_left_out.missing_time;
  after_as_of += lines_left_out.after_as_of;
}

BasketReader::BasketReader(comm::Communicator& communicator, const data::BlockSource& source, const data::BoundExpression* where,
                           BasketColumns columns, const prepare::ValueSlots& items, std::optional<std::int64_t> as_of,
                           data::Budget& budget)
    : communicator_(communicator),
      source_(source),
      where_(where),
      columns_(std::move(columns)),
      items_(items),
      as_of_(as_of),
      budget_(budget),
      keys_(tables::GroupKeys::build(communicator, source, columns_.keys, comm::own_rows(communicator, source.rows()), budget)) {
  const std::int64_t lines = look_at_order();
  if (in_order_) return;
  const BasketLineReader reader(source_, where_, columns_, keys_, nullptr, as_of_);
  shares_ = cut_keys(communicator_, source_, reader, keys_.size(), lines, columns_.within > 0, budget_);
}

/// Finds what lines are left out, which key each group of rows begins and ends with, and whether keys ascend. Returns the lines
/// of all ranks that take part.
std::int64_t BasketReader::look_at_order() {
  const BasketLineReader reader(source_, where_, columns_, keys_, nullptr, as_of_);
  const auto rows = comm::own_rows(communicator_, source_.rows());
  const std::int64_t first_group = rows.first / parallel::scan_group_rows;
  if (!rows.empty()) groups_.resize(static_cast<std::size_t>((rows.last - 1) / parallel::scan_group_rows - first_group + 1));
  bool ascends = true;
  std::int64_t lines = 0;
  comm::collective_try(communicator_, "look at the order of lines", [&] {
    std::mutex mutex;
    std::vector<BasketLines> buffers(static_cast<std::size_t>(parallel::thread_count()));
    parallel::scan(source_, rows, reader.columns(), [&](data::Batch&& batch, int thread) {
      BasketLines& batch_lines = buffers[static_cast<std::size_t>(thread)];
      reader.read(batch, batch_lines);
      RowGroup group;
      std::int64_t count = 0;
      bool group_ascends = true;
      for (const std::uint64_t code : batch_lines.codes) {
        if (code == missing_code) continue;
        if (count++ == 0) group.first = group.last = code;
        group_ascends = group_ascends && code >= group.last;
        group.last = code;
      }
      const std::scoped_lock lock(mutex);
      groups_[static_cast<std::size_t>(batch.rows.first / parallel::scan_group_rows - first_group)] = group;
      ascends = ascends && group_ascends;
      lines += count;
      left_out_.add(batch_lines.left_out);
    });
  });

  // What lies on the ranks before and behind.
  RowGroup own;
  for (const RowGroup& group : groups_) {
    if (group.first == missing_code) continue;
    if (own.first == missing_code) own.first = group.first;
    ascends = ascends && (own.last == missing_code || own.last <= group.first);
    own.last = group.last;
  }
  const auto all = communicator_.all_gather(own);
  std::uint64_t before = missing_code;
  std::uint64_t next = missing_code;
  for (std::size_t rank = 0; rank < all.size(); ++rank) {
    const std::uint64_t first = all[rank].first;
    const std::uint64_t last = all[rank].last;
    if (first == missing_code) continue;
    const auto me = static_cast<std::size_t>(communicator_.rank());
    if (rank < me) before = last;
    if (rank == me) ascends = ascends && (before == missing_code || before <= first);
    if (rank > me && next == missing_code) next = first;
  }
  for (RowGroup& group : groups_) {
    group.before = before;
    if (group.last != missing_code) before = group.last;
  }
  for (auto group = groups_.rbegin(); group != groups_.rend(); ++group) {
    group->next = next;
    if (group->first != missing_code) next = group->first;
  }
  in_order_ = communicator_.min_value(std::int64_t{ascends}) != 0;
  return communicator_.sum_value(lines);
}

BasketFacts BasketReader::for_each(const Consumer& consume) const {
  BasketFacts facts = left_out_;
  const BasketLineReader reader(source_, where_, columns_, keys_, &items_, as_of_);
  if (in_order_) {
    std::mutex mutex;
    comm::collective_try(communicator_, "make baskets", [&] {
      parallel::for_each(0, std::ssize(groups_), [&](std::int64_t group, int thread) {
        BasketFacts mine;
        Baskets baskets = read_group(reader, group, mine);
        if (baskets.size() == 0) return;
        {
          const std::scoped_lock lock(mutex);
          facts.add(mine);
        }
        consume(std::move(baskets), 0, group, thread);
      });
    });
  } else {
    for (std::int64_t pass = 0; pass < shares_.passes; ++pass)
      shuffle_baskets(communicator_, source_, reader, columns_, shares_, pass, budget_, consume, facts);
  }
  std::int64_t sums[] = {facts.lines,    facts.baskets,      facts.empty_baskets, facts.repeated,   facts.missing_items,
                         facts.filtered, facts.missing_keys, facts.missing_times, facts.after_as_of};
  communicator_.sum(std::span<std::int64_t>(sums));
  const std::int64_t longest = communicator_.max_value(facts.longest_basket);
  return {sums[0], sums[1], sums[2], longest, sums[3], sums[4], sums[5], sums[6], sums[7], sums[8]};
}

/// The baskets of the keys that begin in a group of rows; reads on for the last one's lines.
Baskets BasketReader::read_group(const BasketLineReader& reader, std::int64_t group, BasketFacts& facts) const {
  const RowGroup& ends = groups_[static_cast<std::size_t>(group)];
  if (ends.first == missing_code || ends.last == ends.before) return {};
  const auto own = comm::own_rows(communicator_, source_.rows());
  const std::int64_t number = own.first / parallel::scan_group_rows + group;
  const auto rows = base::intersect(own, {number * parallel::scan_group_rows, (number + 1) * parallel::scan_group_rows});

  BasketBuilder builder(columns_.within, columns_.wants_keys);
  builder.reserve(rows.size());
  BasketLines lines;
  // Whether all lines that belong to `builder` are with it.
  const auto add = [&](base::RowRange range, bool reads_on) {
    const data::Batch batch = source_.read(range, reader.columns());
    reader.read(batch, lines);
    const auto each = [&](auto&& line) {
      for (std::size_t i = 0; i < lines.codes.size(); ++i) {
        const std::uint64_t code = lines.codes[i];
        if (code == missing_code || code == ends.before) continue;
        if (reads_on && code != ends.last) return true;
        line(code, i);
      }
      return false;
    };
    if (columns_.within > 0)
      return each([&](std::uint64_t code, std::size_t i) { builder.add(code, lines.items[i], lines.times[i]); });
    return each([&](std::uint64_t code, std::size_t i) { builder.add(code, lines.items[i]); });
  };
  add(rows, false);
  if (ends.next == ends.last) {
    // Most baskets end soon; a giant one is read in whole groups.
    std::int64_t count = base::block_rows;
    for (std::int64_t first = rows.last; first < source_.rows();) {
      const std::int64_t last = std::min(first + count, source_.rows());
      if (add({first, last}, true)) break;
      builder.compact();
      first = last;
      count = std::min(2 * count, parallel::scan_group_rows);
    }
  }
  return builder.take(facts);
}

}  // namespace fullbase::itemsets
