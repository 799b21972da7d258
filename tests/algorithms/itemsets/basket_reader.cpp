// Baskets are what their lines say, whatever the order of the lines, the ranks, the threads and the memory.
#include "algorithms/itemsets/basket_reader.hpp"

#include <gtest/gtest.h>

#include <numeric>

#include "algorithms/itemsets/basket_tables.hpp"
#include "base/error.hpp"
#include "every_read.hpp"
#include "parallel/for_each.hpp"

namespace fullbase::itemsets {
namespace {

using namespace fullbase::testing;

constexpr std::int64_t plenty = std::int64_t{1} << 30;
constexpr std::int64_t little = std::int64_t{1} << 21;
constexpr std::int64_t hour = 3'600'000'000;
constexpr std::int64_t day = 24 * hour;

struct Lines {
  Optional<std::int64_t> first;   ///< key
  Optional<std::int64_t> second;  ///< key
  Optional<std::int64_t> item;
  Optional<std::int64_t> time;  ///< hours

  std::int64_t rows() const { return std::ssize(item); }
  void sort() {
    std::vector<std::size_t> order(item.size());
    std::iota(order.begin(), order.end(), 0);
    std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
      return std::pair(first[a], second[a]) < std::pair(first[b], second[b]);
    });
    const auto sorted = [&](Optional<std::int64_t>& values) {
      auto before = values;
      for (std::size_t i = 0; i < order.size(); ++i) values[i] = before[order[i]];
    };
    for (auto* values : {&first, &second, &item, &time}) sorted(*values);
  }
};

Lines random_lines(std::int64_t rows, std::int64_t keys, std::int64_t items, std::int64_t missing_each = 20) {
  Sequence sequence(static_cast<std::uint64_t>(rows * 31 + keys));
  Lines lines;
  for (std::int64_t i = 0; i < rows; ++i) {
    const auto value = [&](std::int64_t range) {
      return sequence.below(missing_each) == 0 ? std::nullopt : std::optional(sequence.below(range));
    };
    lines.first.push_back(value(keys));
    lines.second.push_back(value(3));
    lines.item.push_back(value(items));
    lines.time.push_back(value(60 * 24));
  }
  return lines;
}

/// Columns: two keys, item, time, number of the row.
data::MemoryTable table_of(const Lines& lines, Kind first, Kind second, Kind item) {
  Optional<std::int64_t> times;
  for (const auto& time : lines.time) times.push_back(time ? std::optional(*time * hour) : std::nullopt);
  std::vector<std::int64_t> numbers(lines.item.size());
  std::iota(numbers.begin(), numbers.end(), 0);
  std::vector<data::Column> columns;
  columns.push_back(column_of(first, "first", lines.first));
  columns.push_back(column_of(second, "second", lines.second));
  columns.push_back(column_of(item, "item", lines.item));
  columns.push_back(timestamp_column("time", times));
  columns.emplace_back(data::Field{.name = "number", .type = data::Type::int64}, std::move(numbers));
  return make_table("lines", std::move(columns));
}

/// Line by line, in a map.
ReadBaskets expected(const data::MemoryTable& table, const BasketColumns& columns, std::optional<std::int64_t> as_of = {},
                     const std::function<bool(std::int64_t row)>& where = {}) {
  ReadBaskets result;
  auto& facts = result.facts;
  const auto& batch = table.whole();
  const auto& items = batch[static_cast<std::size_t>(columns.item)];
  const bool texts = items.field().type == data::Type::category;
  std::int64_t least = 0;
  if (!texts) {
    least = std::numeric_limits<std::int64_t>::max();
    for (std::int64_t row = 0; row < table.rows(); ++row) {
      if (!items.is_missing(row)) least = std::min(least, items.int64s()[static_cast<std::size_t>(row)]);
    }
  }
  std::map<std::vector<std::pair<double, std::string>>, std::vector<std::pair<std::int64_t, std::int64_t>>> by_key;
  std::map<std::vector<std::pair<double, std::string>>, std::vector<std::string>> names;
  for (std::int64_t row = 0; row < table.rows(); ++row) {
    if (where && !where(row)) {
      ++facts.filtered;
    } else if (!has_all(batch, columns.keys, row)) {
      ++facts.missing_keys;
    } else if (columns.time && batch[static_cast<std::size_t>(*columns.time)].is_missing(row)) {
      ++facts.missing_times;
    } else {
      const std::int64_t time =
          columns.time ? batch[static_cast<std::size_t>(*columns.time)].int64s()[static_cast<std::size_t>(row)] : 0;
      if (columns.time && as_of && time >= *as_of) {
        ++facts.after_as_of;
        continue;
      }
      std::vector<std::pair<double, std::string>> key;
      std::vector<std::string> name;
      for (const int column : columns.keys) {
        const auto& values = batch[static_cast<std::size_t>(column)];
        const auto type = values.field().type;
        const bool text = type == data::Type::string || type == data::Type::category;
        key.emplace_back(text ? 0 : values.number(row), text ? values.text(row) : "");
        name.push_back(cell(values, row));
      }
      std::int64_t item = -1;
      if (!items.is_missing(row)) {
        const auto at = static_cast<std::size_t>(row);
        item = texts ? items.int32s()[at] : items.int64s()[at] - least;
      }
      by_key[key].emplace_back(time, item);
      names[key] = name;
    }
  }
  for (auto& [key, lines] : by_key) {
    if (columns.within > 0) std::sort(lines.begin(), lines.end());
    for (std::size_t first = 0; first < lines.size();) {
      std::size_t last = first;
      std::vector<std::int32_t> basket;
      for (; last < lines.size() && (columns.within == 0 || lines[last].first - lines[first].first < columns.within); ++last) {
        const auto item = static_cast<std::int32_t>(lines[last].second);
        ++(item < 0 ? facts.missing_items : facts.lines);
        if (item >= 0 && std::ranges::find(basket, item) != basket.end()) ++facts.repeated;
        if (item >= 0 && std::ranges::find(basket, item) == basket.end()) basket.push_back(item);
      }
      std::sort(basket.begin(), basket.end());
      ++facts.baskets;
      facts.empty_baskets += basket.empty();
      facts.longest_basket = std::max(facts.longest_basket, std::ssize(basket));
      result.baskets.emplace_back(names[key], std::move(basket));
      first = last;
    }
  }
  return result;
}

