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

constexpr const char* totals_purpose = "the customers' totals";

/// How many customers a pass takes and how many threads have arrays of their own, as the budget allows.
struct PassSize {
  std::int64_t slots;
  std::int64_t accumulators;
  std::int64_t totals;  ///< bytes
  std::int64_t orders;  ///< an accumulator keeps before it removes duplicates
};

PassSize pass_size(std::int64_t slots, std::int64_t rows, std::int64_t order_bytes, std::int64_t available, int ranks) {
  constexpr auto slot_bytes = static_cast<std::int64_t>(sizeof(CustomerTotals));
  constexpr std::int64_t least_slots = 1024;
  PassSize size{};
  // Other ranks' totals of the same customers come beside this rank's.
  const std::int64_t fitting = std::max<std::int64_t>(1, available / (ranks > 1 ? 4 : 2) / slot_bytes);
  size.slots = std::min(slots, std::max(least_slots, fitting));
  size.accumulators =
      std::clamp<std::int64_t>(fitting / std::max<std::int64_t>(1, size.slots), 1, std::max(1, parallel::thread_count()));
  size.totals = slot_bytes * size.slots * std::max<std::int64_t>(size.accumulators, ranks > 1 ? 2 : 1);
  size.orders = std::min(rows + 1, std::max(least_slots, available / 5 / order_bytes / size.accumulators));
  return size;
}

/// Everything that the passes of one call share.
class Passes {
 public:
  Passes(comm::Communicator& communicator, const data::BlockSource& source, const RfmLines& lines, const prepare::KeySlots& slots,
         base::RowRange rows, std::int64_t as_of, data::Budget& budget)
      : communicator_(communicator), source_(source), lines_(lines), slots_(slots), rows_(rows), as_of_(as_of), budget_(budget) {}

  /// All customers with lines, each on the rank that owns its row.
  template <class Orders>
  Customers run(const std::function<void(std::int64_t, std::int64_t)>& progress) {
    for (std::int64_t first = 0; first < slots_.size() || passes == 0;) first = pass<Orders>(first, progress);
    return in_row_order();
  }

  LeftOut left_out;
  std::int64_t filtered = 0;
  std::int64_t passes = 0;
  std::int64_t total = 0;

 private:
  /// Looks at the customers from slot `first` on; returns the first that it did not get to.
  template <class Orders>
  std::int64_t pass(std::int64_t first, const std::function<void(std::int64_t, std::int64_t)>& progress) {
    using Key = typename Orders::Key;
    const PassSize wanted =
        pass_size(slots_.size() - first, rows_.size(), sizeof(Order<Key>), budget_.available(), communicator_.size());
    const std::int64_t width = communicator_.min_value(wanted.slots);
    const std::int64_t least_buckets = std::max(4 * parallel::thread_count(), 4 * communicator_.size());
    const SlotRange range = SlotRange::cut(first, first + width, std::max<std::int64_t>(64, least_buckets));

    data::Reservation memory;
    std::vector<CustomerAccumulator<Key>> parts;
    std::int64_t limit = comm::collective_try(communicator_, "read lines", [&] {
      // Orders lie in arrays that double, and twice while they are brought together.
      memory =
          budget_.require(wanted.totals + wanted.accumulators * 2 * wanted.orders * static_cast<std::int64_t>(sizeof(Order<Key>)),
                          "the customers of one pass");
      for (std::int64_t i = 0; i < wanted.accumulators; ++i) parts.emplace_back(range, wanted.orders, budget_);
      read<Orders>(std::span(parts), progress);
      std::int64_t reached = range.buckets();
      for (auto& part : parts) reached = std::min(reached, part.limit());
      return reached;
    });
    limit = communicator_.min_value(limit);
    auto found = bring_together(communicator_, range, limit, std::span(parts));
    parts.clear();
    memory = {};
    const auto count = static_cast<std::int64_t>(found.size());
    runs_.emplace_back(total + communicator_.exclusive_sum(count), count);
    total += communicator_.sum_value(count);
    comm::collective_try(communicator_, "keep customers", [&] { keep(std::move(found)); });
    ++passes;
    return range.first_of(limit);
  }

  void keep(std::vector<CustomerTotals>&& found) {
    // The first array stays where it is, unless most of it is empty.
    if (customers_.totals.empty() && found.size() >= found.capacity() / 8 * 7) {
      customers_.memory = budget_.require(bytes_of(found.capacity()), totals_purpose);
      customers_.totals = std::move(found);
      return;
    }
    const auto aside = budget_.require(bytes_of(found.capacity()), totals_purpose);
    auto larger = budget_.require(bytes_of(customers_.totals.size() + found.size()), totals_purpose);
    customers_.totals.reserve(customers_.totals.size() + found.size());
    customers_.totals.insert(customers_.totals.end(), found.begin(), found.end());
    customers_.memory = std::move(larger);
  }

  /// Customers brought to the ranks that own their output rows, in order. Those of a rank ascend, so what each gets lies
  /// together.
  Customers in_row_order() {
    if (communicator_.size() == 1) return std::move(customers_);
    const base::Partition partition(total, communicator_.size());
    Customers own;
    comm::collective_try(communicator_, "order customers", [&] {
      own.memory =
          budget_.require(bytes_of(static_cast<std::size_t>(partition.rows_of(communicator_.rank()).size())), totals_purpose);
    });
    std::vector<std::int64_t> counts(static_cast<std::size_t>(communicator_.size()), 0);
    for (const auto& [first, count] : runs_) {
      for (int rank = 0; rank < communicator_.size(); ++rank)
        counts[static_cast<std::size_t>(rank)] += base::intersect(partition.rows_of(rank), {first, first + count}).size();
    }
    std::vector<std::span<const CustomerTotals>> send;
    std::size_t at = 0;
    for (const std::int64_t count : counts) {
      send.push_back(std::span(customers_.totals).subspan(at, static_cast<std::size_t>(count)));
      at += static_cast<std::size_t>(count);
    }
    own.totals = communicator_.all_to_all(send).values;
    customers_ = {};
    std::sort(own.totals.begin(), own.totals.end(), [](const auto& a, const auto& b) { return a.slot < b.slot; });
    return own;
  }

  static std::int64_t bytes_of(std::size_t customers) noexcept {
    return static_cast<std::int64_t>(customers * sizeof(CustomerTotals));
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
      lines_.view(batch, slots_, source_, view);
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
  const prepare::KeySlots& slots_;
  base::RowRange rows_;
  std::int64_t as_of_;
  data::Budget& budget_;
  Customers customers_;
  std::vector<std::pair<std::int64_t, std::int64_t>> runs_;  ///< their global numbers: first row, count
};

}  // namespace

AddedUp add_up_customers(comm::Communicator& communicator, const data::BlockSource& source, const RfmLines& lines,
                         const prepare::KeySlots& slots, std::int64_t as_of, data::Budget& budget,
                         const std::function<void(std::int64_t done, std::int64_t total)>& progress) {
  const base::RowRange rows = base::Partition(source.rows(), communicator.size()).rows_of(communicator.rank());
  Passes passes(communicator, source, lines, slots, rows, as_of, budget);
  const bool texts = lines.order_field().type == data::Type::string;
  auto customers = texts ? passes.run<TextOrders>(progress) : passes.run<IntegerOrders>(progress);
  return {std::move(customers), passes.total, passes.left_out, passes.filtered, passes.passes};
}

}  // namespace fullbase::value
