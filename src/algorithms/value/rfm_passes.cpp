#include "algorithms/value/rfm_passes.hpp"

#include <algorithm>
#include <atomic>
#include <mutex>
#include <span>
#include <utility>

#include "base/block.hpp"
#include "comm/agreement.hpp"
#include "parallel/for_each.hpp"
#include "parallel/scan.hpp"

namespace fullbase::value {
namespace {

/// How many customers a pass takes and how many threads have arrays of their own, as the budget allows.
struct PassSize {
  std::int64_t slots;
  std::int64_t accumulators;
  std::int64_t orders;  ///< an accumulator keeps before it removes duplicates
};

PassSize pass_size(std::int64_t slots, std::int64_t rows, std::int64_t order_bytes, std::int64_t available) {
  constexpr auto slot_bytes = static_cast<std::int64_t>(sizeof(CustomerTotals));
  constexpr std::int64_t least_slots = 1024;
  PassSize size{};
  const std::int64_t fitting = std::max<std::int64_t>(1, available / 2 / slot_bytes);
  size.slots = std::min(slots, std::max(least_slots, fitting));
  size.accumulators =
      std::clamp<std::int64_t>(fitting / std::max<std::int64_t>(1, size.slots), 1, std::max(1, parallel::thread_count()));
  size.orders = std::min(rows + 1, std::max(least_slots, available / 5 / order_bytes / size.accumulators));
  return size;
}

/// Everything that the passes of one call share.
class Passes {
 public:
  Passes(comm::Communicator& communicator, const data::BlockSource& source, const RfmLines& lines, const KeySlots& slots,
         base::RowRange rows, std::int64_t as_of, data::Budget& budget)
      : communicator_(communicator), source_(source), lines_(lines), slots_(slots), rows_(rows), as_of_(as_of), budget_(budget) {}

  /// All customers with lines, those of one rank in ascending order, each on one rank.
  template <class Orders>
  std::vector<CustomerTotals> run(const std::function<void(std::int64_t, std::int64_t)>& progress) {
    std::vector<CustomerTotals> customers;
    for (std::int64_t first = 0; first < slots_.size() || passes == 0;) first = pass<Orders>(first, customers, progress);
    return customers;
  }

  LeftOut left_out;
  std::int64_t filtered = 0;
  std::int64_t passes = 0;
  /// The global numbers of the customers that run() returned: runs of (first row, count).
  std::vector<std::pair<std::int64_t, std::int64_t>> runs;
  std::int64_t total = 0;

 private:
  /// Looks at the customers from slot `first` on; returns the first that it did not get to.
  template <class Orders>
  std::int64_t pass(std::int64_t first, std::vector<CustomerTotals>& customers,
                    const std::function<void(std::int64_t, std::int64_t)>& progress) {
    using Key = typename Orders::Key;
    const PassSize wanted = pass_size(slots_.size() - first, rows_.size(), sizeof(Order<Key>), budget_.available());
    const std::int64_t width = communicator_.min_value(wanted.slots);
    const std::int64_t least_buckets = std::max(4 * parallel::thread_count(), 4 * communicator_.size());
    const SlotRange range = SlotRange::cut(first, first + width, std::max<std::int64_t>(64, least_buckets));

    data::Reservation memory;
    std::vector<CustomerAccumulator<Key>> parts;
    std::int64_t limit = comm::collective_try(communicator_, "read lines", [&] {
      // Orders lie here twice while they are brought together.
      memory = budget_.require(wanted.accumulators * (width * static_cast<std::int64_t>(sizeof(CustomerTotals)) +
                                                      2 * wanted.orders * static_cast<std::int64_t>(sizeof(Order<Key>))),
                               "the customers of one pass");
      for (std::int64_t i = 0; i < wanted.accumulators; ++i) parts.emplace_back(range, wanted.orders, budget_);
      read<Orders>(std::span(parts), progress);
      std::int64_t reached = range.buckets();
      for (auto& part : parts) reached = std::min(reached, part.limit());
      return reached;
    });
    limit = communicator_.min_value(limit);
    auto found = bring_together(communicator_, range, limit, std::span(parts));
    const auto count = static_cast<std::int64_t>(found.size());
    runs.emplace_back(total + communicator_.exclusive_sum(count), count);
    total += communicator_.sum_value(count);
    customers.insert(customers.end(), found.begin(), found.end());
    ++passes;
    return range.first_of(limit);
  }