void expect_same(const ReadBaskets& read, const ReadBaskets& right) {
  ASSERT_EQ(read.baskets, right.baskets);
  ASSERT_EQ(read.facts, right.facts);
}

TEST(BasketReader, GivesTheBasketsOfAnyLinesOnAnyRanks) {
  const std::vector<std::pair<Kind, Kind>> kinds = {{Kind::close, Kind::boolean},
                                                    {Kind::far, Kind::string},
                                                    {Kind::category, Kind::date},
                                                    {Kind::string, Kind::category},
                                                    {Kind::timestamp, Kind::far}};
  int turn = 0;
  for (const auto& [first, second] : kinds) {
    for (const auto& [rows, keys] : {std::pair<std::int64_t, std::int64_t>{0, 1}, {1, 1}, {3, 2}, {900, 1}, {6000, 700}}) {
      auto lines = random_lines(rows, keys, 40);
      for (const bool sorted : {false, true}) {
        if (sorted) lines.sort();
        const auto table = table_of(lines, first, second, turn++ % 2 == 0 ? Kind::category : Kind::close);
        for (const std::vector<int>& by : {std::vector{0}, std::vector{0, 1}, std::vector{1, 0}}) {
          for (const std::int64_t within : {std::int64_t{0}, 7 * day}) {
            BasketColumns columns{.item = 2, .keys = by, .within = within};
            if (within > 0 || turn % 3 == 0) columns.time = 3;
            const auto right = expected(table, columns);
            for (const int ranks : {1, 2, 3, 4}) expect_same(read_baskets(table, columns, ranks), right);
          }
        }
      }
    }
  }
}

