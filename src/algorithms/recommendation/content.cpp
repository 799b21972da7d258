#include "algorithms/recommendation/content.hpp"

#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

#include "algorithms/prepare/write_rows.hpp"
#include "algorithms/recommendation/moving_entries.hpp"
#include "algorithms/recommendation/needed_entries.hpp"
#include "base/math.hpp"
#include "comm/agreement.hpp"
#include "data/memory_table.hpp"
#include "parallel/for_each.hpp"

namespace fullbase::recommendation {
namespace {

/// Columns as rows of the other keys; entries of columns that those do not know are gone. Both are in the order of keys, so that
/// columns still ascend.
SparseRows renumbered(const SparseRows& rows, std::span<const std::int32_t> numbers) {
  SparseRows result;
  result.starts.reserve(rows.starts.size());
  for (std::int64_t row = 0; row < rows.rows(); ++row) {
    const auto columns = rows.columns_of(row);
    const auto values = rows.values_of(row);
    for (std::size_t i = 0; i < columns.size(); ++i) {
      const auto number = numbers[static_cast<std::size_t>(columns[i])];
      if (number < 0) continue;
      result.columns.push_back(number);
      result.values.push_back(values[i]);
    }
    result.starts.push_back(std::ssize(result.columns));
  }
  return result;
}

/// What a thread adds up: a weight a term.
class TermSums {
 public:
  TermSums(std::int64_t terms, std::int64_t top)
      : sums_(static_cast<std::size_t>(terms), 0), is_met_(static_cast<std::size_t>(terms), 0), best_(top) {}

  void add(double value, std::span<const std::int32_t> terms, std::span<const float> weights) {
    for (std::size_t i = 0; i < terms.size(); ++i) {
      const auto term = static_cast<std::size_t>(terms[i]);
      sums_[term] += value * static_cast<double>(weights[i]);
      if (std::exchange(is_met_[term], std::uint8_t{1}) == 0) met_.push_back(terms[i]);
    }
  }

  /// The best terms by weight in a vector of length 1; everything is 0 afterwards.
  std::span<const TopList::Entry> take() {
    std::ranges::sort(met_);
    double squares = 0;
    for (const auto term : met_) squares += sums_[static_cast<std::size_t>(term)] * sums_[static_cast<std::size_t>(term)];
    const double length = base::sqrt(squares);
    for (const auto term : met_) {
      const double sum = std::exchange(sums_[static_cast<std::size_t>(term)], 0);
      is_met_[static_cast<std::size_t>(term)] = 0;
      if (sum > 0) best_.offer(static_cast<float>(sum / length), term);
    }
    met_.clear();
    return best_.take();
  }

