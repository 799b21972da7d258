#include "algorithms/recommendation/read_interactions.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <mutex>
#include <vector>

#include "algorithms/recommendation/moving_entries.hpp"
#include "base/block.hpp"
#include "base/error.hpp"
#include "comm/agreement.hpp"
#include "comm/own_rows.hpp"
#include "parallel/scan.hpp"

namespace fullbase::recommendation {
namespace {

/// What work with a row costs, in entries: the row itself is as dear as a few of them.
constexpr std::int64_t row_cost = 32;

constexpr const char* making_purpose = "the entries of a matrix of customers and items";

RowShares shares_of(const SideKeys& keys, int ranks) {
  std::vector<std::int64_t> costs(static_cast<std::size_t>(base::block_count(keys.rows())), 0);
  for (std::int64_t row = 0; row < keys.rows(); ++row)
    costs[static_cast<std::size_t>(base::block_of_row(row))] += keys.entries_of(row) + row_cost;
  return {keys.rows(), ranks, costs};
}

class Reading {
 public:
  Reading(comm::Communicator& communicator, const data::BlockSource& source, const InteractionColumns& columns,
          data::Budget& budget, const ValueRange& range)
      : communicator_(communicator), source_(source), columns_(columns), budget_(budget), range_(range) {}

  InteractionsRead run() {
    InteractionsRead result;
    auto& matrix = result.matrix;
    const auto own_rows = comm::own_rows(communicator_, source_.rows());
    auto customers = prepare::KeySlots::build(communicator_, source_, columns_.customer, own_rows, budget_);
    auto items = prepare::KeySlots::build(communicator_, source_, columns_.item, own_rows, budget_);
    data::Reservation making;
    std::vector<NumberedEntry> read;
    std::vector<std::int32_t> of_customer;
    std::vector<std::int32_t> of_item;
    comm::collective_try(communicator_, "read interactions", [&] {
      making = budget_.require(56 * own_rows.size() + 4 * (std::int64_t{customers.size()} + items.size()), making_purpose);
      of_customer.resize(static_cast<std::size_t>(customers.size()));
      of_item.resize(static_cast<std::size_t>(items.size()));
      read = entries_of(own_rows, customers, items);
      for (const auto& [entry, number] : read) {
        ++of_customer[static_cast<std::size_t>(entry.row)];
        ++of_item[static_cast<std::size_t>(entry.column)];
      }
    });
    result.missing = communicator_.sum_value(missing_);
    if (result.missing == source_.rows()) {
      throw base::input_error("there is no entry for a matrix of customers and items", source_.name(),
                              "see where it is made, and the `where` of this step")
          .known_to_all();
    }
    sum_counts(communicator_, of_customer);
    sum_counts(communicator_, of_item);
    comm::collective_try(communicator_, "number rows", [&] {
      const auto& schema = source_.schema();
      result.customers = {std::move(customers), schema[columns_.customer], of_customer, budget_};
      result.items = {std::move(items), schema[columns_.item], of_item, budget_};
      matrix.customers = shares_of(result.customers, communicator_.size());
      matrix.items = shares_of(result.items, communicator_.size());
      for (auto& [entry, number] : read) {
        entry.row = result.customers.row_of_slot(entry.row);
        entry.column = result.items.row_of_slot(entry.column);
      }
      of_customer = {};
      of_item = {};
    });
    auto mine = send_to_owners(communicator_, std::move(read), matrix.customers);
    std::vector<Entry> entries;
    comm::collective_try(communicator_, "sort interactions", [&] {
      // More may have come here than was read.
      making = {};
      making = budget_.require(56 * std::ssize(mine), making_purpose);
      std::vector<std::int64_t> starts;
      const auto ordered = in_order(mine, matrix.customers.rows_of(communicator_.rank()), starts);
      mine = {};
      refuse_repeated(ordered);
      matrix.of_customers = rows_of(ordered, std::move(starts));
      entries = turned(matrix.of_customers, matrix.customers.rows_of(communicator_.rank()).first);
    });
    auto of_items = send_to_owners(communicator_, std::move(entries), matrix.items);
    comm::collective_try(communicator_, "sort interactions", [&] {
      making = {};
      making = budget_.require(8 * matrix.of_customers.entries() + 24 * std::ssize(of_items), making_purpose);
      std::vector<std::int64_t> starts;
      const auto ordered = in_order(of_items, matrix.items.rows_of(communicator_.rank()), starts);
      of_items = {};
      matrix.of_items = rows_of(ordered, std::move(starts));
      making = {};
      const auto bytes = [](const SparseRows& rows) { return 8 * rows.entries() + 8 * rows.rows(); };
      result.memory = budget_.require(bytes(matrix.of_customers) + bytes(matrix.of_items), "a matrix of customers and items");
    });
    return result;
  }