TEST(BasketReader, AnyThreadsAndMemoryGiveTheSameBasketsInTheSameOrder) {
  auto lines = random_lines(100'000, 15'000, 3'000, 1000);
  for (const bool sorted : {false, true}) {
    if (sorted) lines.sort();
    const auto table = table_of(lines, Kind::close, Kind::boolean, Kind::close);
    for (const std::int64_t within : {std::int64_t{0}, 10 * day}) {
      BasketColumns columns{.item = 2, .keys = {0}, .time = 3, .within = within};
      const auto right = expected(table, columns);
      for (const int threads : {1, 2}) {
        parallel::set_thread_count(threads);
        for (const int ranks : {1, 2, 3, 4}) {
          const auto read = read_baskets(table, columns, ranks);
          expect_same(read, right);
          // Lines without a key stand first where lines are sorted, and say nothing.
          EXPECT_EQ(read.in_order, sorted);
          EXPECT_EQ(read.passes, 1);
          const auto in_passes = read_baskets(table, columns, ranks, little);
          expect_same(in_passes, right);
          EXPECT_EQ(in_passes.passes > 1, !sorted);
        }
      }
    }
  }
  parallel::set_thread_count(1);
}

TEST(BasketReader, OneGiantBasketCrossesRanksAndGroupsOfRows) {
  Lines lines;
  Sequence sequence(5);
  constexpr std::int64_t rows = 200'000;
  for (std::int64_t i = 0; i < rows; ++i) {
    lines.first.push_back(i < 1'000 ? i / 10 : i < 190'000 ? 5'000 : i);
    lines.second.push_back(0);
    lines.item.push_back(sequence.below(30'000));
    lines.time.push_back(i);
  }
  const BasketColumns columns{.item = 2, .keys = {0}};
  const auto in_order = table_of(lines, Kind::close, Kind::close, Kind::close);
  for (std::int64_t i = 0; i < rows / 2; i += 2)
    for (auto* values : {&lines.first, &lines.item}) std::swap((*values)[i], (*values)[rows - 1 - i]);
  const auto shuffled = table_of(lines, Kind::close, Kind::close, Kind::close);
  // The oracle of such a basket: which items occur.
  std::vector<std::int32_t> all(30'000, 0);
  for (std::int64_t i = 0; i < rows; ++i) {
    if (lines.first[i] == 5'000) all[*lines.item[i]] = 1;
  }
  const auto different = std::accumulate(all.begin(), all.end(), 0);
  for (const int threads : {1, 2}) {
    parallel::set_thread_count(threads);
    std::optional<ReadBaskets> first;
    for (const int ranks : {1, 2, 4}) {
      for (const auto* table : {&in_order, &shuffled}) {
        const auto read = read_baskets(*table, columns, ranks);
        EXPECT_EQ(read.in_order, table == &in_order);
        EXPECT_EQ(read.facts.baskets, 100 + 1 + 10'000);
        EXPECT_EQ(read.facts.lines, rows);
        EXPECT_EQ(read.facts.longest_basket, different);
        ASSERT_EQ(read.baskets.size(), 10'101U);
        EXPECT_EQ(std::ssize(read.baskets[100].second), different);
        if (!first) first = read;
        EXPECT_EQ(read.baskets, first->baskets);
        EXPECT_EQ(read.facts, first->facts);
      }
    }
  }
  parallel::set_thread_count(1);
}

TEST(BasketReader, ABasketOfAWindowTakesTheLinesLessThanThatAfterItsFirst) {
  // Customer 1: the line at day 7 is 7 days after that at day 0, so it begins the next basket.
  const auto table =
      make_table("lines", {int64_column("customer", {1, 2, 1, 1, 1, 1, 2}), int64_column("item", {3, 0, 1, {}, 2, 3, 4}),
                           timestamp_column("time", {7 * day, 0, 0, 13 * day, 7 * day - 1, 14 * day, 1})});
  const BasketColumns columns{.item = 1, .keys = {0}, .time = 2, .within = 7 * day};
  const std::vector<NamedBasket> right = {{{"1"}, {1, 2}}, {{"1"}, {3}}, {{"1"}, {3}}, {{"2"}, {0, 4}}};
  for (const int ranks : {1, 3}) {
    const auto read = read_baskets(table, columns, ranks);
    EXPECT_EQ(read.baskets, right);
    EXPECT_EQ(read.facts.missing_items, 1);
    EXPECT_EQ(read.facts.lines, 6);
  }
}

TEST(BasketReader, TimesFarApartAreInDifferentBaskets) {
  constexpr auto last = std::numeric_limits<std::int64_t>::max();
  const auto table = make_table(
      "lines", {int64_column("customer", {1, 1}), int64_column("item", {0, 1}), timestamp_column("time", {last, -last})});
  EXPECT_EQ(read_baskets(table, {.item = 1, .keys = {0}, .time = 2, .within = day}, 1).baskets,
            (std::vector<NamedBasket>{{{"1"}, {1}}, {{"1"}, {0}}}));
}

TEST(BasketReader, LeavesOutWhatLiesAtOrAfterTheEndAndSaysWhy) {
  const auto lines = random_lines(5000, 300, 20);
  const auto table = table_of(lines, Kind::close, Kind::string, Kind::category);
  const BasketColumns columns{.item = 2, .keys = {0, 1}, .time = 3};
  const auto where =
      data::BoundExpression::bind_condition(data::Expression::parse("number > 99 and number < 4000"), table.schema());
  const auto right = expected(table, columns, 30 * day, [](std::int64_t row) { return row > 99 && row < 4000; });
  EXPECT_EQ(right.facts.filtered, 1100);
  EXPECT_GT(right.facts.after_as_of, 100);
  EXPECT_GT(right.facts.missing_times, 0);
  for (const int ranks : {1, 2, 4}) expect_same(read_baskets(table, columns, ranks, plenty, 30 * day, &where), right);
}

TEST(BasketReader, DatesBeginInTheZone) {
  // Midnight of the 2nd in New York is 5 hours after that of UTC.
  const auto table =
      make_table("lines", {int64_column("customer", {1, 1}), int64_column("item", {0, 1}), date_column("day", {0, 1})});
  BasketColumns columns{.item = 1, .keys = {0}, .time = 2};
  EXPECT_EQ(read_baskets(table, columns, 1, plenty, day + hour).facts.after_as_of, 0);
  columns.zone = base::TimeZone("America/New_York");
  EXPECT_EQ(read_baskets(table, columns, 1, plenty, day + hour).facts.after_as_of, 1);
}

TEST(BasketReader, LinesThatAreLeftOutDoNotDisturbTheOrder) {
  // Like invoices with their cancellations among them.
  const auto table = make_table("lines", {string_column("invoice", {"1", "C7", "2", "2", "C8", "3", {}}),
                                          category_column("item", {"b", "b", "a", "c", "a", "b", "a"})});
  const auto where =
      data::BoundExpression::bind_condition(data::Expression::parse("not starts_with(invoice, 'C')"), table.schema());
  const BasketColumns columns{.item = 1, .keys = {0}};
  const auto all = read_baskets(table, columns, 2);
  EXPECT_FALSE(all.in_order);
  EXPECT_EQ(all.facts.baskets, 5);
  const auto sold = read_baskets(table, columns, 2, plenty, {}, &where);
  EXPECT_TRUE(sold.in_order);
  EXPECT_EQ(sold.baskets, (std::vector<NamedBasket>{{{"'1'"}, {1}}, {{"'2'"}, {0, 2}}, {{"'3'"}, {1}}}));
  EXPECT_EQ(sold.facts.filtered, 3);
}

void read_all(comm::Communicator& communicator, const data::BlockSource& source, data::Budget& budget) {
  const auto items = prepare::ValueSlots::build(communicator, source, 2, budget);
  const BasketReader reader(communicator, source, nullptr, {.item = 2, .keys = {0}}, items, {}, budget);
  reader.for_each([](Baskets&&, std::int64_t, std::int64_t, int) {});
}

TEST(BasketReader, AReadThatFailsOnAnyRankIsEveryRanksError) {
  auto shuffled = random_lines(6000, 700, 40);
  auto sorted = shuffled;
  // No basket crosses from rank to rank, so that each reads its own rows alone.
  for (std::size_t i = 0; i < sorted.first.size(); ++i) sorted.first[i] = static_cast<std::int64_t>(i) / base::block_rows;
  for (auto* const lines : {&shuffled, &sorted})
    EXPECT_GE(break_every_read(table_of(*lines, Kind::close, Kind::boolean, Kind::close), read_all), 3 * 3);
}

TEST(BasketReader, ARankThatCannotReadOnIsEveryRanksError) {
  auto lines = random_lines(6000, 700, 40);
  for (auto& first : lines.first) first = 1;
  const auto table = table_of(lines, Kind::close, Kind::boolean, Kind::close);
  // The rows of rank 2 read three times by itself, and not by rank 0, whose basket ends there.
  const BrokenSource partly(table, base::Partition(6000, 3).rows_of(2), std::nullopt, 3);
  std::vector<std::string> messages(3);
  comm::run_threads(3, [&](comm::Communicator& communicator) {
    data::Budget budget(plenty);
    try {
      read_all(communicator, partly, budget);
    } catch (const base::Error& error) {
      messages[static_cast<std::size_t>(communicator.rank())] = error.what();
    }
  });
  for (const auto& message : messages) EXPECT_NE(message.find("rank 0"), std::string::npos) << message;
}

TEST(BasketReader, WhatAConsumerThrowsOnOneRankIsEveryRanksError) {
  auto lines = random_lines(6000, 700, 40);
  for (const bool sorted : {false, true}) {
    if (sorted) lines.sort();
    const auto table = table_of(lines, Kind::close, Kind::boolean, Kind::close);
    for (const int broken : {0, 1, 2}) {
      std::vector<std::string> messages(3);
      comm::run_threads(3, [&](comm::Communicator& communicator) {
        data::Budget budget(plenty);
        const auto items = prepare::ValueSlots::build(communicator, table, 2, budget);
        const BasketReader reader(communicator, table, nullptr, {.item = 2, .keys = {0}}, items, {}, budget);
        try {
          reader.for_each([&](Baskets&&, std::int64_t, std::int64_t, int) {
            if (communicator.rank() == broken) throw base::io_error("no room", "spill");
          });
        } catch (const base::Error& error) {
          messages[static_cast<std::size_t>(communicator.rank())] = error.what();
        }
      });
      for (const auto& message : messages) {
        EXPECT_NE(message.find("no room"), std::string::npos) << message;
        EXPECT_NE(message.find("rank " + std::to_string(broken)), std::string::npos) << message;
      }
    }
  }
}

}  // namespace
}  // namespace fullbase::itemsets
