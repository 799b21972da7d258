#include "algorithms/tables/group_passes.hpp"

#include <algorithm>
#include <atomic>
#include <mutex>
#include <numeric>
#include <span>
#include <utility>

#include "algorithms/tables/group_accumulator.hpp"
#include "algorithms/tables/group_exchange.hpp"
#include "algorithms/tables/pass_slots.hpp"
#include "base/block.hpp"
#include "comm/agreement.hpp"
#include "comm/own_rows.hpp"
#include "parallel/for_each.hpp"
#include "parallel/scan.hpp"

namespace fullbase::tables {
namespace {

constexpr std::int64_t least_slots = 1024;
constexpr std::int64_t least_list_bytes = 16 << 10;

/// The values of a group's lists, found by walking along its bucket.
class ListWalk {
 public:
  ListWalk(std::vector<ValueList>& lists, std::int64_t bucket, int windows) : lists_(lists), bucket_(bucket) {
    at_.resize(lists.size(), 0);
    groups_.distinct.resize(lists.size(), std::vector<std::int64_t>(static_cast<std::size_t>(windows)));
    groups_.values.resize(lists.size());
  }

  /// Groups come in ascending order.
  const GroupLists& of(std::int64_t slot) {
    for (std::size_t i = 0; i < lists_.size(); ++i) {
      std::visit([&](auto& list) { walk(list, i, slot); }, lists_[i]);
    }
    return groups_;
  }

 private:
  template <class Key>
  void walk(ValueListOf<Key>& list, std::size_t i, std::int64_t slot) {
    const auto& entries = list.bucket(bucket_);
    std::size_t& at = at_[i];
    while (at < entries.size() && entries[at].slot() < slot) ++at;
    auto& distinct = groups_.distinct[i];
    auto& values = groups_.values[i];
    std::ranges::fill(distinct, 0);
    values.clear();
    for (; at < entries.size() && entries[at].slot() == slot; ++at) {
      if (list.distinct()) {
        ++distinct[static_cast<std::size_t>(entries[at].window())];
      } else if constexpr (std::is_same_v<Key, std::uint64_t>) {
        values.emplace_back(entries[at].key, entries[at].window());
      }
    }
    std::partial_sum(distinct.begin(), distinct.end(), distinct.begin());
  }

  std::vector<ValueList>& lists_;
  std::int64_t bucket_;
  std::vector<std::size_t> at_;
  GroupLists groups_;
};

class Passes {
 public:
  Passes(comm::Communicator& communicator, const data::BlockSource& source, const LineReader& reader, const GroupKeys& keys,
         const MeasurePlan& plan, data::Budget& budget, FinishedGroups& finished,
         const std::function<void(std::int64_t, std::int64_t)>& progress)
      : communicator_(communicator),
        source_(source),
        reader_(reader),
        keys_(keys),
        plan_(plan),
        budget_(budget),
        finished_(finished),
        progress_(progress),
        rows_(comm::own_rows(communicator, source.rows())) {
    facts_.longest_texts.resize(keys.positions().size(), 0);
  }

  PassFacts run() {
    for (std::uint64_t first = 0; first < keys_.size();) first = pass(first);
    for (auto* const count : {&facts_.left_out.filtered, &facts_.left_out.missing_key, &facts_.left_out.missing_time,
                              &facts_.left_out.after_as_of, &facts_.left_out.missing_value}) {
      *count = communicator_.sum_value(*count);
    }
    for (auto& longest : facts_.longest_texts)
      longest = static_cast<std::int32_t>(communicator_.max_value(static_cast<std::int64_t>(longest)));
    return std::move(facts_);
  }

 private:
  /// How many threads have groups of their own, and what lists may hold, as the budget allows.
  struct Size {
    std::int64_t accumulators;
    std::int64_t list_bytes;
    std::int64_t bytes;
  };

  /// Bytes that the words of so many groups take while a pass adds them up and finishes them.
  std::int64_t group_bytes() const noexcept { return 8 * (plan_.state().stride() + finished_.row_words()); }
  std::int64_t fitting_groups() const {
    return std::max(least_slots, budget_.available() / (communicator_.size() > 1 ? 4 : 2) / group_bytes());
  }

  PassSlots slots_from(std::uint64_t first) {
    const std::uint64_t remaining = keys_.size() - first;
    const std::int64_t fitting = fitting_groups();
    // Codes that are not much more than lines need no look-up, though some have no group.
    if (remaining <= static_cast<std::uint64_t>(4 * rows_.size()) + 65536)
      return PassSlots::direct(first, first + std::min(remaining, static_cast<std::uint64_t>(fitting)));
    return PassSlots::occurring(source_, rows_, keys_, first, fitting, budget_);
  }

