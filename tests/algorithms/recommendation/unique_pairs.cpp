// From lines to pairs of customer and item, each once, on any ranks, threads and memory.
#include "algorithms/recommendation/unique_pairs.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "broken_source.hpp"
#include "comm/launch.hpp"
#include "data/memory_table.hpp"
#include "error_text.hpp"
#include "memory_spill.hpp"
#include "parallel/for_each.hpp"
#include "random/generator.hpp"

namespace fullbase::recommendation {
namespace {

using data::Field;
using data::Type;
using ::testing::HasSubstr;

constexpr std::int64_t day = 86'400'000'000;
constexpr std::int64_t as_of = 1000 * day;
constexpr double nan = std::numeric_limits<double>::quiet_NaN();

struct Line {
  std::string customer;  ///< empty: missing
  std::int64_t item;     ///< -1: missing
  double value;
  std::int64_t time;
};

data::MemoryTable table_of(const std::vector<Line>& lines) {
  data::Strings customers;
  std::vector<std::uint8_t> no_customer;
  std::vector<std::int64_t> items;
  std::vector<std::uint8_t> no_item;
  std::vector<double> values;
  std::vector<std::int64_t> times;
  for (const auto& line : lines) {
    customers.push_back(line.customer);
    no_customer.push_back(line.customer.empty() ? 1 : 0);
    items.push_back(line.item);
    no_item.push_back(line.item < 0 ? 1 : 0);
    values.push_back(line.value);
    times.push_back(line.time);
  }
  data::Batch batch{{0, std::ssize(lines)}, {}};
  batch.columns.emplace_back(Field{.name = "who", .type = Type::string, .nullable = true}, std::move(customers),
                             std::move(no_customer));
  batch.columns.emplace_back(Field{.name = "what", .type = Type::int64, .nullable = true}, std::move(items), std::move(no_item));
  batch.columns.emplace_back(Field{.name = "value", .type = Type::float64, .nullable = true}, std::move(values));
  batch.columns.emplace_back(Field{.name = "time", .type = Type::timestamp, .nullable = true}, std::move(times));
  return {"lines", std::move(batch)};
}

/// Few customers have most of the lines; some lines miss something.
std::vector<Line> random_lines(std::int64_t count) {
  const random::Generator draws(random::Key{5});
  std::vector<Line> lines;
  for (std::int64_t row = 0; row < count; ++row) {
    const auto whole = [&](std::int64_t draw, double below) {
      return static_cast<std::int64_t>(below * draws.uniform(row, draw));
    };
    const auto customer = static_cast<std::int64_t>(300 * std::pow(draws.uniform(row, 0), 3));
    Line line{"c" + std::to_string(customer), whole(1, 60), static_cast<double>(whole(2, 9)) - 2, (100 + whole(3, 950)) * day};
    if (whole(4, 50) == 0) line.customer.clear();
    if (whole(5, 50) == 0) line.item = -1;
    if (whole(6, 50) == 0) line.value = nan;
    if (whole(7, 50) == 0) line.time = data::missing_int64;
    lines.push_back(std::move(line));
  }
  return lines;
}

struct Pair {
  double value;
  std::int64_t lines;
  std::int64_t last;
};
using Pairs = std::map<std::pair<std::string, std::int64_t>, Pair>;

struct Side {
  std::vector<std::int64_t> pairs;
  std::vector<double> totals;
  std::int64_t cold = 0;
};
struct Result {
  data::MemoryTable table;
  PairCounts counts;
  Side customers;
  Side items;
};

InteractionOptions usual() {
  return {.customer = "who", .item = "what", .value = "value", .time = "time"};
}

Result result_of(const data::BlockSource& source, const InteractionOptions& options, int ranks = 1, int threads = 1,
                 std::int64_t memory = std::int64_t{1} << 30) {
  parallel::set_thread_count(threads);
  data::MemorySink sink;
  testing::MemorySpill spill;
  Result result{{"pairs", UniquePairs::schema(source.schema(), options)}, {}, {}, {}};
  comm::run_threads(ranks, [&](comm::Communicator& communicator) {
    data::Budget budget(memory);
    const UniquePairs pairs(communicator, source, nullptr, options, {.as_of = as_of}, budget, spill);
    pairs.write(communicator, sink);
    if (!communicator.is_root()) return;
    result.counts = pairs.counts();
    for (const auto& [from, field, into] :
         {std::tuple(&pairs.customers(), Field{.name = "who", .type = Type::string}, &result.customers),
          std::tuple(&pairs.items(), Field{.name = "what", .type = Type::int64}, &result.items)}) {
      const auto rows = from->rows(PairSide::schema(field, "key", "others"), {0, from->keys().rows()});
      into->pairs.assign(rows[1].int64s().begin(), rows[1].int64s().end());
      into->totals.assign(rows[2].float64s().begin(), rows[2].float64s().end());
      into->cold = from->cold();
    }
  });
  parallel::set_thread_count(1);
  if (sink.rows_written() > 0) result.table = sink.table("pairs");
  return result;
}

Pairs pairs_of(const data::MemoryTable& table) {
  Pairs pairs;
  const auto& rows = table.whole();
  std::pair<std::string, std::int64_t> before;
  for (std::int64_t row = 0; row < table.rows(); ++row) {
    const auto i = static_cast<std::size_t>(row);
    std::pair key(std::string(rows[0].text(row)), rows[1].int64s()[i]);
    EXPECT_TRUE(row == 0 || before < key) << "rows ascend by customer, then item";
    before = key;
    pairs[key] = {rows[2].float64s()[i], rows[3].int64s()[i], rows[4].int64s()[i]};
  }
  return pairs;
}

bool takes_part(const Line& line) {
  return !line.customer.empty() && line.item >= 0 && !std::isnan(line.value) && line.time != data::missing_int64 &&
         line.time < as_of;
}

/// What the definition says, line by line.
Pairs expected(const std::vector<Line>& lines, const InteractionOptions& options) {
  std::map<std::pair<std::string, std::int64_t>, std::vector<Line>> groups;
  for (const auto& line : lines) {
    if (takes_part(line)) groups[{line.customer, line.item}].push_back(line);
  }
  Pairs pairs;
  for (const auto& [key, group] : groups) {
    double sum = 0;
    double weights = 0;
    Line first = group.front();
    Line last = group.front();
    double greatest = group.front().value;
    double least = group.front().value;
    const auto weight = [&](const Line& line) {
      if (!options.half_life) return 1.0;
      return std::exp2(-std::min(64.0, static_cast<double>(as_of - line.time) / static_cast<double>(*options.half_life)));
    };
    for (const auto& line : group) {
      sum += line.value * weight(line);
      weights += weight(line);
      if (line.time < first.time) first = line;
      if (line.time >= last.time) last = line;
      greatest = std::max(greatest, line.value);
      least = std::min(least, line.value);
    }
    double value = 0;
    switch (options.combine) {
      case Combine::sum:
        value = sum;
        break;
      case Combine::count:
        value = weights;
        break;
      case Combine::mean:
        value = sum / weights;
        break;
      case Combine::last:
        value = last.value * weight(last);
        break;
      case Combine::first:
        value = first.value;
        break;
      case Combine::min:
        value = least;
        break;
      default:
        value = greatest;
    }
    pairs[key] = {value, std::ssize(group), last.time};
  }
  return pairs;
}

void expect_equal(const Pairs& got, const Pairs& wanted, const std::string& what) {
  ASSERT_EQ(got.size(), wanted.size()) << what;
  for (const auto& [key, pair] : wanted) {
    const auto found = got.find(key);
    ASSERT_NE(found, got.end()) << what << ": " << key.first << ", " << key.second;
    EXPECT_NEAR(found->second.value, pair.value, 1e-12 * std::max(1.0, std::abs(pair.value))) << what << ": " << key.first;
    EXPECT_EQ(found->second.lines, pair.lines) << what;
    EXPECT_EQ(found->second.last, pair.last) << what;
  }
}

TEST(UniquePairs, EveryWayToCombineIsItsDefinition) {
  const auto lines = random_lines(20'000);
  const auto table = table_of(lines);
  for (const auto combine :
       {Combine::sum, Combine::count, Combine::mean, Combine::last, Combine::first, Combine::max, Combine::min}) {
    auto options = usual();
    options.combine = combine;
    const auto what = std::to_string(static_cast<int>(combine));
    expect_equal(pairs_of(result_of(table, options, 2).table), expected(lines, options), what);
    if (combine == Combine::first || combine == Combine::max || combine == Combine::min) continue;
    options.half_life = 30 * day;
    expect_equal(pairs_of(result_of(table, options, 2).table), expected(lines, options), what + " with a half life");
  }
}

/// 900 days and more are over 64 half lives of a day: means of such lines are right all the same.
TEST(UniquePairs, OldLinesHaveTheirMean) {
  auto options = usual();
  options.combine = Combine::mean;
  options.half_life = day;
  const auto table = table_of({{"a", 1, 2, 10 * day}, {"a", 1, 4, 20 * day}, {"b", 1, 5e9, 999 * day}, {"b", 1, 1e9, 998 * day}});
  const auto pairs = pairs_of(result_of(table, options).table);
  EXPECT_NEAR(pairs.at({"a", 1}).value, 3, 1e-6);
  EXPECT_NEAR(pairs.at({"b", 1}).value, (5e9 / 2 + 1e9 / 4) / 0.75, 1e-3);
}

TEST(UniquePairs, LinesThatTakeNoPartAreCounted) {
  const auto table = table_of({{"a", 1, 2, 10 * day},
                               {"", 1, 2, 10 * day},
                               {"a", -1, 2, 10 * day},
                               {"a", 1, nan, 10 * day},
                               {"a", 1, 2, data::missing_int64},
                               {"a", 1, 2, as_of},
                               {"a", 1, 3, as_of - 1}});
  const auto [pairs, counts, customers, items] = result_of(table, usual(), 3);
  EXPECT_EQ(pairs.rows(), 1);
  EXPECT_EQ(counts.lines, 2);
  EXPECT_EQ(counts.missing_key, 2);
  EXPECT_EQ(counts.missing_value, 1);
  EXPECT_EQ(counts.missing_time, 1);
  EXPECT_EQ(counts.after_as_of, 1);
}

TEST(UniquePairs, TheSameBitsOnAnyRanksThreadsAndMemory) {
  const auto table = table_of(random_lines(150'000));
  auto options = usual();
  options.half_life = 100 * day;
  options.range = StatedRange{.least = 0.001, .outside = Outside::leave_out};
  options.scale = Scale::log1p;
  options.cold = {.customers = 50, .items = 150, .leave_out = true};
  const auto one = result_of(table, options);
  ASSERT_GT(one.table.rows(), 1000);
  ASSERT_GT(one.counts.cold_pairs, 0);
  ASSERT_GT(one.counts.pairs_outside, 0);
  for (const int ranks : {1, 2, 3, 4}) {
    for (const int threads : {1, 2}) {
      for (const std::int64_t memory : {std::int64_t{1} << 30, std::int64_t{3} << 20}) {
        const auto other = result_of(table, options, ranks, threads, memory);
        ASSERT_EQ(other.table.rows(), one.table.rows());
        for (std::size_t column = 1; column < 5; ++column)
          EXPECT_EQ(other.table.whole()[column].values(), one.table.whole()[column].values()) << ranks << " " << threads;
        for (std::int64_t row = 0; row < one.table.rows(); ++row)
          ASSERT_EQ(other.table.whole()[0].text(row), one.table.whole()[0].text(row));
        EXPECT_EQ(other.customers.totals, one.customers.totals);
        EXPECT_EQ(other.items.totals, one.items.totals);
        EXPECT_EQ(other.customers.pairs, one.customers.pairs);
        EXPECT_EQ(other.counts.lines, one.counts.lines);
        EXPECT_EQ(other.counts.lines_of_cold_pairs, one.counts.lines_of_cold_pairs);
      }
    }
  }
}

TEST(UniquePairs, WhoIsColdIsMarkedAndLeftOutWhereAsked) {
  const auto lines = random_lines(5'000);
  const auto table = table_of(lines);
  auto options = usual();
  options.cold = {.customers = 8, .items = 80};
  const auto all = result_of(table, options, 2);
  std::map<std::string, std::int64_t> of_customer;
  std::map<std::int64_t, std::int64_t> of_item;
  std::map<std::string, double> totals;
  const auto pairs = pairs_of(all.table);
  for (const auto& [key, pair] : pairs) {
    ++of_customer[key.first];
    ++of_item[key.second];
    totals[key.first] += pair.value;
  }
  std::size_t row = 0;
  std::int64_t cold = 0;
  for (const auto& [customer, count] : of_customer) {
    EXPECT_EQ(all.customers.pairs.at(row), count);
    EXPECT_EQ(all.customers.totals.at(row++), totals[customer]) << "sums of whole numbers are exact";
    cold += count < 8 ? 1 : 0;
  }
  EXPECT_EQ(all.customers.cold, cold);
  options.cold.leave_out = true;
  const auto warm = pairs_of(result_of(table, options, 2).table);
  Pairs left;
  for (const auto& [key, pair] : pairs) {
    if (of_customer[key.first] >= 8 && of_item[key.second] >= 80) left[key] = pair;
  }
  ASSERT_LT(left.size(), pairs.size());
  expect_equal(warm, left, "without who is cold");
}

TEST(UniquePairs, ValuesOutsideTheRangeGoByTheirPolicy) {
  const auto table = table_of({{"a", 1, 2, day}, {"a", 1, 9, 2 * day}, {"b", 1, 0, day}, {"b", 2, 5, day}});
  auto options = usual();
  options.combine = Combine::mean;
  options.range = StatedRange{.least = 1, .most = 5};
  EXPECT_THAT(testing::error_text([&] { result_of(table, options, 2); }), HasSubstr("lines[1]: the value lies outside 1 to 5"));
  options.range->outside = Outside::clip;
  auto result = result_of(table, options, 2);
  EXPECT_EQ(result.counts.lines_outside, 2);
  EXPECT_EQ(pairs_of(result.table).at({"a", 1}).value, 3.5);
  EXPECT_EQ(pairs_of(result.table).at({"b", 1}).value, 1);
  options.range->outside = Outside::leave_out;
  result = result_of(table, options, 2);
  EXPECT_EQ(result.counts.lines_outside, 2);
  EXPECT_EQ(result.counts.missing_value, 0);
  EXPECT_EQ(result.table.rows(), 2);
  EXPECT_EQ(pairs_of(result.table).at({"a", 1}).value, 2);

  // Where lines are added up the range is that of the sum.
  options.combine = Combine::sum;
  options.range->outside = Outside::error;
  EXPECT_THAT(testing::error_text([&] { result_of(table, options, 2); }),
              HasSubstr("a pair of item 1: the value lies outside 1 to 5"));
  options.range->outside = Outside::leave_out;
  result = result_of(table, options, 2);
  EXPECT_EQ(result.table.rows(), 1);
  EXPECT_EQ(result.counts.pairs_outside, 2);
  EXPECT_EQ(result.counts.lines_of_pairs_outside, 3);
  options.range->outside = Outside::clip;
  EXPECT_EQ(pairs_of(result_of(table, options, 2).table).at({"a", 1}).value, 5);
}

TEST(UniquePairs, ARepeatedPairIsRefusedByBothRows) {
  auto lines = std::vector<Line>{{"a", 1, 2, day}, {"b", 1, 2, day}, {"a", 1, 2, as_of}, {"a", 1, nan, day}, {"b", 1, 3, day}};
  auto options = usual();
  options.combine = Combine::error;
  const auto text = testing::error_text([&] { result_of(table_of(lines), options, 3); });
  EXPECT_THAT(text, HasSubstr("row 4, with the key of row 1"));
  lines.pop_back();
  EXPECT_EQ(result_of(table_of(lines), options, 3).table.rows(), 2) << "lines that take no part repeat nothing";
}

TEST(UniquePairs, ValuesThatNoMatrixCanHaveAreRefused) {
  auto options = usual();
  options.scale = Scale::log1p;
  EXPECT_THAT(testing::error_text([&] {
                result_of(table_of({{"a", 1, 2, day}, {"b", 7, -1, day}}), options, 2);
              }),
              HasSubstr("a pair of item 7: the value has no log1p"));
  options.scale = Scale::none;
  EXPECT_THAT(testing::error_text([&] {
                result_of(table_of({{"a", 1, 1e300, day}}), options, 2);
              }),
              HasSubstr("the value is beyond what one of a matrix can be"));
  options.combine = Combine::max;
  EXPECT_THAT(testing::error_text([&] {
                result_of(table_of({{"a", 1, std::numeric_limits<double>::infinity(), day}}), options);
              }),
              HasSubstr("the value is beyond what one of a matrix can be"));
}

TEST(UniquePairs, NobodyMakesEmptyTables) {
  for (const int ranks : {1, 3}) {
    const auto none = result_of(table_of({{"", 1, 2, day}, {"a", 1, 2, as_of}}), usual(), ranks);
    EXPECT_EQ(none.table.rows(), 0);
    EXPECT_TRUE(none.customers.pairs.empty());
    EXPECT_EQ(result_of(table_of({}), usual(), ranks).table.rows(), 0);
  }
}

TEST(UniquePairs, AFailureOnOneRankIsEveryRanks) {
  const auto table = table_of(random_lines(4'096));
  auto options = usual();
  options.range = StatedRange{.least = -10};
  options.combine = Combine::last;
  for (const int rank : {0, 1, 2, 3}) {
    const testing::BrokenSource broken(table, {1024 * rank, 1024 * (rank + 1)});
    EXPECT_THAT(testing::error_text([&] { result_of(broken, options, 4); }, base::ErrorKind::io), HasSubstr("cannot read"));
  }
}

}  // namespace
}  // namespace fullbase::recommendation