 private:
  std::vector<double> sums_;
  std::vector<std::uint8_t> is_met_;
  std::vector<std::int32_t> met_;
  TopList best_;
};

}  // namespace

SideKeys term_keys(comm::Communicator& communicator, const texts::Vocabulary& vocabulary, data::Budget& budget) {
  const data::MemoryTable table("terms", {.fields = {{.name = "term", .type = data::Type::category}}, .key = {}},
                                {vocabulary.terms});
  auto slots = prepare::KeySlots::build(communicator, table, 0, {0, 0}, budget);
  return comm::collective_try(communicator, "number terms", [&] {
    const std::vector<std::int32_t> documents(vocabulary.documents.begin(), vocabulary.documents.end());
    return SideKeys(std::move(slots), table.schema()[0], documents, budget);
  });
}

ContentMatrix content_matrix(comm::Communicator& communicator, SparseRows vectors, const RowShares& items, std::int64_t terms,
                             data::Budget& budget) {
  ContentMatrix result;
  auto& matrix = result.matrix;
  matrix.customers = items;
  matrix.items = {terms, communicator.size()};
  matrix.of_customers = std::move(vectors);
  const auto first = items.rows_of(communicator.rank()).first;
  data::Reservation making;
  std::vector<Entry> entries;
  comm::collective_try(communicator, "turn vectors", [&] {
    const auto& rows = matrix.of_customers;
    making = budget.require(32 * rows.entries(), "the items of terms");
    entries.reserve(static_cast<std::size_t>(rows.entries()));
    for (std::int64_t row = 0; row < rows.rows(); ++row) {
      for (auto i = rows.starts[static_cast<std::size_t>(row)]; i < rows.starts[static_cast<std::size_t>(row) + 1]; ++i)
        entries.push_back({rows.columns[static_cast<std::size_t>(i)], static_cast<std::int32_t>(first + row),
                           rows.values[static_cast<std::size_t>(i)]});
    }
  });
  entries = send_to_owners(communicator, std::move(entries), matrix.items);
  comm::collective_try(communicator, "turn vectors", [&] {
    making = {};
    making = budget.require(24 * std::ssize(entries), "the items of terms");
    const auto own = matrix.items.rows_of(communicator.rank());
    result.memory = budget.require(8 * std::ssize(entries) + 8 * own.size(), "the items of terms");
    std::vector<std::int64_t> starts;
    const auto ordered = in_order(entries, own, starts);
    matrix.of_items = rows_of(ordered, std::move(starts));
  });
  return result;
}

Profiles customer_profiles(comm::Communicator& communicator, const SparseRows& purchases, const SideKeys& item_keys,
                           const SparseRows& vectors, const RowShares& items, const SideKeys& content_keys, std::int64_t terms,
                           std::int64_t top, data::Budget& budget) {
  data::Reservation making;
  const auto known = comm::collective_try(communicator, "profiles", [&] {
    making = budget.require(8 * purchases.entries() + 8 * purchases.rows() + 8 * item_keys.rows(), "what customers have");
    return renumbered(purchases, content_keys.rows_of(item_keys.keys({0, item_keys.rows()})));
  });
  const auto needed = fetch_entries(communicator, known, vectors, items, budget);
  Profiles profiles;
  comm::collective_try(communicator, "profiles", [&] {
    auto& lists = profiles.lists;
    profiles.memory = budget.require(8 * known.rows() * (top + 1), "the profiles of customers");
    std::vector<std::unique_ptr<TermSums>> sums(static_cast<std::size_t>(parallel::thread_count()));
    const auto adding = budget.require(9 * terms * std::ssize(sums), "a customer's terms");
    lists.ids.resize(static_cast<std::size_t>(known.rows() * top));
    lists.scores.resize(lists.ids.size());
    std::vector<std::int64_t> lengths(static_cast<std::size_t>(known.rows()), 0);
    parallel::for_each(
        0, known.rows(),
        [&](std::int64_t customer, int thread) {
          auto& of_thread = sums[static_cast<std::size_t>(thread)];
          if (!of_thread) of_thread = std::make_unique<TermSums>(terms, top);
          const auto bought = known.columns_of(customer);
          const auto values = known.values_of(customer);
          for (std::size_t i = 0; i < bought.size(); ++i) {
            const auto place = needed.place_of_row[static_cast<std::size_t>(bought[i])];
            of_thread->add(static_cast<double>(values[i]), needed.rows.columns_of(place), needed.rows.values_of(place));
          }
          const auto best = of_thread->take();
          lengths[static_cast<std::size_t>(customer)] = std::ssize(best);
          auto at = static_cast<std::size_t>(customer * top);
          for (const auto& [score, id] : best) {
            lists.ids[at] = id;
            lists.scores[at++] = score;
          }
        },
        64);
    // Lists move together; none moves onto one that is still to move.
    for (std::int64_t customer = 0; customer < known.rows(); ++customer) {
      const auto length = lengths[static_cast<std::size_t>(customer)];
      std::copy_n(lists.ids.begin() + customer * top, length, lists.ids.begin() + lists.starts.back());
      std::copy_n(lists.scores.begin() + customer * top, length, lists.scores.begin() + lists.starts.back());
      lists.starts.push_back(lists.starts.back() + length);
      profiles.served += length > 0;
    }
    lists.ids.resize(static_cast<std::size_t>(lists.entries()));
    lists.scores.resize(lists.ids.size());
  });
  profiles.served = communicator.sum_value(profiles.served);
  return profiles;
}

data::Schema entries_schema(const data::Field& row, const data::Field& column, const std::string& value) {
  return {.fields = {row, column, {.name = value, .type = data::Type::float32}}, .key = {}};
}

void write_entries(comm::Communicator& communicator, const SparseRows& rows, const RowShares& shares, const SideKeys& row_keys,
                   const SideKeys& column_keys, const data::Schema& schema, data::BlockSink& sink) {
  const auto first_row = shares.rows_of(communicator.rank()).first;
  const auto keys_as = [](const data::Field& field, const SideKeys& keys, std::span<const std::int32_t> of) {
    auto column = keys.keys(of);
    return data::Column(field, std::move(column.values()));
  };
  prepare::write_rows(
      communicator, rows.entries(),
      [&](std::int64_t first, std::int64_t last) {
        std::vector<std::int32_t> owners;
        owners.reserve(static_cast<std::size_t>(last - first));
        auto row = std::upper_bound(rows.starts.begin(), rows.starts.end(), first) - rows.starts.begin() - 1;
        for (auto entry = first; entry < last; ++entry) {
          while (rows.starts[static_cast<std::size_t>(row) + 1] <= entry) ++row;
          owners.push_back(static_cast<std::int32_t>(first_row + row));
        }
        const auto entries = static_cast<std::size_t>(last - first);
        data::Batch batch;
        batch.columns.push_back(keys_as(schema[0], row_keys, owners));
        batch.columns.push_back(
            keys_as(schema[1], column_keys, std::span(rows.columns).subspan(static_cast<std::size_t>(first), entries)));
        const auto* const values = rows.values.data() + first;
        batch.columns.emplace_back(schema[2], std::vector<float>(values, values + entries));
        return batch;
      },
      sink);
}

}  // namespace fullbase::recommendation
