#include "algorithms/tables/join.hpp"

#include <algorithm>
#include <utility>

#include "algorithms/tables/mark.hpp"
#include "comm/agreement.hpp"
#include "comm/own_rows.hpp"
#include "parallel/for_each.hpp"
#include "parallel/scan.hpp"

namespace fullbase::tables {

JoinedSource::JoinedSource(comm::Communicator& communicator, const data::BlockSource& first, std::vector<JoinInput> inputs,
                           data::Budget& budget, data::Spill& spill)
    : first_(first), schema_(first.schema()) {
  bool all_stay = true;
  for (auto& input : inputs) {
    for (std::size_t c = 0; c < input.table.columns.size(); ++c) {
      schema_.fields.push_back(input.table.columns[c].field);
      added_.push_back({lookups_.size(), c});
    }
    all_stay = all_stay && input.match == Match::left;
    matches_.push_back(input.match);
    lookups_.push_back(std::make_unique<Lookup>(communicator, first, std::move(input.on), std::move(input.table), budget, spill));
  }
  if (all_stay) return;
  schema_.fields.push_back(mark_field(schema_));
  condition_ = is_marked(schema_);
}

data::DictionaryPointer JoinedSource::dictionary(int column) const {
  if (is_mark(column)) return nullptr;
  if (column < first_.schema().columns()) return first_.dictionary(column);
  return lookups_[place(column).input]->dictionary(place(column).column);
}

Lookup::Found JoinedSource::find(std::size_t input, const data::Batch& batch, std::span<const int> present,
                                 std::span<const std::size_t> columns) const {
  std::vector<const data::Column*> keys;
  for (const int key : lookups_[input]->needs())
    keys.push_back(&batch.columns[static_cast<std::size_t>(std::ranges::find(present, key) - present.begin())]);
  return lookups_[input]->find(keys, batch.rows, columns);
}

data::Batch JoinedSource::read(base::RowRange rows, std::span<const int> columns) const {
  const int own = first_.schema().columns();
  const bool marked = std::ranges::any_of(columns, [&](int column) { return is_mark(column); });
  std::vector<std::vector<std::size_t>> wanted(lookups_.size());
  std::vector<int> present;
  const auto want = [&](int column) {
    if (std::ranges::find(present, column) == present.end()) present.push_back(column);
  };
  for (const int column : columns) {
    if (column < own) {
      want(column);
    } else if (!is_mark(column)) {
      wanted[place(column).input].push_back(place(column).column);
    }
  }
  const auto asked = [&](std::size_t i) { return !wanted[i].empty() || (marked && matches_[i] != Match::left); };
  for (std::size_t i = 0; i < lookups_.size(); ++i) {
    if (!asked(i)) continue;
    for (const int key : lookups_[i]->needs()) want(key);
  }
  data::Batch batch = first_.read(rows, present);
  std::vector<Lookup::Found> found(lookups_.size());
  std::vector<std::uint8_t> stays(marked ? static_cast<std::size_t>(rows.size()) : 0, 1);
  for (std::size_t i = 0; i < lookups_.size(); ++i) {
    if (!asked(i)) continue;
    found[i] = find(i, batch, present, wanted[i]);
    if (!marked || matches_[i] == Match::left) continue;
    const std::uint8_t staying = matches_[i] == Match::inner ? 1 : 0;
    for (std::size_t row = 0; row < stays.size(); ++row) {
      if (found[i].matched[row] != staying) stays[row] = 0;
    }
  }

  data::Batch result{.rows = rows, .columns = {}};
  result.columns.reserve(columns.size());
  std::vector<std::size_t> taken(lookups_.size(), 0);
  for (std::size_t c = 0; c < columns.size(); ++c) {
    const int column = columns[c];
    if (is_mark(column)) {
      result.columns.emplace_back(schema_[column], stays);
    } else if (column < own) {
      auto& from = batch.columns[static_cast<std::size_t>(std::ranges::find(present, column) - present.begin())];
      const bool again = std::ranges::find(columns.subspan(c + 1), column) != columns.end();
      result.columns.push_back(again ? from : std::move(from));
    } else {
      const auto input = place(column).input;
      result.columns.push_back(std::move(found[input].columns[taken[input]++]));
    }
  }
  return result;
}

std::vector<std::int64_t> JoinedSource::left_out(comm::Communicator& communicator) const {
  const auto local = comm::own_rows(communicator, rows());
  std::vector<int> needed;
  for (std::size_t i = 0; i < lookups_.size(); ++i) {
    for (const int key : matches_[i] == Match::left ? std::span<const int>() : lookups_[i]->needs()) {
      if (std::ranges::find(needed, key) == needed.end()) needed.push_back(key);
    }
  }
  std::vector<std::int64_t> counts(lookups_.size(), 0);
  comm::collective_try(communicator, "count rows", [&] {
    std::vector<std::vector<std::int64_t>> by_thread(static_cast<std::size_t>(parallel::thread_count()), counts);
    parallel::scan(first_, local, needed, [&](data::Batch&& batch, int thread) {
      std::vector<std::uint8_t> stays(static_cast<std::size_t>(batch.rows.size()), 1);
      for (std::size_t i = 0; i < lookups_.size(); ++i) {
        if (matches_[i] == Match::left) continue;
        const auto found = find(i, batch, needed, {});
        const std::uint8_t staying = matches_[i] == Match::inner ? 1 : 0;
        auto& count = by_thread[static_cast<std::size_t>(thread)][i];
        for (std::size_t row = 0; row < stays.size(); ++row) {
          if (stays[row] == 0 || found.matched[row] == staying) continue;
          stays[row] = 0;
          ++count;
        }
      }
    });
    for (const auto& mine : by_thread) {
      for (std::size_t i = 0; i < counts.size(); ++i) counts[i] += mine[i];
    }
  });
  communicator.sum(std::span(counts));
  return counts;
}

std::vector<std::int64_t> JoinedSource::parts(comm::Communicator& communicator) const {
  std::vector<std::int64_t> parts;
  for (const auto& lookup : lookups_) parts.push_back(lookup->parts());
  communicator.max(std::span(parts));
  return parts;
}

}  // namespace fullbase::tables
