#include "algorithms/compare/change_records.hpp"

#include <algorithm>
#include <memory>
#include <numeric>
#include <utility>

#include "comm/gather.hpp"
#include "comm/shuffle.hpp"
#include "comm/sort_keys.hpp"
#include "data/row_selection.hpp"

namespace fullbase::compare {
namespace {

// Behind the keys.
constexpr std::size_t change_at = 0;
constexpr std::size_t column_at = 1;
constexpr std::size_t before_at = 2;
constexpr std::size_t after_at = 3;

data::DictionaryPointer dictionary_of(std::vector<std::string> texts) {
  std::ranges::sort(texts);
  data::Strings sorted;
  for (const auto& text : texts) sorted.push_back(text);
  return std::make_shared<const data::Dictionary>(std::move(sorted));
}

void add_text(data::Column& column, const std::string* text) {
  column.strings().push_back(text == nullptr ? std::string() : *text);
  column.mask().resize(static_cast<std::size_t>(column.rows()), 0);
  if (text == nullptr) column.mask().back() = 1;
}

/// The key columns, and the numbers of the compared columns.
std::vector<int> order_of(std::size_t keys) {
  std::vector<int> columns(keys);
  std::iota(columns.begin(), columns.end(), 0);
  columns.push_back(static_cast<int>(keys + column_at));
  return columns;
}

data::Batch sorted(const data::Batch& batch, std::size_t keys) {
  std::vector<std::int64_t> rows(static_cast<std::size_t>(batch.rows.size()));
  std::iota(rows.begin(), rows.end(), std::int64_t{0});
  const auto columns = order_of(keys);
  const auto order = comm::sorted_order(comm::SortKeys(batch, columns), std::move(rows));
  return data::take_rows(batch, std::vector<std::int32_t>(order.begin(), order.end()));
}

}  // namespace

ChangeRecords::ChangeRecords(const std::vector<CommonColumn>& keys) : keys_(keys.size()) {
  for (const auto& key : keys) batch_.columns.emplace_back(key.field, 0, key.dictionary);
  // In the order of Change.
  batch_.columns.emplace_back(data::Field{.name = "change", .type = data::Type::category}, 0,
                              dictionary_of({"added", "changed", "removed"}));
  batch_.columns.emplace_back(data::Field{.name = "_column", .type = data::Type::int64}, 0);
  batch_.columns.emplace_back(data::Field{.name = "before", .type = data::Type::string, .nullable = true}, 0);
  batch_.columns.emplace_back(data::Field{.name = "after", .type = data::Type::string, .nullable = true}, 0);
}

void ChangeRecords::add_key(const MatchedRows& rows, std::int64_t position, Change change, std::int64_t column_number) {
  for (std::size_t k = 0; k < keys_; ++k) batch_.columns[k].append_from(rows.rows.columns[k], position);
  std::get<std::vector<std::int32_t>>(column(change_at).values()).push_back(static_cast<std::int32_t>(change));
  std::get<std::vector<std::int64_t>>(column(column_at).values()).push_back(column_number);
  ++batch_.rows.last;
}

void ChangeRecords::add(const MatchedRows& rows, std::int64_t position, Change change) {
  add_key(rows, position, change, -1);
  add_text(column(before_at), nullptr);
  add_text(column(after_at), nullptr);
}

void ChangeRecords::add(const MatchedRows& rows, const Match& match, std::int64_t column_number, const ValueText& text) {
  add_key(rows, match.after, Change::changed, column_number);
  const auto& values = rows.value(static_cast<std::size_t>(column_number));
  for (const auto& [into, position] : {std::pair(before_at, match.before), std::pair(after_at, match.after)}) {
    if (values.is_missing(position)) {
      add_text(column(into), nullptr);
    } else {
      const auto shown = text(values, position);
      add_text(column(into), &shown);
    }
  }
}

void ChangeRecords::keep_first(std::int64_t keys) {
  batch_ = sorted(batch_, keys_);
  const auto columns = order_of(keys_);
  const auto starts = comm::group_starts(batch_, std::span(columns).first(keys_));
  if (std::ssize(starts) - 1 <= keys) return;
  std::vector<std::int32_t> first(static_cast<std::size_t>(starts[static_cast<std::size_t>(keys)]));
  std::iota(first.begin(), first.end(), 0);
  batch_ = data::take_rows(batch_, first);
}

data::Batch ChangeRecords::at_root(comm::Communicator& communicator, std::int64_t keys) const {
  ChangeRecords whole(*this);
  for (auto& mine : whole.batch_.columns) mine = data::Column(mine.field(), 0, mine.dictionary());
  auto& all = whole.batch_;
  all.rows = {};
  comm::for_each_in_order(communicator, 0, batch_, [&](data::Batch&& piece) {
    for (std::size_t c = 0; c < all.columns.size(); ++c) all.columns[c].append_from(piece.columns[c], 0, piece.rows.size());
    all.rows.last += piece.rows.size();
  });
  whole.keep_first(keys);
  return all;
}

data::Batch ChangeRecords::in_order(comm::Communicator& communicator) {
  return comm::shuffle(communicator, std::move(batch_), {.keys = order_of(keys_)}).batch;
}

data::Column column_names(const data::Batch& records, std::size_t keys, const std::vector<std::string>& names) {
  auto dictionary = dictionary_of(names);
  std::vector<std::int32_t> codes;
  for (const auto number : records.columns[keys + column_at].int64s())
    codes.push_back(number < 0 ? data::missing_code : *dictionary->find(names[static_cast<std::size_t>(number)]));
  return {
      data::Field{.name = "column", .type = data::Type::category, .nullable = true}, std::move(codes), {}, std::move(dictionary)};
}

}  // namespace fullbase::compare