 private:
  std::vector<NumberedEntry> entries_of(base::RowRange rows, const prepare::KeySlots& customer_slots,
                                        const prepare::KeySlots& item_slots) {
    std::vector<NumberedEntry> entries(static_cast<std::size_t>(rows.size()));
    const std::vector<int> columns = {columns_.customer, columns_.item, columns_.value};
    std::mutex mutex;
    parallel::scan(source_, rows, columns, [&](data::Batch&& batch, int) {
      std::vector<std::int32_t> customer_buffer;
      std::vector<std::int32_t> item_buffer;
      const auto customers = customer_slots.slots_of(batch[0], customer_buffer);
      const auto items = item_slots.slots_of(batch[1], item_buffer);
      std::int64_t missing = 0;
      for (std::int64_t i = 0; i < batch.rows.size(); ++i) {
        auto& into = entries[static_cast<std::size_t>(batch.rows.first - rows.first + i)];
        const auto at = static_cast<std::size_t>(i);
        const double value = batch[2].number(i);
        into.entry = {customers[at], items[at], static_cast<float>(value)};
        into.source_row = batch.rows.first + i;
        if (customers[at] < 0 || items[at] < 0 || std::isnan(value)) {
          into.entry.row = -1;
          ++missing;
        } else {
          check(value, into);
        }
      }
      const std::scoped_lock lock(mutex);
      missing_ += missing;
    });
    std::erase_if(entries, [](const NumberedEntry& one) { return one.entry.row < 0; });
    return entries;
  }

  void check(double value, const NumberedEntry& entry) const {
    const auto place = [&] {
      return fmt::format("{}.{}[{}]", source_.name(), source_.schema()[columns_.value].name,
                         source_.source_row(entry.source_row));
    };
    if (range_.positive && !(entry.entry.value > 0))
      throw base::input_error("the value is no confidence: values of implicit feedback are more than 0", place(),
                              "leave such rows out with `where`, or call them ratings with `feedback: explicit`");
    if (!(value >= range_.least && value <= range_.most))
      throw base::input_error(value < range_.least
                                  ? fmt::format("the value is less than {}, the least of the range", range_.least)
                                  : fmt::format("the value is more than {}, the most of the range", range_.most),
                              place(), "leave such rows out with `where`");
    if (!std::isfinite(entry.entry.value))
      throw base::input_error("the value is beyond what one of a matrix can be", place(), "leave such rows out with `where`");
  }

  void refuse_repeated(const std::vector<NumberedEntry>& ordered) const {
    const auto repeated = first_repeated(ordered);
    if (!repeated) return;
    throw base::input_error(fmt::format("the customer and the item of row {} stood in row {} already",
                                        source_.source_row(repeated->source_row), source_.source_row(repeated->earlier)),
                            source_.name(), "make pairs unique first (job: interactions)");
  }

  comm::Communicator& communicator_;
  const data::BlockSource& source_;
  const InteractionColumns& columns_;
  data::Budget& budget_;
  const ValueRange& range_;
  std::int64_t missing_ = 0;
};

}  // namespace

InteractionsRead read_interactions(comm::Communicator& communicator, const data::BlockSource& source,
                                   const InteractionColumns& columns, data::Budget& budget, const ValueRange& range) {
  return Reading(communicator, source, columns, budget, range).run();
}

}  // namespace fullbase::recommendation