  Size size_of(std::int64_t slots) const {
    const std::int64_t stride_bytes = 8 * plan_.state().stride();
    const std::int64_t available = budget_.available();
    Size size{};
    size.accumulators = std::clamp<std::int64_t>(available / 2 / std::max<std::int64_t>(1, stride_bytes * slots), 1,
                                                 std::max(1, parallel::thread_count()));
    const std::int64_t copies = std::max<std::int64_t>(size.accumulators, communicator_.size() > 1 ? 2 : 1);
    size.bytes = (stride_bytes * copies + 8 * finished_.row_words()) * slots;
    if (plan_.lists().empty()) return size;
    const std::int64_t most = 32 * (rows_.size() + 1) * std::ssize(plan_.lists());
    const std::int64_t left = std::min(available - size.bytes, available / 5 * 2);
    size.list_bytes = std::min(most, std::max(least_list_bytes, left / 2 / size.accumulators));
    size.bytes += 2 * size.list_bytes * size.accumulators;
    return size;
  }

  /// Adds up the groups of codes from `first` on; returns the first code that it did not get to.
  std::uint64_t pass(std::uint64_t first) {
    PassSlots slots = comm::collective_try(communicator_, "number groups", [&] { return slots_from(first); });
    slots.cut(communicator_.min_value(slots.end()));
    const auto buckets = SlotBuckets::cut(slots.size(), std::max(64, 4 * parallel::thread_count()));
    data::Reservation memory;
    std::vector<GroupAccumulator> parts;
    std::uint64_t end = comm::collective_try(communicator_, "read lines", [&] {
      const Size size = size_of(slots.size());
      memory = budget_.require(size.bytes, "the groups of one pass");
      parts.reserve(static_cast<std::size_t>(size.accumulators));
      for (std::int64_t i = 0; i < size.accumulators; ++i) parts.emplace_back(plan_, slots, buckets, size.list_bytes, budget_);
      read(parts);
      std::int64_t reached = buckets.count();
      for (const auto& part : parts) reached = std::min(reached, part.limit());
      return reached < buckets.count() ? slots.code(buckets.first_of(reached)) : slots.end();
    });
    end = communicator_.min_value(end);
    const std::int64_t whole = slots.lower_bound(end);
    comm::collective_try(communicator_, "add up groups", [&] {
      merge_parts(plan_, whole, parts);
      while (parts.size() > 1) parts.pop_back();
    });
    std::vector<std::uint64_t> rows;
    if (communicator_.size() == 1) {
      rows = comm::collective_try(communicator_, "finish groups", [&] {
        return finished_rows(parts[0].words(), parts[0].lists(), buckets, whole,
                             [&](std::int64_t slot) { return slots.code(slot); });
      });
    } else {
      Groups groups = comm::collective_try(communicator_, "add up groups", [&] { return present(parts[0], slots, whole); });
      parts.clear();
      groups = exchange_groups(communicator_, plan_, std::move(groups));
      rows = comm::collective_try(communicator_, "finish groups", [&] {
        const auto cut = SlotBuckets::cut(std::ssize(groups.codes), std::max(64, 4 * parallel::thread_count()));
        return finished_rows(groups.words, groups.lists, cut, std::ssize(groups.codes),
                             [&](std::int64_t slot) { return groups.codes[static_cast<std::size_t>(slot)]; });
      });
    }
    parts.clear();
    memory = {};
    const std::int64_t count = std::ssize(rows) / finished_.row_words();
    const std::int64_t first_row = facts_.groups + communicator_.exclusive_sum(count);
    facts_.groups += communicator_.sum_value(count);
    comm::collective_try(communicator_, "keep groups", [&] {
      for (std::int64_t row = 0; row < count; ++row)
        keys_.longest_texts(rows[static_cast<std::size_t>(row * finished_.row_words())], facts_.longest_texts);
      finished_.keep(first_row, std::move(rows));
    });
    ++facts_.passes;
    return end;
  }

  void read(std::vector<GroupAccumulator>& parts) {
    std::vector<GroupLines> lines(static_cast<std::size_t>(parallel::thread_count()));
    std::vector<std::mutex> locks(parts.size());
    std::mutex facts;
    std::atomic<std::int64_t> done = 0;
    parallel::scan(source_, rows_, reader_.columns(), [&](data::Batch&& batch, int thread) {
      GroupLines& mine = lines[static_cast<std::size_t>(thread)];
      reader_.read(batch, mine);
      {
        const std::size_t part = static_cast<std::size_t>(thread) % parts.size();
        const std::scoped_lock lock(locks[part]);
        parts[part].add(mine);
      }
      if (facts_.passes == 0) {  // every pass sees every line
        const std::scoped_lock lock(facts);
        facts_.left_out.add(mine.left_out);
      }
      const std::int64_t rows_done = done += batch.rows.size();
      if (progress_) progress_(rows_done, rows_.size());
    });
  }

