#include "algorithms/compare/match.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <numeric>
#include <utility>

#include "algorithms/prepare/key_shares.hpp"
#include "algorithms/prepare/repeated_keys.hpp"
#include "base/block.hpp"
#include "base/error.hpp"
#include "comm/agreement.hpp"
#include "comm/own_rows.hpp"
#include "comm/shuffle.hpp"
#include "data/row_selection.hpp"
#include "data/type_kinds.hpp"
#include "parallel/scan.hpp"

namespace fullbase::compare {
namespace {

/// Of a row's key words, order and number while rows are shuffled.
constexpr std::int64_t bytes_a_row = 128;
/// A value lies where it was read and where it is received; a text in arrays that double besides.
constexpr std::int64_t copies_of_a_value = 2;
constexpr std::int64_t copies_of_a_text = 4;
constexpr const char* repeated_advice = "rows are matched by a key that each has for itself";
constexpr std::array<Side, 2> sides = {Side::before, Side::after};

const data::BlockSource& table(const MatchRequest& request, Side side) {
  return side == Side::before ? request.earlier : request.later;
}

base::RowRange rows_here(const comm::Communicator& communicator, const data::BlockSource& source) {
  return comm::own_rows(communicator, source.rows());
}

std::vector<int> positions(const MatchRequest& request, Side side) {
  std::vector<int> columns;
  for (const auto& key : request.keys) columns.push_back(key.position(side));
  for (const auto& value : request.values) columns.push_back(value.position(side));
  return columns;
}

/// Bytes that a row of this rank takes in a pass; texts by those of the first piece.
std::int64_t row_bytes(const MatchRequest& request, Side side, base::RowRange rows) {
  if (rows.empty()) return bytes_a_row;
  const auto batch =
      table(request, side)
          .read({rows.first, std::min(rows.last, rows.first + parallel::scan_group_rows)}, positions(request, side));
  std::int64_t bytes = bytes_a_row;
  for (const auto& column : batch.columns) {
    bytes += copies_of_a_value * (data::value_bytes(column.field().type) + 1);
    if (column.field().type == data::Type::string)
      bytes += copies_of_a_text * (8 + std::ssize(column.strings().bytes()) / batch.rows.size());
  }
  return bytes;
}

bool has_key(std::span<const data::Column> keys, std::int64_t row) {
  return std::ranges::none_of(keys, [&](const auto& key) { return key.is_missing(row); });
}

/// Appends one side's rows of a share to `rows`; returns how many have no key.
std::int64_t take_side(const MatchRequest& request, Side side, base::RowRange range, const prepare::KeyShares& shares,
                       std::int64_t share, data::Batch& rows) {
  std::int64_t without_key = 0;
  std::vector<std::int32_t> chosen;
  std::vector<std::int64_t> numbers;
  const auto columns = positions(request, side);
  for (std::int64_t first = range.first; first < range.last; first += parallel::scan_group_rows) {
    auto batch = table(request, side).read({first, std::min(range.last, first + parallel::scan_group_rows)}, columns);
    for (std::size_t k = 0; k < request.keys.size(); ++k)
      batch.columns[k] = in_common_form(request.keys[k], std::move(batch.columns[k]), side);
    const auto keys = std::span(batch.columns).first(request.keys.size());
    chosen.clear();
    numbers.clear();
    for (std::int64_t row = 0; row < batch.rows.size(); ++row) {
      if (!has_key(keys, row)) {
        ++without_key;
        continue;
      }
      if (!shares.holds(share, keys, row)) continue;
      chosen.push_back(static_cast<std::int32_t>(row));
      numbers.push_back(first + row);
    }
    auto& all = rows.columns;
    const auto append = [&](std::size_t into, const data::Column& from) { all[into].append_from(from, 0, from.rows()); };
    const auto side_column =
        data::Column(all[keys.size()].field(), std::vector<std::uint8_t>(chosen.size(), static_cast<std::uint8_t>(side)));
    for (std::size_t k = 0; k < keys.size(); ++k) append(k, data::take_rows(batch.columns[k], chosen));
    append(keys.size(), side_column);
    append(keys.size() + 1, data::Column(all[keys.size() + 1].field(), numbers));
    for (std::size_t v = 0; v < request.values.size(); ++v) {
      auto taken = data::take_rows(batch.columns[keys.size() + v], chosen);
      append(keys.size() + 2 + v, in_common_form(request.values[v], std::move(taken), side));
    }
  }
  return without_key;
}

data::Batch no_rows(const MatchRequest& request) {
  data::Batch rows;
  for (const auto& key : request.keys) rows.columns.emplace_back(key.field, 0, key.dictionary);
  rows.columns.emplace_back(data::Field{.name = "_side", .type = data::Type::boolean}, 0);
  rows.columns.emplace_back(data::Field{.name = "_row", .type = data::Type::int64}, 0);
  for (const auto& value : request.values) rows.columns.emplace_back(value.field, 0, value.dictionary);
  return rows;
}

void find_matches(MatchedRows& rows, std::array<prepare::RepeatedKeys, 2>& repeats, MatchCounts& counts) {
  std::vector<int> keys(rows.keys);
  std::iota(keys.begin(), keys.end(), 0);
  const auto starts = comm::group_starts(rows.rows, keys);
  const auto side = rows.rows.columns[rows.keys].bools();
  const auto numbers = rows.rows.columns[rows.keys + 1].int64s();
  for (std::size_t g = 0; g + 1 < starts.size(); ++g) {
    const auto later = std::find(side.begin() + starts[g], side.begin() + starts[g + 1], 1) - side.begin();
    repeats[0].add_group(numbers, starts[g], later);
    repeats[1].add_group(numbers, later, starts[g + 1]);
    const Match match{later > starts[g] ? starts[g] : -1, starts[g + 1] > later ? later : -1};
    ++(match.before < 0 ? counts.after_only : match.after < 0 ? counts.before_only : counts.matched);
    rows.matches.push_back(match);
  }
}

}  // namespace

std::vector<CommonColumn> key_columns(const data::BlockSource& earlier, const data::BlockSource& later,
                                      std::span<const std::string> names) {
  std::vector<CommonColumn> keys;
  for (const auto& name : names) {
    const auto before = earlier.schema().find(name);
    const auto after = later.schema().find(name);
    if (!before || !after) {
      const auto& source = before ? later : earlier;
      throw base::input_error("there is no column '" + name + "'", source.name(), "give a key that both tables have")
          .known_to_all();
    }
    const auto type = data::type_text(earlier.schema()[*before]);
    auto common = common_column(earlier, *before, later, *after);
    if (!common) {
      throw base::input_error(
          fmt::format("'{}' is {} here and {} in {}", name, data::type_text(later.schema()[*after]), type, earlier.name()),
          later.name(), "a key has one type")
          .known_to_all();
    }
    if (is_float(common->field.type))
      throw base::input_error(fmt::format("'{}' is {}, which is no key", name, type), later.name(),
                              "give a column of integers, texts or times")
          .known_to_all();
    keys.push_back(std::move(*common));
  }
  return keys;
}

bool is_repeated_key(const base::Error& error) {
  return error.advice() == repeated_advice;
}

MatchCounts match_rows(comm::Communicator& communicator, const MatchRequest& request, data::Budget& budget,
                       const std::function<void(const MatchedRows&)>& consume) {
  const comm::StageScope scope(communicator.statistics(), "match rows");
  const auto bytes = comm::collective_try(communicator, "read rows", [&] {
    std::int64_t sum = 0;
    for (const auto side : sides) {
      const auto range = rows_here(communicator, table(request, side));
      sum += range.size() * row_bytes(request, side, range);
    }
    return sum;
  });
  const auto shares = prepare::KeyShares::cut(communicator, bytes, budget);

  comm::ShuffleOptions order{.keys = {}, .whole_groups = static_cast<int>(request.keys.size())};
  order.keys.resize(request.keys.size() + 1);
  std::iota(order.keys.begin(), order.keys.end(), 0);
  std::array<prepare::RepeatedKeys, 2> repeats;
  MatchCounts counts;
  for (std::int64_t share = 0; share < shares.count(); ++share) {
    std::array<std::int64_t, 2> without_key{};
    auto rows = comm::collective_try(communicator, "read rows", [&] {
      auto taken = no_rows(request);
      for (std::size_t s = 0; s < 2; ++s) {
        const auto range = rows_here(communicator, table(request, sides[s]));
        without_key[s] = take_side(request, sides[s], range, shares, share, taken);
      }
      taken.rows = {0, taken.columns.front().rows()};
      return taken;
    });
    counts.before_without_key = without_key[0];
    counts.after_without_key = without_key[1];
    MatchedRows matched{comm::shuffle(communicator, std::move(rows), order).batch, {}, request.keys.size()};
    find_matches(matched, repeats, counts);
    comm::collective_try(communicator, "compare rows", [&] { consume(matched); });
  }
  for (std::size_t s = 0; s < 2; ++s) {
    std::vector<int> keys;
    for (const auto& key : request.keys) keys.push_back(key.position(sides[s]));
    repeats[s].refuse(communicator, table(request, sides[s]), keys, repeated_advice);
  }
  std::array<std::int64_t, 5> sums = {counts.matched, counts.before_only, counts.after_only, counts.before_without_key,
                                      counts.after_without_key};
  communicator.sum(std::span<std::int64_t>(sums));
  return {sums[0], sums[1], sums[2], sums[3], sums[4]};
}

}  // namespace fullbase::compare
