#include "algorithms/recommendation/hold_out.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>
#include <utility>

#include "algorithms/recommendation/moving_entries.hpp"
#include "base/contract.hpp"
#include "comm/agreement.hpp"
#include "parallel/for_each.hpp"

namespace fullbase::recommendation {
namespace {

/// Customers that a thread takes at a time.
constexpr std::int64_t grain = 256;

/// What is drawn for a customer stands before what is drawn for their entries.
constexpr std::int64_t customer_draw = 0;
constexpr std::int64_t first_entry_draw = 1;

/// Calls choose(row, length, folds) for each customer of more than one entry; `folds` are those of the entries, -1 so far.
template <class Choose>
std::vector<std::int32_t> choose_rows(const SparseRows& customers, Choose&& choose) {
  std::vector<std::int32_t> folds(static_cast<std::size_t>(customers.entries()), -1);
  parallel::for_each(
      0, customers.rows(),
      [&](std::int64_t row, int) {
        const auto length = customers.length(row);
        if (length < 2) return;
        choose(row, std::span(folds).subspan(static_cast<std::size_t>(customers.starts[static_cast<std::size_t>(row)]),
                                             static_cast<std::size_t>(length)));
      },
      grain);
  return folds;
}

/// The positions 0 to length - 1 in the order of random words.
std::vector<std::int32_t> shuffled(const random::Generator& generator, std::int64_t row, std::size_t length) {
  std::vector<std::pair<std::uint64_t, std::int32_t>> drawn(length);
  for (std::size_t i = 0; i < length; ++i) {
    const auto entry = static_cast<std::int64_t>(i);
    drawn[i] = {generator.word(row, first_entry_draw + entry), static_cast<std::int32_t>(i)};
  }
  std::ranges::sort(drawn);
  std::vector<std::int32_t> order(length);
  std::ranges::transform(drawn, order.begin(), [](const auto& one) { return one.second; });
  return order;
}

std::int64_t bytes_of(const SparseRows& rows, std::int64_t entries) {
  return 8 * (entries + rows.rows());
}

void reserve(SparseRows& rows, std::int64_t count, std::int64_t entries) {
  rows.starts.reserve(static_cast<std::size_t>(count) + 1);
  rows.columns.reserve(static_cast<std::size_t>(entries));
  rows.values.reserve(static_cast<std::size_t>(entries));
}

/// The rows without the entries, `held_entries` in all, of which is_held(row, position among its entries) is true, asked in
/// order. Those go to `held`, if there is one.
template <class IsHeld>
SparseRows without(const SparseRows& rows, std::int64_t held_entries, SparseRows* held, IsHeld&& is_held) {
  SparseRows kept;
  reserve(kept, rows.rows(), rows.entries() - held_entries);
  if (held != nullptr) reserve(*held, rows.rows(), held_entries);
  const auto add = [](SparseRows& to, std::int32_t column, float value) {
    to.columns.push_back(column);
    to.values.push_back(value);
  };
  for (std::int64_t row = 0; row < rows.rows(); ++row) {
    const auto columns = rows.columns_of(row);
    const auto values = rows.values_of(row);
    for (std::size_t i = 0; i < columns.size(); ++i) {
      if (!is_held(row, i)) {
        add(kept, columns[i], values[i]);
      } else if (held != nullptr) {
        add(*held, columns[i], values[i]);
      }
    }
    kept.starts.push_back(std::ssize(kept.columns));
    if (held != nullptr) held->starts.push_back(std::ssize(held->columns));
  }
  return kept;
}

}  // namespace

std::vector<std::int32_t> hold_out_last(const SparseRows& customers, std::span<const std::int64_t> times, std::int64_t count) {
  FULLBASE_EXPECTS(std::ssize(times) == customers.entries() && count > 0, "every entry has a time, and one or more are held out");
  return choose_rows(customers, [&](std::int64_t row, std::span<std::int32_t> folds) {
    if (std::ssize(folds) <= count) return;
    const auto first = static_cast<std::size_t>(customers.starts[static_cast<std::size_t>(row)]);
    std::vector<std::pair<std::int64_t, std::int32_t>> order(folds.size());
    for (std::size_t i = 0; i < order.size(); ++i) order[i] = {times[first + i], static_cast<std::int32_t>(i)};
    std::ranges::nth_element(order, order.begin() + count - 1, std::greater<>());
    for (std::int64_t i = 0; i < count; ++i) folds[static_cast<std::size_t>(order[static_cast<std::size_t>(i)].second)] = 0;
  });
}

std::vector<std::int32_t> hold_out_share(const SparseRows& customers, std::int64_t first_row, const random::Generator& generator,
                                         double share) {
  FULLBASE_EXPECTS(share > 0 && share < 1, "a part of the entries is held out");
  return choose_rows(customers, [&](std::int64_t row, std::span<std::int32_t> folds) {
    const double due = share * static_cast<double>(folds.size()) + generator.uniform(first_row + row, customer_draw);
    const auto count = std::min(static_cast<std::size_t>(std::floor(due)), folds.size() - 1);
    const auto order = shuffled(generator, first_row + row, folds.size());
    for (std::size_t i = 0; i < count; ++i) folds[static_cast<std::size_t>(order[i])] = 0;
  });
}

std::vector<std::int32_t> hold_out_folds(const SparseRows& customers, std::int64_t first_row, const random::Generator& generator,
                                         std::int32_t folds) {
  FULLBASE_EXPECTS(folds > 1, "one fold alone would leave nothing to learn from");
  return choose_rows(customers, [&](std::int64_t row, std::span<std::int32_t> of_entries) {
    const auto all = static_cast<std::uint64_t>(folds);
    const auto begin = generator.below(all, first_row + row, customer_draw);
    const auto order = shuffled(generator, first_row + row, of_entries.size());
    for (std::size_t i = 0; i < order.size(); ++i)
      of_entries[static_cast<std::size_t>(order[i])] = static_cast<std::int32_t>((begin + i) % all);
  });
}

HeldOut hold_out(comm::Communicator& communicator, const Interactions& matrix, std::span<const std::int32_t> folds,
                 std::int32_t fold, data::Budget& budget) {
  const auto& customers = matrix.of_customers;
  const auto& items = matrix.of_items;
  FULLBASE_EXPECTS(std::ssize(folds) == customers.entries(), "every entry has a fold");
  HeldOut result;
  data::Reservation making;
  std::vector<Entry> turned;
  comm::collective_try(communicator, "hold entries out", [&] {
    const auto held = static_cast<std::int64_t>(std::ranges::count(folds, fold));
    result.memory =
        budget.require(bytes_of(customers, customers.entries()) + 8 * customers.rows() + bytes_of(items, items.entries()),
                       "a matrix that a part is held out of");
    making = budget.require(12 * held, "the entries that are held out");
    result.training.customers = matrix.customers;
    result.training.items = matrix.items;
    const auto is_held = [&](std::int64_t row, std::size_t i) {
      return folds[static_cast<std::size_t>(customers.starts[static_cast<std::size_t>(row)]) + i] == fold;
    };
    result.training.of_customers = without(customers, held, &result.held_out, is_held);
    const auto first = static_cast<std::int32_t>(matrix.customers.rows_of(communicator.rank()).first);
    turned.reserve(static_cast<std::size_t>(held));
    for (std::int64_t row = 0; row < customers.rows(); ++row) {
      for (const auto item : result.held_out.columns_of(row)) turned.push_back({item, first + static_cast<std::int32_t>(row), 0});
    }
  });
  result.pairs = communicator.sum_value(std::ssize(turned));
  const auto arrived = send_to_owners(communicator, std::move(turned), matrix.items);
  comm::collective_try(communicator, "hold entries out", [&] {
    std::vector<std::int64_t> starts;
    making = {};
    making = budget.require(24 * std::ssize(arrived), "the entries that are held out");
    const auto held = in_order(arrived, matrix.items.rows_of(communicator.rank()), starts);
    // Both are in the order of customers: what is held out of a row is met one after the other.
    auto next = starts;
    result.training.of_items = without(items, std::ssize(held), nullptr, [&](std::int64_t row, std::size_t i) {
      auto& at = next[static_cast<std::size_t>(row)];
      if (at == starts[static_cast<std::size_t>(row) + 1] ||
          held[static_cast<std::size_t>(at)].column != items.columns_of(row)[i])
        return false;
      ++at;
      return true;
    });
  });
  return result;
}

}  // namespace fullbase::recommendation
