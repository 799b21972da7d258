// Rules are those that a look at every pair of sets finds, with the measures of their definitions, whatever ranks, threads and
// memory.
#include "algorithms/itemsets/rules.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <limits>
#include <mutex>

#include "algorithms/itemsets/mined_sets.hpp"
#include "algorithms/itemsets/rule_metrics.hpp"
#include "base/size.hpp"
#include "comm/launch.hpp"
#include "error_text.hpp"
#include "parallel/for_each.hpp"

namespace fullbase::itemsets {
namespace {

using namespace fullbase::testing;

constexpr std::int64_t plenty = std::int64_t{1} << 30;

data::MemoryTable rules_of(const data::BlockSource& table, const RuleOptions& options, int ranks = 1,
                           std::int64_t memory = plenty, const std::function<void(comm::Communicator&)>& after = {}) {
  data::MemorySink sink;
  std::int64_t rows = -1;
  std::vector<std::int32_t> widths;
  std::mutex mutex;
  comm::run_threads(ranks, [&](comm::Communicator& communicator) {
    data::Budget budget(memory);
    {
      const auto sets = SetIndex::read(communicator, table, budget);
      const Rules rules(communicator, sets, options, budget);
      rules.write(communicator, sink);
      const std::scoped_lock lock(mutex);
      rows = rules.rows();
      widths = rules.string_widths();
    }
    EXPECT_EQ(budget.available(), memory);
    if (after) after(communicator);
  });
  EXPECT_EQ(rows, sink.rows_written());
  if (rows == 0) return {"rules", rules_schema(options.names)};
  auto written = sink.table("rules");
  EXPECT_EQ(written.schema(), rules_schema(options.names));
  for (std::size_t side = 0; side < widths.size(); ++side) {
    std::int64_t longest = 0;
    for (std::int64_t row = 0; row < rows; ++row)
      longest = std::max<std::int64_t>(longest, std::ssize(written.whole()[side].text(row)));
    EXPECT_EQ(widths[side], longest);
  }
  return written;
}

/// Bits of every value, so that tables can be told apart.
std::vector<std::string> lines_of(const data::MemoryTable& table) {
  std::vector<std::string> lines;
  for (std::int64_t row = 0; row < table.rows(); ++row) {
    std::string line;
    for (const auto& column : table.whole().columns) {
      if (column.field().type == data::Type::string) {
        line += fmt::format("{};", column.text(row));
      } else if (column.field().type == data::Type::int64) {
        line += fmt::format("{};", column.int64s()[static_cast<std::size_t>(row)]);
      } else {
        line += fmt::format("{:016x};", std::bit_cast<std::uint64_t>(column.float64s()[static_cast<std::size_t>(row)]));
      }
    }
    lines.push_back(std::move(line));
  }
  return lines;
}

struct Expected {
  std::uint32_t antecedent;
  std::uint32_t consequent;
  RuleCounts counts;
};

bool fits(const MinedSets& mined, const RuleSide& side, std::uint32_t set) {
  if (side.longest && std::popcount(set) > *side.longest) return false;
  const auto has_one_of = [&](const std::vector<std::string>& names) {
    for (std::size_t n = 0; n < mined.items.size(); ++n) {
      if ((set >> n & 1) != 0 && std::ranges::count(names, item_name(mined.items[n])) > 0) return true;
    }
    return false;
  };
  return (side.any_of.empty() || has_one_of(side.any_of)) && !has_one_of(side.none_of);
}

/// Every set with every part of it, by definition.
std::vector<Expected> expected(const MinedSets& mined, const RuleOptions& options) {
  std::vector<Expected> rules;
  for (const auto set : mined.sets) {
    for (std::uint32_t part = 1; part < set; ++part) {
      if ((part & set) != part) continue;
      const RuleCounts counts{mined.count(set), mined.count(set ^ part), mined.count(part), mined.baskets};
      const bool wanted = confidence(counts) >= options.confidence && (!options.support || support(counts) >= *options.support) &&
                          (!options.count || counts.both >= *options.count) && (!options.lift || lift(counts) >= *options.lift) &&
                          (!options.leverage || leverage(counts) >= *options.leverage) &&
                          (!options.conviction || conviction(counts) >= *options.conviction);
      if (wanted && fits(mined, options.antecedent, set ^ part) && fits(mined, options.consequent, part))
        rules.push_back({set ^ part, part, counts});
    }
  }
  if (options.top) {
    constexpr double (*metrics[])(const RuleCounts&) noexcept = {support, confidence, lift, leverage, conviction};
    const auto value = metrics[static_cast<std::size_t>(options.top->by)];
    std::ranges::stable_sort(rules, [&](const Expected& a, const Expected& b) { return value(a.counts) > value(b.counts); });
    rules.resize(static_cast<std::size_t>(std::min(std::ssize(rules), options.top->rows)));
  }
  return rules;
}

void expect_rules(const data::MemoryTable& table, const MinedSets& mined, const std::vector<Expected>& right) {
  ASSERT_EQ(table.rows(), std::ssize(right));
  const auto& batch = table.whole();
  for (std::int64_t row = 0; row < table.rows(); ++row) {
    const auto r = static_cast<std::size_t>(row);
    const auto& [antecedent, consequent, counts] = right[r];
    ASSERT_EQ(batch.at("antecedent").text(row), set_text(mined, antecedent));
    ASSERT_EQ(batch.at("consequent").text(row), set_text(mined, consequent));
    ASSERT_EQ(batch.at("antecedent_set").int64s()[r], mined.row(antecedent));
    ASSERT_EQ(batch.at("consequent_set").int64s()[r], mined.row(consequent));
    ASSERT_EQ(batch.at("itemset").int64s()[r], mined.row(antecedent | consequent));
    ASSERT_EQ(batch.at("count").int64s()[r], counts.both);
    // By the formulas of the papers, in shares.
    const auto n = static_cast<long double>(counts.baskets);
    const auto both = static_cast<long double>(counts.both) / n;
    const auto x = static_cast<long double>(counts.antecedent) / n;
    const auto y = static_cast<long double>(counts.consequent) / n;
    const auto near = [&](const char* name, long double value) {
      EXPECT_NEAR(batch.at(name).float64s()[r], static_cast<double>(value), 1e-14 * std::max(1.0, static_cast<double>(value)))
          << name;
    };
    near("support", both);
    near("confidence", both / x);
    near("lift", both / (x * y));
    near("leverage", both - x * y);
    if (counts.both == counts.antecedent) {
      ASSERT_EQ(batch.at("conviction").float64s()[r], std::numeric_limits<double>::infinity());
    } else {
      near("conviction", (1 - y) / (1 - both / x));
    }
  }
}

std::vector<RuleOptions> many_options() {
  std::vector<RuleOptions> all;
  const auto add = [&](const std::function<void(RuleOptions&)>& change) {
    RuleOptions options;
    change(options);
    all.push_back(options);
  };
  add([](RuleOptions&) {});
  add([](RuleOptions& o) { o.confidence = 1; });
  for (const double confidence : {0.3, 0.5, 0.8}) add([&](RuleOptions& o) { o.confidence = confidence; });
  add([](RuleOptions& o) { o.consequent.longest = 1; });
  add([](RuleOptions& o) { o.antecedent.longest = 1, o.confidence = 0.2; });
  add([](RuleOptions& o) { o.antecedent.longest = 2, o.consequent.longest = 2; });
  add([](RuleOptions& o) { o.antecedent.any_of = {"a", "ccc"}, o.consequent.none_of = {"bb"}; });
  add([](RuleOptions& o) { o.consequent.any_of = {"d", "ee"}, o.antecedent.none_of = {"a", "bb"}, o.confidence = 0.4; });
  add([](RuleOptions& o) { o.lift = 1.2, o.leverage = 0.01; });
  add([](RuleOptions& o) { o.conviction = 1.5, o.support = 0.15; });
  add([](RuleOptions& o) { o.count = 60; });
  for (const auto by : {Metric::support, Metric::confidence, Metric::lift, Metric::leverage, Metric::conviction})
    add([&](RuleOptions& o) { o.top = TopRules{by, 37}; });
  add([](RuleOptions& o) { o.top = TopRules{Metric::lift, 1}; });
  add([](RuleOptions& o) { o.top = TopRules{Metric::confidence, 1'000'000}, o.confidence = 0.6; });
  return all;
}

TEST(Rules, AreThoseThatALookAtEveryPairOfSetsFinds) {
  for (const std::uint64_t seed : {1, 2}) {
    const auto found = mined(random_baskets(300, 9, seed), 9, 5);
    ASSERT_GT(found.sets.size(), 100U);
    for (const bool categories : {true, false}) {
      const auto table = sets_table(found, categories);
      for (const auto& options : many_options()) {
        const auto right = expected(found, options);
        for (const int ranks : {1, 3}) expect_rules(rules_of(table, options, ranks), found, right);
      }
    }
  }
}

TEST(Rules, AreTheSameBitsOnAnyRanksThreadsAndMemory) {
  // A dense base: 1,023 sets and 57,002 pairs of a set and a part of it.
  MaskBaskets baskets = random_baskets(500, 10, 7);
  for (int i = 0; i < 12; ++i) baskets.push_back(0x3FF);
  const auto table = sets_table(mined(baskets, 10, 5));
  // 24 blocks of them.
  for (const bool top : {false, true}) {
    RuleOptions options;
    options.confidence = 0.1;
    if (top) options.top = TopRules{Metric::leverage, 5000};
    const auto right = lines_of(rules_of(table, options));
    ASSERT_GE(right.size(), top ? 5000U : 23 * 1024U);
    for (const int threads : {1, 2}) {
      parallel::set_thread_count(threads);
      for (const int ranks : {1, 2, 3, 4}) {
        for (const std::int64_t memory : {plenty, std::int64_t{900'000}})
          ASSERT_EQ(lines_of(rules_of(table, options, ranks, memory)), right) << ranks << " ranks, " << threads << " threads";
      }
    }
    parallel::set_thread_count(1);
  }
}

TEST(Rules, OfBasketsThatAreAllEqualHoldAlways) {
  // 16 items in 3 baskets: every subset is frequent, and every rule certain. More sets than a thread reads at once.
  constexpr int items = 17;
  MinedSets all;
  all.baskets = 3;
  for (int i = 0; i < items; ++i) all.items.push_back(i);
  for (std::uint32_t set = 1; set < std::uint32_t{1} << items; ++set) {
    all.sets.push_back(set);
    all.counts.push_back(3);
  }
  const auto table = sets_table(all);
  RuleOptions options;
  options.confidence = 1;
  options.consequent.longest = 1;
  options.antecedent.longest = 3;
  options.names = false;
  std::vector<std::vector<std::string>> seen;
  for (const auto& [ranks, threads] : {std::pair{1, 1}, {1, 2}, {2, 2}}) {
    parallel::set_thread_count(threads);
    seen.push_back(lines_of(rules_of(table, options, ranks)));
  }
  parallel::set_thread_count(1);
  // Of n items in a set n rules.
  EXPECT_EQ(std::ssize(seen[0]), 2 * 136 + 3 * 680 + 4 * 2380);
  EXPECT_EQ(seen[1], seen[0]);
  EXPECT_EQ(seen[2], seen[0]);
}

TEST(Rules, HaveTheValuesThatMlxtendPublishes) {
  // The five baskets of its documentation, three of its items: kidney beans in all, eggs in four, onions in three of those.
  const auto found = mined({0b111, 0b111, 0b011, 0b001, 0b111}, 3, 3);
  ASSERT_EQ(found.sets.size(), 7U);
  const auto table = rules_of(sets_table(found), {});
  const auto& batch = table.whole();
  const auto row = [&](std::string_view antecedent, std::string_view consequent) {
    for (std::int64_t r = 0; r < table.rows(); ++r) {
      if (batch[0].text(r) == antecedent && batch[1].text(r) == consequent) return static_cast<std::size_t>(r);
    }
    throw std::runtime_error("no such rule");
  };
  const auto values = [&](std::size_t r) {
    std::vector<double> result;
    for (const char* name : {"support", "confidence", "lift", "leverage", "conviction"})
      result.push_back(batch.at(name).float64s()[r]);
    return result;
  };
  constexpr double infinite = std::numeric_limits<double>::infinity();
  const auto eggs = item_name(1);
  const auto onion = item_name(2);
  EXPECT_EQ(values(row(eggs, onion)), (std::vector<double>{0.6, 0.75, 1.25, 0.12, 1.6}));
  EXPECT_EQ(values(row(onion, eggs)), (std::vector<double>{0.6, 1, 1.25, 0.12, infinite}));
  EXPECT_EQ(values(row(eggs, item_name(0))), (std::vector<double>{0.8, 1, 1, 0, infinite}));
  EXPECT_EQ(values(row(item_name(0), eggs)), (std::vector<double>{0.8, 0.8, 1, 0, 1}));
}

TEST(Rules, OfFewSetsAreFewOrNone) {
  const auto none = MinedSets{.sets = {}, .counts = {}, .baskets = 5, .items = {}};
  const auto one = MinedSets{.sets = {1}, .counts = {4}, .baskets = 5, .items = {0}};
  for (const auto& found : {none, one}) {
    for (const int ranks : {1, 4}) {
      for (const bool top : {false, true}) {
        RuleOptions options;
        if (top) options.top = TopRules{Metric::lift, 10};
        EXPECT_EQ(rules_of(sets_table(found), options, ranks).rows(), 0);
      }
    }
  }
  const auto pair = mined({3, 3, 1}, 2, 1);
  expect_rules(rules_of(sets_table(pair), {}, 4), pair, expected(pair, {}));
  RuleOptions beyond;
  beyond.confidence = 0.5;
  beyond.lift = 1000;
  EXPECT_EQ(rules_of(sets_table(pair), beyond, 2).rows(), 0);
}

TEST(Rules, OfAnItemThatNoSetHasAreRefused) {
  const auto table = sets_table(mined(random_baskets(100, 6, 3), 6, 10));
  for (const int ranks : {1, 3}) {
    RuleOptions options;
    options.antecedent.any_of = {"cccc"};
    EXPECT_EQ(error_text([&] { rules_of(table, options, ranks); }, base::ErrorKind::job_file),
              "antecedent.any_of: no itemset has the item 'cccc'; did you mean 'ccc'?");
  }
}

TEST(Rules, TooManyAreRefusedWithTheConfidenceThatLeavesAsMany) {
  const auto found = mined(random_baskets(300, 9, 1), 9, 5);
  const auto table = sets_table(found);
  RuleOptions options;
  const auto all = std::ssize(expected(found, options));
  options.confidence = 0.37;
  const auto fewer = std::ssize(expected(found, options));
  options.confidence = 0.36;
  ASSERT_GT(std::ssize(expected(found, options)), fewer);
  options.confidence = 0;
  for (const int ranks : {1, 2, 3}) {
    options.most = fewer;
    const auto text = error_text([&] { rules_of(table, options, ranks); }, base::ErrorKind::job_file);
    EXPECT_NE(text.find(fmt::format("{} rules are found, and at most {} are to be written", base::format_count(all),
                                    base::format_count(fewer))),
              std::string::npos)
        << text;
    EXPECT_NE(text.find(fmt::format("(0.37 leaves {})", base::format_count(fewer))), std::string::npos) << text;
    options.most = 1;
    EXPECT_NE(
        error_text([&] { rules_of(table, options, ranks); }, base::ErrorKind::job_file).find("more than 64 rules are found"),
        std::string::npos);
  }
  options.most = all;
  EXPECT_EQ(rules_of(table, options).rows(), all);
}

TEST(Rules, SendTheirNumbersAlone) {
  const auto found = mined(random_baskets(500, 12, 7), 12, 5);
  const auto table = sets_table(found);
  const std::int64_t pieces = (std::ssize(found.sets) + 63) / 64;
  RuleOptions options;
  options.most = 100'000'000;
  for (const int ranks : {1, 2, 3}) {
    std::int64_t bytes = 0;
    std::mutex mutex;
    rules_of(table, options, ranks, plenty, [&](comm::Communicator& communicator) {
      const std::scoped_lock lock(mutex);
      bytes += communicator.statistics().total("number of rules").bytes;
    });
    // A number a piece, once; the confidences and two widths of each rank.
    EXPECT_EQ(bytes, 8 * pieces + ranks * (8 * 101 + 8 * 2));
  }
}

/// A sink that one rank cannot write to.
class FullDisk final : public data::BlockSink {
 public:
  void write(const data::Batch&) override { throw base::io_error("no space left", "out.h5"); }
};

TEST(Rules, AFailureOfAnyRankIsThatOfAll) {
  const auto table = sets_table(mined(random_baskets(500, 12, 7), 12, 5));
  for (int broken = 0; broken < 3; ++broken) {
    std::mutex mutex;
    std::vector<std::string> texts;
    comm::run_threads(3, [&](comm::Communicator& communicator) {
      data::Budget budget(plenty);
      const auto sets = SetIndex::read(communicator, table, budget);
      const Rules rules(communicator, sets, {.most = 100'000'000}, budget);
      data::MemorySink memory;
      FullDisk full;
      const auto text = error_text(
          [&] { rules.write(communicator, communicator.rank() == broken ? static_cast<data::BlockSink&>(full) : memory); },
          base::ErrorKind::io);
      const std::scoped_lock lock(mutex);
      texts.push_back(text);
    });
    EXPECT_EQ(texts, std::vector<std::string>(3, fmt::format("rank {}: out.h5: no space left", broken)));
    // Too little memory on one rank alone.
    texts.clear();
    comm::run_threads(3, [&](comm::Communicator& communicator) {
      data::Budget budget(plenty);
      const auto sets = SetIndex::read(communicator, table, budget);
      const auto taken = budget.reserve_up_to(communicator.rank() == broken ? plenty : 0);
      const auto text = error_text([&] { const Rules rules(communicator, sets, {}, budget); }, base::ErrorKind::job_file);
      const std::scoped_lock lock(mutex);
      texts.push_back(text);
    });
    EXPECT_EQ(texts, std::vector<std::string>(3, texts.front()));
    EXPECT_NE(texts.front().find(fmt::format("rank {}", broken)), std::string::npos) << texts.front();
  }
}

}  // namespace
}  // namespace fullbase::itemsets