  /// The groups of slots [0, slots) that have lines, their slots counted anew.
  Groups present(GroupAccumulator& part, const PassSlots& slots, std::int64_t count) const {
    Groups groups;
    const std::int64_t stride = plan_.state().stride();
    std::vector<std::int64_t> number(static_cast<std::size_t>(count), -1);
    for (std::int64_t slot = 0; slot < count; ++slot) {
      if (*part.group(slot) == 0) continue;
      number[static_cast<std::size_t>(slot)] = std::ssize(groups.codes);
      std::copy_n(part.group(slot), stride, part.group(std::ssize(groups.codes)));
      groups.codes.push_back(slots.code(slot));
    }
    groups.lists = std::move(part.lists());
    for (ValueList& list : groups.lists) {
      std::visit(
          [&](auto& some) {
            for (std::int64_t bucket = 0; bucket < some.buckets().count(); ++bucket) {
              auto& entries = some.bucket(bucket);
              std::erase_if(entries, [&](const auto& entry) { return entry.slot() >= count; });
              for (auto& entry : entries) entry.place = place_of(number[static_cast<std::size_t>(entry.slot())], entry.window());
            }
          },
          list);
    }
    groups.words = part.take_words();
    groups.words.resize(groups.codes.size() * static_cast<std::size_t>(stride));
    return groups;
  }

  /// The result rows of the groups that have lines, of slots [0, slots).
  template <class CodeOf>
  std::vector<std::uint64_t> finished_rows(std::span<std::uint64_t> words, std::vector<ValueList>& lists,
                                           const SlotBuckets& buckets, std::int64_t slots, CodeOf code_of) const {
    const auto stride = plan_.state().stride();
    const std::int64_t count = slots == 0 ? 0 : buckets.of(slots - 1) + 1;
    const auto each = [&](std::int64_t bucket, auto&& work) {
      for (std::int64_t slot = buckets.first_of(bucket); slot < std::min(slots, buckets.first_of(bucket + 1)); ++slot) {
        std::uint64_t* const group = words.data() + slot * stride;
        if (*group > 0) work(slot, group);
      }
    };
    std::vector<std::int64_t> starts(static_cast<std::size_t>(count) + 1, 0);
    parallel::for_each(0, count, [&](std::int64_t bucket, int) {
      each(bucket, [&](std::int64_t, std::uint64_t*) { ++starts[static_cast<std::size_t>(bucket) + 1]; });
    });
    std::partial_sum(starts.begin(), starts.end(), starts.begin());
    const std::int64_t row_words = finished_.row_words();
    const auto values = static_cast<std::size_t>(finished_.values());
    std::vector<std::uint64_t> rows(static_cast<std::size_t>(starts.back() * row_words), 0);
    parallel::for_each(0, count, [&](std::int64_t bucket, int) {
      ListWalk walk(lists, bucket, plan_.state().windows());
      std::int64_t row = starts[static_cast<std::size_t>(bucket)];
      each(bucket, [&](std::int64_t slot, std::uint64_t* group) {
        const auto out =
            std::span(rows).subspan(static_cast<std::size_t>(row++ * row_words), static_cast<std::size_t>(row_words));
        out[0] = code_of(slot);
        plan_.state().nest(group);
        plan_.finish(group, walk.of(slot), {out.subspan(1, values), out.subspan(1 + values)});
      });
    });
    return rows;
  }

  comm::Communicator& communicator_;
  const data::BlockSource& source_;
  const LineReader& reader_;
  const GroupKeys& keys_;
  const MeasurePlan& plan_;
  data::Budget& budget_;
  FinishedGroups& finished_;
  const std::function<void(std::int64_t, std::int64_t)>& progress_;
  base::RowRange rows_;
  PassFacts facts_;
};

}  // namespace

PassFacts add_up_groups(comm::Communicator& communicator, const data::BlockSource& source, const LineReader& reader,
                        const GroupKeys& keys, const MeasurePlan& plan, data::Budget& budget, FinishedGroups& finished,
                        const std::function<void(std::int64_t done, std::int64_t total)>& progress) {
  return Passes(communicator, source, reader, keys, plan, budget, finished, progress).run();
}

}  // namespace fullbase::tables