  template <class Orders, class Key>
  void read(std::span<CustomerAccumulator<Key>> parts, const std::function<void(std::int64_t, std::int64_t)>& progress) {
    const auto threads = static_cast<std::size_t>(parallel::thread_count());
    std::vector<RfmLines::View> views(threads);
    std::vector<std::mutex> locks(parts.size());
    std::atomic<std::int64_t> done = 0;
    std::atomic<std::int64_t> refused = 0;
    parallel::scan(source_, rows_, lines_.columns(), [&](data::Batch&& batch, int thread) {
      RfmLines::View& view = views[static_cast<std::size_t>(thread)];
      lines_.view(batch, slots_, source_.name(), view);
      const Orders orders(*view.orders);
      {
        const std::size_t part = static_cast<std::size_t>(thread) % parts.size();
        const std::scoped_lock lock(locks[part]);
        if (view.all_rows) {
          add_rows(parts[part], view.lines, orders, batch.rows.size(), [](std::int64_t i) { return i; });
        } else {
          const auto count = static_cast<std::int64_t>(view.rows.size());
          add_rows(parts[part], view.lines, orders, count,
                   [&](std::int64_t i) { return view.rows[static_cast<std::size_t>(i)]; });
          refused += batch.rows.size() - count;
        }
      }
      const std::int64_t rows_done = done += batch.rows.size();
      if (progress) progress(rows_done, rows_.size());
    });
    if (passes > 0) return;  // every pass sees every line
    for (const auto& part : parts) {
      left_out.missing_customer += part.left_out.missing_customer;
      left_out.missing_time += part.left_out.missing_time;
      left_out.after_as_of += part.left_out.after_as_of;
      left_out.missing_amount += part.left_out.missing_amount;
      left_out.missing_order += part.left_out.missing_order;
    }
    filtered = refused;
  }

  /// Rows row_of(0), ..., row_of(count - 1) of the lines.
  template <class Key, class Orders, class RowOf>
  void add_rows(CustomerAccumulator<Key>& part, const Lines& lines, const Orders& orders, std::int64_t count,
                RowOf row_of) const {
    constexpr std::int64_t ahead = 32;
    for (std::int64_t i = 0; i < count; ++i) {
      if (i + ahead < count) part.prefetch(lines.slots[static_cast<std::size_t>(row_of(i + ahead))]);
      part.add(lines, orders, static_cast<std::size_t>(row_of(i)), as_of_);
    }
  }

  comm::Communicator& communicator_;
  const data::BlockSource& source_;
  const RfmLines& lines_;
  const KeySlots& slots_;
  base::RowRange rows_;
  std::int64_t as_of_;
  data::Budget& budget_;
};

/// Customers brought to the ranks that own their output rows, in order.
std::vector<CustomerTotals> in_row_order(comm::Communicator& communicator, const std::vector<CustomerTotals>& customers,
                                         const Passes& passes) {
  const base::Partition partition(passes.total, communicator.size());
  std::vector<std::vector<CustomerTotals>> send(static_cast<std::size_t>(communicator.size()));
  auto customer = customers.begin();
  for (const auto& [first, count] : passes.runs) {
    for (std::int64_t i = 0; i < count; ++i)
      send[static_cast<std::size_t>(partition.owner_of_row(first + i))].push_back(*customer++);
  }
  std::vector<std::span<const CustomerTotals>> spans(send.begin(), send.end());
  auto received = communicator.all_to_all(spans).values;
  std::sort(received.begin(), received.end(), [](const auto& a, const auto& b) { return a.slot < b.slot; });
  return received;
}

}  // namespace

AddedUp add_up_customers(comm::Communicator& communicator, const data::BlockSource& source, const RfmLines& lines,
                         const KeySlots& slots, std::int64_t as_of, data::Budget& budget,
                         const std::function<void(std::int64_t done, std::int64_t total)>& progress) {
  const base::RowRange rows = base::Partition(source.rows(), communicator.size()).rows_of(communicator.rank());
  Passes passes(communicator, source, lines, slots, rows, as_of, budget);
  const bool texts = lines.order_field().type == data::Type::string;
  const auto customers = texts ? passes.run<TextOrders>(progress) : passes.run<IntegerOrders>(progress);
  return {in_row_order(communicator, customers, passes), passes.total, passes.left_out, passes.filtered, passes.passes};
}

}  // namespace fullbase::value
