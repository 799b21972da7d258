#include "algorithms/value/customer_totals.hpp"

#include <functional>
#include <utility>

#include "comm/agreement.hpp"
#include "parallel/for_each.hpp"

namespace fullbase::value {
namespace {

/// What is sent, by receiving rank: values in order, rank r's at [starts[r], starts[r + 1]).
template <class T>
struct Outgoing {
  std::vector<T> values;
  std::vector<std::int64_t> starts = {0};
};

/// Every rank's values for this rank, each rank's in order, merged into one order.
template <class T, class Less>
std::vector<T> exchange(comm::Communicator& communicator, Outgoing<T>&& outgoing, Less less) {
  if (communicator.size() == 1) return std::move(outgoing.values);
  std::vector<std::span<const T>> send;
  for (int rank = 0; rank < communicator.size(); ++rank) {
    const auto r = static_cast<std::size_t>(rank);
    send.push_back(std::span<const T>(outgoing.values)
                       .subspan(static_cast<std::size_t>(outgoing.starts[r]),
                                static_cast<std::size_t>(outgoing.starts[r + 1] - outgoing.starts[r])));
  }
  comm::Gathered<T> received = communicator.all_to_all(send);
  outgoing = {};
  auto& values = received.values;
  const auto ranks = static_cast<std::size_t>(communicator.size());
  const auto at = [&](std::size_t rank) { return values.begin() + received.starts[std::min(rank, ranks)]; };
  for (std::size_t width = 1; width < ranks; width *= 2) {
    for (std::size_t rank = 0; rank + width < ranks; rank += 2 * width) {
      std::inplace_merge(at(rank), at(rank + width), at(rank + 2 * width), less);
    }
  }
  return std::move(values);
}

/// The threads' parts of one bucket, brought together in the first.
template <class Key>
void merge_bucket(const SlotRange& range, std::int64_t bucket, std::span<CustomerAccumulator<Key>> parts) {
  const auto totals = parts[0].totals();
  auto& orders = parts[0].bucket(bucket);
  for (auto& part : parts.subspan(1)) {
    for (std::int64_t slot = range.first_of(bucket); slot < range.first_of(bucket + 1); ++slot) {
      const auto i = static_cast<std::size_t>(slot - range.first);
      if (part.totals()[i].lines > 0) totals[i].add(part.totals()[i]);
    }
    orders.insert(orders.end(), part.bucket(bucket).begin(), part.bucket(bucket).end());
    part.bucket(bucket) = {};
  }
  sort_distinct(orders, range.first_of(bucket), range.first_of(bucket + 1));
}

/// Equal slots folded into one customer each.
std::vector<CustomerTotals> folded(std::vector<CustomerTotals>&& sorted) {
  std::size_t kept = 0;
  for (std::size_t i = 0; i < sorted.size(); ++i) {
    if (kept > 0 && sorted[kept - 1].slot == sorted[i].slot) {
      sorted[kept - 1].add(sorted[i]);
    } else {
      sorted[kept++] = sorted[i];
    }
  }
  sorted.resize(kept);
  return std::move(sorted);
}

/// Counts distinct orders of customers, both ascending by slot; returns the first customer that may have more.
template <class Key>
std::vector<CustomerTotals>::iterator count_orders(std::vector<CustomerTotals>::iterator customer,
                                                   const std::vector<Order<Key>>& orders) {
  for (std::size_t i = 0; i < orders.size(); ++i) {
    if (i > 0 && orders[i] == orders[i - 1]) continue;
    while (customer->slot != orders[i].slot) ++customer;
    ++customer->orders;
  }
  return customer;
}

/// Buckets that rank `rank` brings together end before this one.
std::int64_t buckets_end(const comm::Communicator& communicator, std::int64_t limit, int rank) {
  return limit * (rank + 1) / communicator.size();
}

/// The customers of buckets [0, limit) that are there, in the place of all of them.
Outgoing<CustomerTotals> present(const comm::Communicator& communicator, const SlotRange& range, std::int64_t limit,
                                 std::vector<CustomerTotals>&& all) {
  Outgoing<CustomerTotals> outgoing;
  std::size_t kept = 0;
  std::int64_t slot = range.first;
  for (int rank = 0; rank < communicator.size(); ++rank) {
    for (; slot < range.first_of(buckets_end(communicator, limit, rank)); ++slot) {
      const CustomerTotals& total = all[static_cast<std::size_t>(slot - range.first)];
      if (total.lines == 0) continue;
      all[kept] = total;
      all[kept++].slot = slot;
    }
    outgoing.starts.push_back(static_cast<std::int64_t>(kept));
  }
  all.resize(kept);
  outgoing.values = std::move(all);
  return outgoing;
}

/// All orders, bucket by bucket, each freed when it has been copied.
template <class Key>
Outgoing<Order<Key>> all_orders(const comm::Communicator& communicator, std::int64_t limit, CustomerAccumulator<Key>& part) {
  std::size_t count = 0;
  for (std::int64_t bucket = 0; bucket < limit; ++bucket) count += part.bucket(bucket).size();
  Outgoing<Order<Key>> outgoing;
  outgoing.values.reserve(count);
  std::int64_t bucket = 0;
  for (int rank = 0; rank < communicator.size(); ++rank) {
    for (; bucket < buckets_end(communicator, limit, rank); ++bucket) {
      auto& orders = part.bucket(bucket);
      outgoing.values.insert(outgoing.values.end(), orders.begin(), orders.end());
      orders = {};
    }
    outgoing.starts.push_back(static_cast<std::int64_t>(outgoing.values.size()));
  }
  return outgoing;
}

}  // namespace

template <class Key>
std::vector<CustomerTotals> bring_together(comm::Communicator& communicator, const SlotRange& range, std::int64_t limit,
                                           std::span<CustomerAccumulator<Key>> parts) {
  Outgoing<CustomerTotals> totals;
  Outgoing<Order<Key>> orders;
  const bool alone = communicator.size() == 1;
  comm::collective_try(communicator, "add up customers", [&] {
    parallel::for_each(0, limit, [&](std::int64_t bucket, int) { merge_bucket(range, bucket, parts); });
    for (auto& part : parts.subspan(1)) part.take_totals();
    totals = present(communicator, range, limit, parts[0].take_totals());
    if (!alone) orders = all_orders(communicator, limit, parts[0]);
  });
  auto customers =
      folded(exchange(communicator, std::move(totals), [](const auto& a, const auto& b) { return a.slot < b.slot; }));
  if (!alone) {
    count_orders(customers.begin(), exchange(communicator, std::move(orders), std::less<>()));
    return customers;
  }
  auto customer = customers.begin();
  for (std::int64_t bucket = 0; bucket < limit; ++bucket) customer = count_orders(customer, parts[0].bucket(bucket));
  return customers;
}

template std::vector<CustomerTotals> bring_together(comm::Communicator&, const SlotRange&, std::int64_t,
                                                    std::span<CustomerAccumulator<std::uint64_t>>);
template std::vector<CustomerTotals> bring_together(comm::Communicator&, const SlotRange&, std::int64_t,
                                                    std::span<CustomerAccumulator<TextKey>>);

}  // namespace fullbase::value
