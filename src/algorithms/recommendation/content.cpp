#include "algorithms/recommendation/content.hpp"

#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

#include "algorithms/prepare/write_rows.hpp"
#include "algorithms/recommendation/content_profile.hpp"
#include "algorithms/recommendation/moving_entries.hpp"
#include "algorithms/recommendation/needed_entries.hpp"
#include "algorithms/recommendation/top_rows.hpp"
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

/// What a thread makes profiles with.
struct Profiling {
  Profile profile;
  TopList best;
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
  data::Reservation making;
  std::vector<Entry> entries;
  comm::collective_try(communicator, "turn vectors", [&] {
    making = budget.require(32 * matrix.of_customers.entries(), "the items of terms");
    entries = turned(matrix.of_customers, items.rows_of(communicator.rank()).first);
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
  top = std::min(top, terms);
  data::Reservation making;
  const auto known = comm::collective_try(communicator, "profiles", [&] {
    making = budget.require(8 * purchases.entries() + 8 * purchases.rows() + 8 * item_keys.rows(), "what customers have");
    return renumbered(purchases, content_keys.rows_of(item_keys.keys({0, item_keys.rows()})));
  });
  const auto needed = fetch_entries(communicator, known, vectors, items, budget);
  Profiles profiles;
  comm::collective_try(communicator, "profiles", [&] {
    const auto threads = std::int64_t{parallel::thread_count()};
    profiles.memory = budget.require(TopRows::bytes(known.rows(), top), "the profiles of customers");
    const auto adding = budget.require(threads * Profile::bytes(terms), "a customer's terms");
    TopRows lists(known.rows(), top);
    std::vector<std::unique_ptr<Profiling>> of_threads(static_cast<std::size_t>(threads));
    parallel::for_each(
        0, known.rows(),
        [&](std::int64_t customer, int thread) {
          auto& mine = of_threads[static_cast<std::size_t>(thread)];
          if (!mine) mine = std::make_unique<Profiling>(Profiling{Profile(terms), TopList(top)});
          for (const auto& [term, weight] : mine->profile.of(known.columns_of(customer), known.values_of(customer), needed)) {
            if (weight > 0) mine->best.offer(static_cast<float>(weight), term);
          }
          for (const auto& [score, id] : mine->best.take()) lists.offer(customer, score, id);
        },
        64);
    profiles.lists = std::move(lists).take();
    for (std::int64_t customer = 0; customer < known.rows(); ++customer) profiles.served += profiles.lists.length(customer) > 0;
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
  prepare::write_rows(
      communicator, rows.entries(),
      [&](std::int64_t first, std::int64_t last) {
        const auto entries = static_cast<std::size_t>(last - first);
        data::Batch batch;
        batch.columns.push_back(row_keys.keys(rows_of_entries(rows.starts, first_row, first, last), schema[0]));
        batch.columns.push_back(
            column_keys.keys(std::span(rows.columns).subspan(static_cast<std::size_t>(first), entries), schema[1]));
        const auto* const values = rows.values.data() + first;
        batch.columns.emplace_back(schema[2], std::vector<float>(values, values + entries));
        return batch;
      },
      sink);
}

}  // namespace fullbase::recommendation
