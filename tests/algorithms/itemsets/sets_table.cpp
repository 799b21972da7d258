// The table of sets against one written by hand, whoever holds which runs.
#include "algorithms/itemsets/sets_table.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "algorithms/itemsets/random_baskets.hpp"
#include "algorithms/itemsets/runs_of_sets.hpp"
#include "base/error.hpp"
#include "comm/launch.hpp"
#include "data/make_batch.hpp"
#include "parallel/for_each.hpp"

namespace fullbase::itemsets {
namespace {

using data::Type;
using testing::Sets;

constexpr std::int64_t baskets = 900;
constexpr std::int32_t items = 14;

/// A row of the table, as texts where columns have them.
struct Row {
  std::string items;
  std::int64_t size;
  std::int64_t count;
  double support;
  std::string item;
  std::optional<std::int64_t> rest;
  friend bool operator==(const Row&, const Row&) = default;
};

/// Numbers far apart, so that slots are those of the values that occur.
std::int64_t number_of(std::int32_t slot) {
  return 100'000'000'000 * slot - 20;
}

std::string name_of(Type type, std::int32_t slot) {
  if (type == Type::boolean) return slot != 0 ? "true" : "false";
  return type == Type::int64 ? std::to_string(number_of(slot)) : "p" + std::string(1, static_cast<char>('a' + slot)) + "x";
}

data::MemoryTable lines(Type type) {
  testing::Optional<std::string> texts;
  testing::Optional<std::int64_t> numbers;
  testing::Optional<bool> truths;
  for (std::int32_t slot = 0; slot < items; ++slot) {
    texts.push_back(name_of(type, slot));
    numbers.push_back(number_of(slot));
    truths.push_back(slot % 2 == 1);
  }
  switch (type) {
    case Type::category:
      return testing::make_table("lines", {testing::category_column("product", texts)});
    case Type::string:
      return testing::make_table("lines", {testing::string_column("product", texts)});
    case Type::boolean:
      return testing::make_table("lines", {testing::bool_column("product", truths)});
    default:
      return testing::make_table("lines", {testing::int64_column("product", numbers)});
  }
}

/// Numbers against the order of slots.
FrequentItems frequent(Type type) {
  FrequentItems result;
  const std::int32_t count = type == Type::boolean ? 2 : items;
  for (std::int32_t number = 0; number < count; ++number) {
    result.slots.push_back(number % 2 == 0 ? count - 1 - number / 2 : number / 2);
    result.counts.push_back(baskets - number);
  }
  result.slots.resize(static_cast<std::size_t>(count));
  return result;
}

std::vector<Row> by_hand(const Sets& sets, Type type, bool names) {
  const auto numbers = frequent(type);
  const auto name = [&](std::int32_t item) {
    const auto slot = numbers.slots[static_cast<std::size_t>(item)];
    return name_of(type, slot);
  };
  std::map<std::vector<std::int32_t>, std::int64_t> rows;
  std::vector<Row> table;
  for (const auto& [set, count] : sets) {
    rows[set] = std::ssize(table);
    std::string text;
    for (const auto item : set) text += (text.empty() ? "" : ", ") + name(item);
    const auto rest = std::vector(set.begin(), set.end() - 1);
    table.push_back({names ? text : "", std::ssize(set), count, static_cast<double>(count) / static_cast<double>(baskets),
                     name(set.back()), rest.empty() ? std::nullopt : std::optional(rows.at(rest))});
  }
  return table;
}

std::vector<Row> listed(const data::MemoryTable& table) {
  const auto& whole = table.whole();
  const bool names = table.schema().find("items").has_value();
  std::vector<Row> rows;
  for (std::int64_t row = 0; row < table.rows(); ++row) {
    const auto at = static_cast<std::size_t>(row);
    const auto& item = whole.at("item");
    const auto& rest = whole.at("rest");
    std::string text;
    switch (item.field().type) {
      case Type::int64:
        text = std::to_string(item.int64s()[at]);
        break;
      case Type::boolean:
        text = item.bools()[at] != 0 ? "true" : "false";
        break;
      default:
        text = item.text(row);
    }
    rows.push_back({names ? std::string(whole.at("items").text(row)) : "", whole.at("size").int64s()[at],
                    whole.at("count").int64s()[at], whole.at("support").float64s()[at], text,
                    rest.is_missing(row) ? std::nullopt : std::optional(rest.int64s()[at])});
  }
  return rows;
}

/// Which rank holds a run, by its number.
using Deal = std::function<int(std::size_t run, int ranks)>;

std::vector<Row> written(const Sets& sets, Type type, bool names, int ranks, const Deal& deal, int seconds = 1) {
  const auto source = lines(type);
  const auto runs = testing::runs_of(sets, seconds);
  data::MemorySink sink;
  std::vector<std::int32_t> widths;
  comm::run_threads(ranks, [&](comm::Communicator& communicator) {
    data::Budget budget(1 << 28);
    const auto slots = prepare::ValueSlots::build(communicator, source, 0, budget);
    std::vector<SetRun> own;
    for (std::size_t run = 0; run < runs.size(); ++run) {
      if (deal(run, ranks) == communicator.rank()) own.push_back(runs[run]);
    }
    const SetsTable table(communicator, own, frequent(type), slots, source.schema()[0], baskets, names, ", ");
    EXPECT_EQ(table.rows(), std::ssize(sets));
    table.write(communicator, sink);
    if (communicator.is_root()) widths = table.string_widths();
  });
  if (sets.empty()) return {};
  const auto table = sink.table("sets");
  EXPECT_EQ(table.schema(), sets_schema(source.schema()[0], names));
  for (int column = 0; column < table.schema().columns(); ++column) {
    std::int64_t longest = 0;
    if (table.schema()[column].type == Type::string) {
      const auto& texts = table.whole()[static_cast<std::size_t>(column)].strings();
      for (std::int64_t row = 0; row < texts.size(); ++row) longest = std::max(longest, std::ssize(texts[row]));
    }
    EXPECT_EQ(widths[static_cast<std::size_t>(column)], longest);
  }
  return listed(table);
}

/// Some thousands: runs end within blocks, and some are longer than one.
Sets many_sets() {
  Sets sets = testing::all_sets(testing::random_baskets(300, items, 1.0), 2, 8);
  EXPECT_GT(sets.size(), 3 * base::block_rows);
  return sets;
}

const std::vector<std::pair<const char*, Deal>> deals = {
    {"in turn", [](std::size_t run, int ranks) { return static_cast<int>(run % static_cast<std::size_t>(ranks)); }},
    {"all on the last", [](std::size_t, int ranks) { return ranks - 1; }},
    {"all on the first", [](std::size_t, int) { return 0; }},
    {"backwards", [](std::size_t run, int ranks) { return std::max(0, ranks - 1 - static_cast<int>(run / 9)); }},
};

TEST(SetsTable, IsTheOneByHandWhoeverHoldsTheRuns) {
  const auto sets = many_sets();
  for (const bool names : {true, false}) {
    const auto expected = by_hand(sets, Type::category, names);
    for (const int threads : {1, 2}) {
      parallel::set_thread_count(threads);
      for (const int ranks : {1, 2, 3, 4}) {
        for (const auto& [name, deal] : deals) {
          for (const int seconds : {1, 3})
            EXPECT_EQ(written(sets, Type::category, names, ranks, deal, seconds), expected) << name << " " << ranks;
        }
      }
    }
  }
}

TEST(SetsTable, OfItemsOfAnyType) {
  const Sets three = {{{0}, 9}, {{1}, 5}, {{1, 0}, 4}};
  for (const auto type : {Type::category, Type::string, Type::int64, Type::boolean}) {
    EXPECT_EQ(written(three, type, true, 2, deals[0].second), by_hand(three, type, true));
    EXPECT_EQ(written(three, type, false, 2, deals[1].second), by_hand(three, type, false));
  }
}

TEST(SetsTable, OfOneSetAndOfNone) {
  for (const int ranks : {1, 3}) {
    const Sets one = {{{3}, 9}};
    EXPECT_EQ(written(one, Type::string, true, ranks, deals[1].second), by_hand(one, Type::string, true));
    EXPECT_EQ(written({}, Type::string, true, ranks, deals[0].second), std::vector<Row>());
  }
}

TEST(SetsTable, SendsWhatTheDocstringSays) {
  const auto sets = many_sets();
  const auto runs = testing::runs_of(sets);
  const auto source = lines(Type::category);
  for (const int ranks : {2, 3}) {
    comm::run_threads(ranks, [&](comm::Communicator& communicator) {
      data::Budget budget(1 << 28);
      data::MemorySink sink;
      const auto slots = prepare::ValueSlots::build(communicator, source, 0, budget);
      // All on rank 0, so that what rank 0 owns stays.
      const std::vector<SetRun> own = communicator.is_root() ? runs : std::vector<SetRun>();
      const SetsTable table(communicator, own, frequent(Type::category), slots, source.schema()[0], baskets, true, ", ");
      table.write(communicator, sink);
      const base::Partition partition(table.rows(), ranks);
      EXPECT_EQ(sink.rows_written(), partition.rows_of(communicator.rank()).size());
      if (!communicator.is_root()) {
        EXPECT_EQ(communicator.statistics().table().at({"write sets", "all_to_all"}).bytes, 0);
        return;
      }
      std::int64_t cells = 0;
      std::int64_t row = 0;
      std::pair<std::int32_t, std::int32_t> run_before = {-1, -1};
      for (const auto& [set, count] : sets) {
        const std::pair run = {set[0], set.size() > 1 ? set[1] : -1};
        if (!partition.rows_of(0).contains(row))
          cells += 1 + (run != run_before || row % base::block_rows == 0 ? std::ssize(set) : 0);
        run_before = run;
        ++row;
      }
      EXPECT_EQ(communicator.statistics().table().at({"write sets", "all_to_all"}).bytes, 16 * cells);
      EXPECT_EQ(communicator.statistics().table().at({"rows of sets", "all_gather"}).bytes, 16 * std::ssize(runs));
    });
  }
}

class BrokenSink final : public data::BlockSink {
 public:
  explicit BrokenSink(bool broken) : broken_(broken) {}
  void write(const data::Batch&) override {
    if (broken_) throw base::io_error("the disk is full", "sets");
  }

 private:
  bool broken_;
};

TEST(SetsTable, ASinkThatFailsOnOneRankIsTheErrorOfAll) {
  const auto sets = many_sets();
  const auto runs = testing::runs_of(sets);
  const auto source = lines(Type::category);
  for (int broken = 0; broken < 3; ++broken) {
    std::vector<std::string> messages(3);
    comm::run_threads(3, [&](comm::Communicator& communicator) {
      data::Budget budget(1 << 28);
      BrokenSink sink(communicator.rank() == broken);
      const auto slots = prepare::ValueSlots::build(communicator, source, 0, budget);
      const std::vector<SetRun> own = communicator.is_root() ? runs : std::vector<SetRun>();
      const SetsTable table(communicator, own, frequent(Type::category), slots, source.schema()[0], baskets, true, ", ");
      try {
        table.write(communicator, sink);
      } catch (const base::Error& error) {
        messages[static_cast<std::size_t>(communicator.rank())] = error.what();
      }
    });
    EXPECT_THAT(messages[0], ::testing::HasSubstr("rank " + std::to_string(broken)));
    EXPECT_EQ(messages, std::vector<std::string>(3, messages[0]));
  }
}

}  // namespace
}  // namespace fullbase::itemsets
