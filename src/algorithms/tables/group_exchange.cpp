#include "algorithms/tables/group_exchange.hpp"

#include <algorithm>
#include <numeric>
#include <utility>

#include "comm/agreement.hpp"
#include "comm/cut_positions.hpp"
#include "parallel/for_each.hpp"

namespace fullbase::tables {
namespace {

/// One span a rank of values that lie together, `width` of them to each group.
template <class T>
std::vector<std::span<const T>> by_rank(std::span<const T> values, const std::vector<std::int64_t>& starts, std::int64_t width) {
  std::vector<std::span<const T>> parts;
  for (std::size_t r = 0; r + 1 < starts.size(); ++r) {
    parts.push_back(values.subspan(static_cast<std::size_t>(starts[r] * width),
                                   static_cast<std::size_t>((starts[r + 1] - starts[r]) * width)));
  }
  return parts;
}

/// A list's values by receiving rank, their slots counted from the first group that the rank gets.
template <class Key>
comm::Gathered<Listed<Key>> send_list(comm::Communicator& communicator, ValueListOf<Key>& list,
                                      const std::vector<std::int64_t>& starts) {
  std::vector<Listed<Key>> all;
  std::vector<std::int64_t> ends(starts.size() - 1, 0);
  std::size_t rank = 0;
  for (std::int64_t bucket = 0; bucket < list.buckets().count(); ++bucket) {
    for (Listed<Key> entry : list.bucket(bucket)) {
      while (entry.slot() >= starts[rank + 1]) ends[rank++] = std::ssize(all);
      entry.place = place_of(entry.slot() - starts[rank], entry.window());
      all.push_back(entry);
    }
    list.bucket(bucket) = {};
  }
  for (; rank < ends.size(); ++rank) ends[rank] = std::ssize(all);
  std::vector<std::span<const Listed<Key>>> send;
  std::int64_t begin = 0;
  for (const std::int64_t end : ends) {
    send.push_back(
        std::span<const Listed<Key>>(all).subspan(static_cast<std::size_t>(begin), static_cast<std::size_t>(end - begin)));
    begin = end;
  }
  return communicator.all_to_all(send);
}

}  // namespace

void merge_parts(const MeasurePlan& plan, std::int64_t slots, std::span<GroupAccumulator> parts) {
  const SlotBuckets& buckets = parts[0].buckets();
  const std::int64_t count = slots == 0 ? 0 : buckets.of(slots - 1) + 1;
  parallel::for_each(0, count, [&](std::int64_t bucket, int) {
    for (GroupAccumulator& part : parts.subspan(1)) {
      for (std::int64_t slot = buckets.first_of(bucket); slot < buckets.first_of(bucket + 1); ++slot) {
        if (*part.group(slot) > 0) plan.state().merge(parts[0].group(slot), part.group(slot));
      }
      for (std::size_t i = 0; i < parts[0].lists().size(); ++i) {
        std::visit([&](auto& list) { list.append(bucket, std::get<std::remove_cvref_t<decltype(list)>>(part.lists()[i])); },
                   parts[0].lists()[i]);
      }
    }
    for (ValueList& list : parts[0].lists()) std::visit([&](auto& some) { some.settle(bucket); }, list);
  });
}

Groups exchange_groups(comm::Communicator& communicator, const MeasurePlan& plan, Groups own) {
  const std::int64_t stride = plan.state().stride();
  const std::int64_t all = communicator.sum_value(std::ssize(own.codes));
  std::vector<std::int64_t> targets;
  for (int rank = 1; rank < communicator.size(); ++rank)
    targets.push_back(static_cast<std::int64_t>(static_cast<base::int128>(all) * rank / communicator.size()));
  auto starts = comm::cut_positions(
      communicator, std::ssize(own.codes),
      [&](std::int64_t position, int) { return own.codes[static_cast<std::size_t>(position)]; }, 1, targets,
      comm::Cut::whole_groups);
  starts.insert(starts.begin(), 0);
  starts.push_back(std::ssize(own.codes));

  const auto codes = communicator.all_to_all(by_rank(std::span<const std::uint64_t>(own.codes), starts, 1));
  const auto words = communicator.all_to_all(by_rank(std::span<const std::uint64_t>(own.words), starts, stride));
  own.words = {};

  Groups groups;
  std::vector<std::int64_t> slots(codes.values.size());  // of each received group
  comm::collective_try(communicator, "bring groups together", [&] {
    std::vector<std::int64_t> order(codes.values.size());
    std::iota(order.begin(), order.end(), std::int64_t{0});
    std::stable_sort(order.begin(), order.end(), [&](std::int64_t a, std::int64_t b) {
      return codes.values[static_cast<std::size_t>(a)] < codes.values[static_cast<std::size_t>(b)];
    });
    std::int64_t different = 0;
    for (std::size_t i = 0; i < order.size(); ++i) {
      different +=
          i == 0 || codes.values[static_cast<std::size_t>(order[i])] != codes.values[static_cast<std::size_t>(order[i - 1])];
    }
    // Else they would take up to three times as much while they grow.
    groups.codes.reserve(static_cast<std::size_t>(different));
    groups.words.reserve(static_cast<std::size_t>(different * stride));
    for (const std::int64_t from : order) {
      const std::uint64_t code = codes.values[static_cast<std::size_t>(from)];
      const std::uint64_t* const group = words.values.data() + from * stride;
      if (!groups.codes.empty() && groups.codes.back() == code) {
        plan.state().merge(groups.words.data() + (std::ssize(groups.codes) - 1) * stride, group);
      } else {
        groups.codes.push_back(code);
        groups.words.insert(groups.words.end(), group, group + stride);
      }
      slots[static_cast<std::size_t>(from)] = std::ssize(groups.codes) - 1;
    }
    groups.lists = make_lists(plan, SlotBuckets::cut(std::ssize(groups.codes), std::max(64, 4 * parallel::thread_count())));
  });
  for (std::size_t i = 0; i < own.lists.size(); ++i) {
    std::visit(
        [&](auto& list) {
          auto& into = std::get<std::remove_cvref_t<decltype(list)>>(groups.lists[i]);
          const auto received = send_list(communicator, list, starts);
          comm::collective_try(communicator, "bring groups together", [&] {
            for (int rank = 0; rank < communicator.size(); ++rank) {
              for (auto entry : received.from(rank)) {
                const std::int64_t from = codes.starts[static_cast<std::size_t>(rank)] + entry.slot();
                entry.place = place_of(slots[static_cast<std::size_t>(from)], entry.window());
                into.bucket(into.buckets().of(entry.slot())).push_back(entry);
              }
            }
            parallel::for_each(0, into.buckets().count(), [&](std::int64_t bucket, int) { into.settle(bucket); });
          });
        },
        own.lists[i]);
  }
  return groups;
}

}  // namespace fullbase::tables
