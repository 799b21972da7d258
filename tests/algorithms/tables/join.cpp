// A join gives what a search of the whole table for every row gives, whatever the types, ranks, threads and memory.
#include "algorithms/tables/join.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <mutex>

#include "algorithms/prepare/select.hpp"
#include "algorithms/tables/random_columns.hpp"
#include "base/error.hpp"
#include "comm/launch.hpp"
#include "memory_spill.hpp"
#include "parallel/for_each.hpp"

namespace fullbase::tables {
namespace {

using namespace fullbase::testing;
using ::testing::HasSubstr;

constexpr std::int64_t plenty = std::int64_t{1} << 30;

struct KeyTypes {
  std::vector<Kind> first;
  std::vector<Kind> other;
};

/// Rows with keys below `range`, some missing, and a number and a text of their own.
data::MemoryTable first_table(const std::vector<Kind>& kinds, std::int64_t rows, std::int64_t range) {
  Sequence sequence(static_cast<std::uint64_t>(rows));
  std::vector<data::Column> columns;
  for (const Kind kind : kinds) {
    Optional<std::int64_t> keys;
    for (std::int64_t i = 0; i < rows; ++i) {
      const auto key = sequence.below(range);
      keys.push_back(sequence.below(20) == 0 ? std::nullopt : std::optional(key));
    }
    columns.push_back(column_of(kind, fmt::format("key {}", columns.size()), keys));
  }
  Optional<std::int64_t> numbers;
  for (std::int64_t i = 0; i < rows; ++i) numbers.push_back(i);
  columns.push_back(column_of(Kind::close, "number", numbers));
  return make_table("lines", std::move(columns));
}

/// Rows of different keys in no order, of which a fifth is not there, some keys missing, and values of every type.
data::MemoryTable other_table(const std::vector<Kind>& kinds, std::int64_t rows) {
  Sequence sequence(static_cast<std::uint64_t>(rows) + 7);
  std::vector<Optional<std::int64_t>> keys(kinds.size());
  for (std::int64_t i = 0; i < rows; ++i) {
    // Of two keys the first repeats.
    const auto number = (i * 7 + 3) % rows;
    for (std::size_t k = 0; k < kinds.size(); ++k)
      keys[k].push_back(number % 5 == 4 ? std::nullopt : std::optional(k == 0 && kinds.size() > 1 ? number % 10 : number));
  }
  std::vector<data::Column> columns;
  for (std::size_t k = 0; k < kinds.size(); ++k) columns.push_back(column_of(kinds[k], fmt::format("id {}", k), keys[k]));
  for (const Kind kind :
       {Kind::far, Kind::category, Kind::string, Kind::date, Kind::timestamp, Kind::decimal, Kind::boolean, Kind::float64}) {
    Optional<std::int64_t> values;
    for (std::int64_t i = 0; i < rows; ++i)
      values.push_back(sequence.below(9) == 0 ? std::nullopt : std::optional(sequence.below(500)));
    columns.push_back(column_of(kind, fmt::format("value {}", columns.size()), values));
  }
  return make_table("clients", std::move(columns));
}

std::int32_t longest(const data::Column& column) {
  std::size_t longest = 0;
  for (std::int64_t i = 0; column.field().type == data::Type::string && i < column.rows(); ++i)
    longest = std::max(longest, column.text(i).size());
  return static_cast<std::int32_t>(longest);
}

/// `other` joined to a table by as many first columns as `keys` says; with `fill`, values for what has no match.
JoinInput input_of(const data::MemoryTable& other, int keys, Match match, bool fill = false) {
  JoinInput input{.table = {.source = &other, .keys = {}, .key_widths = {}, .columns = {}}, .on = {}, .match = match};
  for (int k = 0; k < keys; ++k) {
    input.on.push_back(k);
    input.table.keys.push_back(k);
    input.table.key_widths.push_back(longest(other.whole()[static_cast<std::size_t>(k)]));
  }
  for (int column = keys; match != Match::anti && column < other.schema().columns(); ++column) {
    const auto& values = other.whole()[static_cast<std::size_t>(column)];
    AddedColumn added{.column = column, .field = values.field(), .fill = {}, .width = std::max(12, longest(values))};
    added.field.nullable = true;
    if (fill) {
      const Kind kinds[] = {Kind::far,       Kind::category, Kind::string,  Kind::date,
                            Kind::timestamp, Kind::decimal,  Kind::boolean, Kind::float64};
      auto one = column_of(kinds[column - keys], "fill", {std::int64_t{1} + 9998});
      added.fill = data::Column(added.field, one.values(), {}, one.dictionary());
    }
    input.table.columns.push_back(std::move(added));
  }
  return input;
}

/// Every row of the join as text, by a look at every row of the other table's keys.
std::vector<std::string> expected(const data::MemoryTable& first, const data::MemoryTable& other, int keys, Match match,
                                  bool fill) {
  std::vector<int> on;
  std::vector<int> added;
  for (int k = 0; k < keys; ++k) on.push_back(k);
  for (int column = keys; match != Match::anti && column < other.schema().columns(); ++column) added.push_back(column);
  std::map<std::string, std::int64_t> rows;
  for (std::int64_t row = 0; row < other.rows(); ++row) {
    if (has_all(other.whole(), on, row)) rows.emplace(cells(other.whole(), on, row), row);
  }
  std::string unmatched;
  for (const auto& column : input_of(other, keys, match, fill).table.columns)
    unmatched += (column.fill ? cell(*column.fill, 0) : "-") + "|";
  std::vector<std::string> result;
  for (std::int64_t row = 0; row < first.rows(); ++row) {
    const auto found = has_all(first.whole(), on, row) ? rows.find(cells(first.whole(), on, row)) : rows.end();
    if (match == Match::inner && found == rows.end()) continue;
    if (match == Match::anti && found != rows.end()) continue;
    std::vector<int> all = on;
    all.push_back(keys);
    result.push_back(cells(first.whole(), all, row) +
                     (found == rows.end() ? unmatched : cells(other.whole(), added, found->second)));
  }
  return result;
}

struct Outcome {
  std::vector<std::string> rows;
  std::vector<std::int64_t> left_out;
  std::int64_t parts = 0;
};

Outcome joined(const data::MemoryTable& first, const std::vector<JoinInput>& inputs, int ranks, std::int64_t memory) {
  Outcome outcome;
  data::MemorySink sink;
  std::mutex mutex;
  comm::run_threads(ranks, [&](comm::Communicator& communicator) {
    data::Budget budget(memory);
    MemorySpill spill;
    {
      const JoinedSource source(communicator, first, inputs, budget, spill);
      const prepare::Selection selection(communicator, source, source.condition());
      std::vector<int> columns;
      for (int column = 0; column < source.schema().columns(); ++column) columns.push_back(column);
      if (source.condition() != nullptr) columns.pop_back();
      selection.write(communicator, columns, sink);
      const auto left_out = source.left_out(communicator);
      const auto parts = source.parts(communicator);
      const std::scoped_lock lock(mutex);
      outcome.left_out = left_out;
      outcome.parts = parts.front();
    }
    EXPECT_EQ(budget.available(), memory);
    EXPECT_LE(budget.peak(), memory);
  });
  if (sink.rows_written() == 0) return outcome;
  const auto table = sink.table("joined");
  std::vector<int> all;
  for (int column = 0; column < table.schema().columns(); ++column) all.push_back(column);
  for (std::int64_t row = 0; row < table.rows(); ++row) outcome.rows.push_back(cells(table.whole(), all, row));
  return outcome;
}

const KeyTypes key_types[] = {{{Kind::close}, {Kind::close}},
                              {{Kind::far}, {Kind::far}},
                              {{Kind::category}, {Kind::category}},
                              {{Kind::category}, {Kind::string}},
                              {{Kind::string}, {Kind::category}},
                              {{Kind::string}, {Kind::string}},
                              {{Kind::date}, {Kind::date}},
                              {{Kind::timestamp}, {Kind::timestamp}},
                              {{Kind::decimal}, {Kind::decimal}},
                              {{Kind::close, Kind::category}, {Kind::close, Kind::string}},
                              {{Kind::string, Kind::date}, {Kind::category, Kind::date}},
                              {{Kind::category, Kind::far}, {Kind::category, Kind::far}}};

TEST(Join, GivesWhatASearchGives) {
  for (const auto& types : key_types) {
    const auto keys = static_cast<int>(types.first.size());
    for (const auto& [rows, others] : {std::pair<std::int64_t, std::int64_t>{0, 3}, {1, 0}, {5, 1}, {3000, 1000}}) {
      const auto first = first_table(types.first, rows, keys == 1 ? 1200 : 12);
      const auto other = other_table(types.other, others);
      for (const Match match : {Match::left, Match::inner, Match::anti}) {
        const auto right = expected(first, other, keys, match, false);
        for (const int ranks : {1, 3}) {
          SCOPED_TRACE(fmt::format("key types {}, {} rows and {}, match {}, {} ranks", &types - key_types, rows, others,
                                   static_cast<int>(match), ranks));
          const auto outcome = joined(first, {input_of(other, keys, match)}, ranks, plenty);
          ASSERT_EQ(outcome.rows, right);
          ASSERT_EQ(outcome.left_out.front(), rows - std::ssize(right));
          ASSERT_EQ(outcome.parts, 1);
        }
      }
    }
  }
}

TEST(Join, AnyMemoryRanksAndThreadsGiveTheSameRows) {
  const KeyTypes large[] = {{{Kind::close}, {Kind::close}},
                            {{Kind::category}, {Kind::string}},
                            {{Kind::string}, {Kind::category}},
                            {{Kind::category}, {Kind::category}},
                            {{Kind::far}, {Kind::far}},
                            {{Kind::decimal, Kind::timestamp}, {Kind::decimal, Kind::timestamp}},
                            {{Kind::string, Kind::far}, {Kind::category, Kind::far}}};
  for (const auto& types : large) {
    const auto keys = static_cast<int>(types.first.size());
    const auto first = first_table(types.first, 20'000, keys == 1 ? 6000 : 40);
    const auto other = other_table(types.other, 5000);
    for (const bool fill : {false, true}) {
      const auto right = expected(first, other, keys, Match::left, fill);
      for (const int threads : {1, 2}) {
        parallel::set_thread_count(threads);
        for (const int ranks : {1, 2, 4}) {
          ASSERT_EQ(joined(first, {input_of(other, keys, Match::left, fill)}, ranks, plenty).rows, right);
          const auto outcome = joined(first, {input_of(other, keys, Match::left, fill)}, ranks, 300'000);
          ASSERT_EQ(outcome.rows, right);
          EXPECT_GE(outcome.parts, 3);
        }
      }
    }
    const auto inner = joined(first, {input_of(other, keys, Match::inner)}, 3, 300'000);
    EXPECT_EQ(inner.rows, expected(first, other, keys, Match::inner, false));
  }
}

TEST(Join, FillsGoWhereThereIsNoMatchAndNowhereElse) {
  const auto first = make_table("lines", {category_column("who", {"b", "a", {}, "z"})});
  const auto other = make_table(
      "clients", {string_column("who", {"a", "b"}), int64_column("orders", {{}, 5}), category_column("group", {"new", {}})});
  auto input = input_of(other, 1, Match::left);
  input.table.columns[0].fill = int64_column("orders", {0});
  input.table.columns[1].fill = category_column("group", {"gone"});
  const auto outcome = joined(first, {input}, 2, plenty);
  EXPECT_EQ(outcome.rows, (std::vector<std::string>{"'b'|5|-|", "'a'|-|'new'|", "-|0|'gone'|", "'z'|0|'gone'|"}));
}

TEST(Join, SeveralInputsLeaveOutAndAddEachForItself) {
  const auto first = make_table("lines", {int64_column("id", {1, 2, 3, 4, 5, {}})});
  const auto left = make_table("a", {int64_column("id", {5, 1}), string_column("name", {"five", "one"})});
  const auto inner = make_table("b", {int64_column("id", {1, 2, 3, 5}), int64_column("size", {10, 20, 30, 50})});
  const auto anti = make_table("c", {int64_column("id", {3, 4})});
  const auto outcome = joined(
      first, {input_of(left, 1, Match::left), input_of(inner, 1, Match::inner), input_of(anti, 1, Match::anti)}, 1, plenty);
  EXPECT_EQ(outcome.rows, (std::vector<std::string>{"1|'one'|10|", "2|-|20|", "5|'five'|50|"}));
  EXPECT_EQ(outcome.left_out, (std::vector<std::int64_t>{0, 2, 1}));
}

TEST(Join, AKeyOfTwoRowsIsRefused) {
  for (const auto memory : {plenty, std::int64_t{300'000}}) {
    for (const int ranks : {1, 3}) {
      Optional<std::int64_t> shops;
      Optional<std::int64_t> ids;
      Optional<std::string> texts;
      for (std::int64_t i = 0; i < 20'000; ++i) {
        shops.push_back(i % 10);
        ids.push_back(i / 10);
        texts.emplace_back("x");
      }
      shops[15'000] = shops[21];
      ids[15'000] = ids[21];
      const auto other =
          make_table("clients", {int64_column("shop", shops), int64_column("id", ids), string_column("text", texts)});
      const auto first = make_table("lines", {int64_column("shop", {1}), int64_column("id", {1})});
      std::string said;
      try {
        joined(first, {input_of(other, 2, Match::left)}, ranks, memory);
      } catch (const base::Error& error) {
        EXPECT_EQ(error.kind(), base::ErrorKind::input_data);
        said = error.what();
      }
      EXPECT_THAT(said, HasSubstr("clients.(shop, id): 1 row repeats the key of an earlier one; the first is row 15000, with "
                                  "the key of row 21; keep "
                                  "one row a key, by a dedupe step before"));
    }
  }
}

TEST(Join, ASpillThatFailsIsEveryRanksError) {
  const auto first = first_table({Kind::close}, 5000, 6000);
  const auto other = other_table({Kind::close}, 5000);
  int errors = 0;
  std::mutex mutex;
  comm::run_threads(3, [&](comm::Communicator& communicator) {
    data::Budget budget(300'000);
    MemorySpill spill(communicator.rank() == 1 ? 0 : -1);
    try {
      const JoinedSource source(communicator, first, {input_of(other, 1, Match::left)}, budget, spill);
    } catch (const base::Error& error) {
      const std::scoped_lock lock(mutex);
      errors += error.kind() == base::ErrorKind::io ? 1 : 0;
    }
  });
  EXPECT_EQ(errors, 3);
}

TEST(Join, KeysOfOtherTypesAreNotCompared) {
  const data::Field text{.name = "", .type = data::Type::string};
  const data::Field category{.name = "", .type = data::Type::category};
  const data::Field number{.name = "", .type = data::Type::int64};
  const data::Field cents{.name = "", .type = data::Type::decimal, .scale = 2};
  const data::Field mills{.name = "", .type = data::Type::decimal, .scale = 3};
  const data::Field real{.name = "", .type = data::Type::float64};
  EXPECT_TRUE(comparable(text, category));
  EXPECT_TRUE(comparable(cents, cents));
  EXPECT_FALSE(comparable(cents, mills));
  EXPECT_FALSE(comparable(text, number));
  EXPECT_FALSE(comparable(real, real));
}

}  // namespace
}  // namespace fullbase::tables
