// Aggregates against a computation of each group on its own, over every type of key, many ranks, threads and budgets.
#include "algorithms/tables/aggregate.hpp"

#include <gmock/gmock.h>

#include <cmath>
#include <functional>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/decimal.hpp"
#include "base/error.hpp"
#include "base/time.hpp"
#include "broken_source.hpp"
#include "comm/launch.hpp"
#include "data/make_batch.hpp"
#include "memory_spill.hpp"
#include "parallel/for_each.hpp"

namespace fullbase::tables {
namespace {

using testing::Optional;

constexpr std::int64_t day = base::microseconds_per_day;
constexpr std::int64_t ample = std::int64_t{1} << 30;
constexpr std::int64_t as_of = 1000 * day;

struct Run {
  int ranks = 1;
  int threads = 1;
  std::int64_t budget = ample;
};

struct Result {
  data::MemoryTable table;
  std::int64_t passes = 0;
  std::int64_t left_out = 0;
};

Result aggregate(const data::BlockSource& source, const AggregateOptions& options, Run run = {}, const char* where = nullptr,
                 data::Spill* spill = nullptr, std::optional<std::int64_t> end = as_of) {
  parallel::set_thread_count(run.threads);
  const data::ExpressionEnvironment environment{.as_of = end};
  std::optional<data::BoundExpression> filter;
  if (where != nullptr)
    filter = data::BoundExpression::bind_condition(data::Expression::parse(where), source.schema(), environment);
  const auto schema = Aggregate::schema(source.schema(), options, environment);
  data::MemorySink sink;
  std::int64_t rows = 0, passes = 0, left_out = 0;
  testing::MemorySpill memory;
  comm::run_threads(run.ranks, [&](comm::Communicator& communicator) {
    data::Budget budget(run.budget);
    const Aggregate result(communicator, source, filter ? &*filter : nullptr, options, environment, budget,
                           spill != nullptr ? *spill : memory);
    result.write(communicator, sink);
    if (!communicator.is_root()) return;
    rows = result.rows();
    passes = result.passes();
    left_out = result.missing_key() + result.missing_time() + result.after_as_of();
  });
  parallel::set_thread_count(1);
  EXPECT_EQ(rows, sink.rows_written());
  if (rows == 0) return {data::MemoryTable("groups", schema), passes, left_out};
  return {sink.table("groups", schema.key), passes, left_out};
}

/// Lines with every kind of key and value, some of each missing.
data::MemoryTable lines(std::int64_t rows, std::int64_t customers, unsigned seed) {
  std::mt19937 random(seed);
  const auto below = [&](std::int64_t n) { return static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(n)); };
  Optional<std::int64_t> dense, sparse, time, quantity, price;
  Optional<std::string> name, shop, item;
  Optional<std::int32_t> date;
  Optional<bool> club;
  std::vector<double> weight;
  for (std::int64_t i = 0; i < rows; ++i) {
    const std::int64_t customer = below(3) == 0 ? 7 : below(customers);  // one with a third of all lines
    const bool missing = below(50) == 0;
    dense.push_back(missing ? std::nullopt : std::optional(customer - 5));
    sparse.push_back(
        missing ? std::nullopt
                : std::optional(static_cast<std::int64_t>(static_cast<std::uint64_t>(customer) * 0x9E3779B97F4A7C1 ^ 0x5555)));
    name.push_back(missing ? std::nullopt : std::optional("customer " + std::to_string(customer * 7919 % customers)));
    shop.push_back(below(40) == 0 ? std::nullopt : std::optional("shop " + std::to_string(below(4))));
    item.push_back(below(20) == 0 ? std::nullopt : std::optional("item number " + std::to_string(below(30))));
    club.push_back(below(30) == 0 ? std::nullopt : std::optional(below(2) == 0));
    time.push_back(below(60) == 0 ? std::nullopt : std::optional(as_of - below(500) * day + 3 * day - below(2)));
    date.push_back(below(60) == 0 ? std::nullopt : std::optional(static_cast<std::int32_t>(below(12) - 5)));
    quantity.push_back(below(25) == 0 ? std::nullopt : std::optional(below(40) - 10));
    price.push_back(below(25) == 0 ? std::nullopt : std::optional(below(100000)));
    weight.push_back(below(25) == 0 ? data::missing_float64 : std::ldexp(static_cast<double>(below(1 << 20)) - (1 << 19), -7));
  }
  return testing::make_table(
      "lines",
      {testing::int64_column("dense", dense), testing::int64_column("sparse", sparse), testing::string_column("name", name),
       testing::category_column("shop", shop), testing::string_column("item", item), testing::bool_column("club", club),
       testing::timestamp_column("time", time), testing::date_column("date", date), testing::int64_column("quantity", quantity),
       testing::decimal_column("price", 3, price), testing::float64_column("weight", weight)});
}

AggregateOptions every_measure(std::vector<std::string> by) {
  AggregateOptions options{.by = std::move(by), .time = "time"};
  options.windows = {{"30d", 30 * day}, {"200d", 200 * day}, {"all", {}}};
  options.measures = {
      {"lines", {}},
      {"priced", {.function = Function::count, .of = "price"}},
      {"sold", {.function = Function::sum, .of = "quantity", .where = "quantity > 0"}},
      {"spent", {.function = Function::sum, .of = "quantity * price"}},
      {"weights", {.function = Function::sum, .of = "weight"}},
      {"mean", {.function = Function::mean, .of = "price"}},
      {"deviation", {.function = Function::std, .of = "quantity"}},
      {"spread", {.function = Function::std, .of = "weight"}},
      {"least", {.function = Function::min, .of = "weight"}},
      {"most", {.function = Function::max, .of = "quantity"}},
      {"first_shop", {.function = Function::first, .of = "shop"}},
      {"last_weight", {.function = Function::last, .of = "weight"}},
      {"items", {.function = Function::distinct, .of = "item"}},
      {"shops", {.function = Function::distinct, .of = "shop", .where = "club"}},
      {"median", {.function = Function::quantile, .of = "weight"}},
      {"high", {.function = Function::quantile, .of = "price", .at = 0.9}},
      {"members", {.function = Function::share, .of = "club"}},
      {"bulk", {.function = Function::share, .of = "quantity > 20", .amount = "price"}},
  };
  return options;
}

/// The rows of a group in a window, in time order, ties by row.
using Rows = std::vector<std::int64_t>;

/// What a measure of every_measure() is, worked out from its rows alone; nothing if it is missing. Texts by their text.
std::optional<std::string> text_oracle(const data::Batch& all, const std::string& measure, const Rows& rows) {
  if (measure != "first_shop") return std::nullopt;
  for (const auto row : rows) {
    if (!all.at("shop").is_missing(row)) return std::string(all.at("shop").text(row));
  }
  return std::nullopt;
}

std::optional<double> oracle(const data::Batch& all, const std::string& measure, const Rows& rows) {
  const auto values = [&](const char* column) {
    std::vector<double> found;
    for (const auto row : rows) {
      if (!all.at(column).is_missing(row)) found.push_back(all.at(column).number(row));
    }
    return found;
  };
  const auto sum = [](const std::vector<double>& some) {
    long double total = 0;
    for (const double x : some) total += x;
    return static_cast<double>(total);
  };
  const auto deviation = [&](const std::vector<double>& some) -> std::optional<double> {
    if (some.size() < 2) return std::nullopt;
    const double mean = sum(some) / static_cast<double>(some.size());
    long double squares = 0;
    for (const double x : some) squares += (x - mean) * (x - mean);
    return std::sqrt(static_cast<double>(squares) / static_cast<double>(some.size() - 1));
  };
  const auto quantile = [](std::vector<double> some, double at) -> std::optional<double> {
    if (some.empty()) return std::nullopt;
    std::sort(some.begin(), some.end());
    return some[static_cast<std::size_t>(std::ceil(at * static_cast<double>(some.size()) - 1e-9)) - 1];
  };
  const auto share = [](double part, double whole) { return whole == 0 ? std::nullopt : std::optional(part / whole); };
  const auto weights = values("weight");
  const auto quantities = values("quantity");
  const auto prices = values("price");
  if (measure == "lines") return static_cast<double>(rows.size());
  if (measure == "priced") return static_cast<double>(prices.size());
  if (measure == "sold") {
    double total = 0;
    for (const double x : quantities) total += std::max(0.0, x);
    return total;
  }
  if (measure == "spent") {
    std::int64_t units = 0;
    for (const auto row : rows) {
      if (!all.at("quantity").is_missing(row) && !all.at("price").is_missing(row))
        units +=
            all.at("quantity").int64s()[static_cast<std::size_t>(row)] * all.at("price").int64s()[static_cast<std::size_t>(row)];
    }
    return base::decimal_to_double(units, 3);
  }
  if (measure == "weights") return sum(weights);
  if (measure == "mean") return prices.empty() ? std::nullopt : std::optional(sum(prices) / static_cast<double>(prices.size()));
  if (measure == "deviation") return deviation(quantities);
  if (measure == "spread") return deviation(weights);
  if (measure == "least") return weights.empty() ? std::nullopt : std::optional(*std::ranges::min_element(weights));
  if (measure == "most") return quantile(quantities, 1);
  if (measure == "last_weight") return weights.empty() ? std::nullopt : std::optional(weights.back());
  if (measure == "median") return quantile(weights, 0.5);
  if (measure == "high") return quantile(prices, 0.9);
  std::set<std::string_view> texts;
  double members = 0, known = 0, bulk = 0, asked = 0;
  for (const auto row : rows) {
    const auto& club = all.at("club");
    const bool is_member = !club.is_missing(row) && club.bools()[static_cast<std::size_t>(row)] != 0;
    const char* const column = measure == "items" ? "item" : "shop";
    if ((measure == "items" || is_member) && !all.at(column).is_missing(row)) texts.insert(all.at(column).text(row));
    if (!club.is_missing(row)) known += 1;
    if (is_member) members += 1;
    if (all.at("quantity").is_missing(row) || all.at("price").is_missing(row)) continue;
    asked += all.at("price").number(row);
    if (all.at("quantity").int64s()[static_cast<std::size_t>(row)] > 20) bulk += all.at("price").number(row);
  }
  if (measure == "items" || measure == "shops") return static_cast<double>(texts.size());
  if (measure == "members") return share(members, known);
  return share(bulk, asked);
}

/// A key that orders as the result is to be ordered.
using Key = std::vector<std::pair<std::int64_t, std::string>>;

Key key_of(const data::Batch& batch, const std::vector<std::string>& by, std::int64_t row) {
  Key key;
  for (const auto& name : by) {
    const auto& column = batch.at(name);
    const auto type = column.field().type;
    const auto i = static_cast<std::size_t>(row);
    if (type == data::Type::string || type == data::Type::category) {
      key.emplace_back(0, std::string(column.text(row)));
    } else if (type == data::Type::boolean) {
      key.emplace_back(column.bools()[i], "");
    } else {
      key.emplace_back(type == data::Type::date ? column.int32s()[i] : column.int64s()[i], "");
    }
  }
  return key;
}

void compare_with_oracle(const data::MemoryTable& source, const AggregateOptions& options, const data::MemoryTable& result) {
  const data::Batch& all = source.whole();
  const auto& times = all.at("time").int64s();
  std::map<Key, Rows> groups;
  for (std::int64_t row = 0; row < source.rows(); ++row) {
    const bool missing = std::ranges::any_of(options.by, [&](const auto& name) { return all.at(name).is_missing(row); });
    const auto time = times[static_cast<std::size_t>(row)];
    if (!missing && time != data::missing_int64 && time < as_of) groups[key_of(all, options.by, row)].push_back(row);
  }
  ASSERT_EQ(result.rows(), std::ssize(groups));
  std::int64_t at = 0;
  for (auto& [key, rows] : groups) {
    ASSERT_EQ(key_of(result.whole(), options.by, at), key);
    std::ranges::stable_sort(rows, {}, [&](std::int64_t row) { return times[static_cast<std::size_t>(row)]; });
    for (const auto& [name, measure] : options.measures) {
      for (const Window& window : options.windows) {
        Rows inside;
        for (const auto row : rows) {
          if (!window.length || times[static_cast<std::size_t>(row)] >= as_of - *window.length) inside.push_back(row);
        }
        const auto& column = result.whole().at(name + "_" + window.name);
        const auto what = name + "_" + window.name + " of group " + std::to_string(at);
        if (name == "first_shop") {
          const auto expected = text_oracle(all, name, inside);
          ASSERT_EQ(column.is_missing(at), !expected) << what;
          if (expected) {
            ASSERT_EQ(column.text(at), *expected) << what;
          }
          continue;
        }
        const auto expected = oracle(all, name, inside);
        ASSERT_EQ(column.is_missing(at), !expected) << what;
        if (!expected) continue;
        const bool rounded = name == "mean" || name == "deviation" || name == "spread" || name == "members" || name == "bulk";
        if (rounded) {
          ASSERT_NEAR(column.number(at), *expected, 1e-12 * std::max(1.0, std::abs(*expected))) << what;
        } else {
          ASSERT_EQ(column.number(at), *expected) << what;
        }
      }
    }
    ++at;
  }
}

bool equal(const data::MemoryTable& a, const data::MemoryTable& b) {
  if (a.rows() != b.rows() || a.schema() != b.schema()) return false;
  for (int c = 0; c < a.schema().columns(); ++c) {
    const auto& left = a.whole()[static_cast<std::size_t>(c)];
    const auto& right = b.whole()[static_cast<std::size_t>(c)];
    for (std::int64_t row = 0; row < a.rows(); ++row) {
      if (left.is_missing(row) != right.is_missing(row)) return false;
      if (left.is_missing(row)) continue;
      const bool text = left.field().type == data::Type::string || left.field().type == data::Type::category;
      if (text ? left.text(row) != right.text(row) : left.number(row) != right.number(row)) return false;
    }
  }
  return true;
}

class AggregateByKey : public ::testing::TestWithParam<std::vector<std::string>> {};

TEST_P(AggregateByKey, EqualsEachGroupOnItsOwnOnAnyRanksThreadsAndBudget) {
  const auto source = lines(4000, 1500, 1);
  const auto options = every_measure(GetParam());
  const auto whole = aggregate(source, options);
  EXPECT_EQ(whole.passes, 1);
  compare_with_oracle(source, options, whole.table);
  for (const int ranks : {1, 2, 3, 4}) {
    for (const int threads : {1, 2}) {
      for (const std::int64_t budget : {ample, std::int64_t{5} << 20}) {
        const auto other = aggregate(source, options, {ranks, threads, budget});
        EXPECT_TRUE(equal(whole.table, other.table)) << ranks << " ranks, " << threads << " threads, " << budget << " bytes";
        EXPECT_EQ(whole.left_out, other.left_out);
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Keys, AggregateByKey,
                         ::testing::Values(std::vector<std::string>{"dense"}, std::vector<std::string>{"sparse"},
                                           std::vector<std::string>{"name"}, std::vector<std::string>{"shop"},
                                           std::vector<std::string>{"club", "shop"}, std::vector<std::string>{"shop", "name"},
                                           std::vector<std::string>{"sparse", "date", "club"},
                                           std::vector<std::string>{"sparse", "price", "dense"}));

TEST(Aggregate, TakesSeveralPassesAndSpillsOnLittleMemory) {
  const auto source = lines(30'000, 20'000, 2);
  AggregateOptions options{.by = {"sparse"}, .time = "time"};
  options.measures = {{"lines", {}},
                      {"items", {.function = Function::distinct, .of = "item"}},
                      {"mean", {.function = Function::mean, .of = "price"}}};
  const auto whole = aggregate(source, options);
  for (const auto& by : {"sparse", "dense"}) {
    options.by = {by};
    const auto expected = aggregate(source, options);
    for (const int ranks : {1, 3}) {
      testing::MemorySpill spill;
      const auto little = aggregate(source, options, {ranks, 2, 800 << 10}, nullptr, &spill);
      EXPECT_GT(little.passes, 3) << by;
      if (ranks == 1) {
        EXPECT_GT(spill.reads(), 0) << by;
      }
      EXPECT_TRUE(equal(expected.table, little.table)) << by << ", " << ranks << " ranks";
    }
  }
  EXPECT_EQ(whole.passes, 1);
}

TEST(Aggregate, SumsFloatsExactlyWhateverTheirOrder) {
  // Ordinary sums of these depend on their order, and lose the small ones.
  std::vector<double> weights;
  Optional<std::int64_t> customer;
  for (int i = 0; i < 3000; ++i) {
    customer.push_back(i % 2);
    weights.push_back(i % 3 == 0 ? 1e15 : i % 3 == 1 ? -1e15 : std::ldexp(1.0, -20));
  }
  const auto source =
      testing::make_table("lines", {testing::int64_column("customer", customer), testing::float64_column("weight", weights)});
  AggregateOptions options{.by = {"customer"}};
  options.measures = {{"sum", {.function = Function::sum, .of = "weight"}}};
  const auto result = aggregate(source, options, {3, 2});
  EXPECT_EQ(result.table.whole().at("sum").float64s()[0], std::ldexp(500.0, -20));
  EXPECT_EQ(result.table.whole().at("sum").float64s()[1], std::ldexp(500.0, -20));
}

TEST(Aggregate, DeviationsAreThoseOfTheValuesFarFromZeroToo) {
  Optional<std::int64_t> customer, far, wide;
  for (int i = 0; i < 1000; ++i) {
    customer.push_back(1);
    far.push_back(std::int64_t{4'000'000'000'000'000'000} + i % 2);
    wide.push_back(i % 2 == 0 ? std::numeric_limits<std::int64_t>::max() : -std::numeric_limits<std::int64_t>::max());
  }
  const auto source = testing::make_table("lines", {testing::int64_column("customer", customer),
                                                    testing::int64_column("far", far), testing::int64_column("wide", wide)});
  AggregateOptions options{.by = {"customer"}};
  options.measures = {{"far", {.function = Function::std, .of = "far"}}, {"wide", {.function = Function::std, .of = "wide"}}};
  const auto result = aggregate(source, options, {2, 1});
  const double half = 0.5 * std::sqrt(1000.0 / 999.0);
  EXPECT_DOUBLE_EQ(result.table.whole().at("far").float64s()[0], half);
  EXPECT_DOUBLE_EQ(result.table.whole().at("wide").float64s()[0], half * 0x1p64);
}

TEST(Aggregate, TheLastLineMayBeTheFirstOfTheTable) {
  // Where lines have no time, and only row 0 has a value: what other ranks and threads add has none.
  Optional<std::int64_t> customer, value;
  for (int i = 0; i < 20 * base::block_rows; ++i) {
    customer.push_back(i % 2);
    value.push_back(i < 2 ? std::optional<std::int64_t>(7 + i) : std::nullopt);
  }
  const auto source =
      testing::make_table("lines", {testing::int64_column("customer", customer), testing::int64_column("value", value)});
  AggregateOptions options{.by = {"customer"}};
  options.measures = {{"first", {.function = Function::first, .of = "value"}},
                      {"last", {.function = Function::last, .of = "value"}}};
  for (const int ranks : {1, 2, 3, 4}) {
    for (const int threads : {1, 2}) {
      const auto result = aggregate(source, options, {ranks, threads});
      for (const char* const name : {"first", "last"}) {
        EXPECT_THAT(result.table.whole().at(name).int64s(), ::testing::ElementsAre(7, 8))
            << name << ", " << ranks << " ranks, " << threads << " threads";
      }
    }
  }
}

TEST(Aggregate, MeansAndSharesOfFloatsWhoseSumFitsNone) {
  constexpr double most = std::numeric_limits<double>::max();
  constexpr double least = std::numeric_limits<double>::denorm_min();
  const auto source =
      testing::make_table("lines", {testing::int64_column("customer", {1, 1, 1, 1, 2, 2, 2, 2}),
                                    testing::float64_column("large", {most, most, most, most, most, -most, 0.5, 0.5}),
                                    testing::float64_column("small", {least, least, least, least, 0, 0, 0, 0}),
                                    testing::int64_column("kind", {0, 0, 0, 1, 0, 0, 0, 1})});
  AggregateOptions options{.by = {"customer"}};
  options.measures = {{"large", {.function = Function::mean, .of = "large"}},
                      {"small", {.function = Function::mean, .of = "small"}},
                      {"part", {.function = Function::share, .of = "kind = 1", .amount = "large"}},
                      {"small_part", {.function = Function::share, .of = "kind = 1", .amount = "small"}}};
  const auto result = aggregate(source, options, {2, 1});
  EXPECT_EQ(result.table.whole().at("large").float64s()[0], most);
  EXPECT_EQ(result.table.whole().at("small").float64s()[0], least);
  EXPECT_EQ(result.table.whole().at("part").float64s()[0], 0.25);
  EXPECT_EQ(result.table.whole().at("small_part").float64s()[0], 0.25);
  EXPECT_TRUE(result.table.whole().at("small_part").is_missing(1));
}

TEST(Aggregate, IntegersAtTheEndsOfTheirRange) {
  constexpr auto least = std::numeric_limits<std::int64_t>::min();
  constexpr auto most = std::numeric_limits<std::int64_t>::max();
  Optional<std::int64_t> key, value, far;
  for (int i = 0; i < 3000; ++i) {
    key.push_back(i % 3 == 0 ? least : i % 3 == 1 ? 0 : most);
    value.push_back(i % 3 == 0 ? least : i % 3 == 1 ? most : i < 1500 ? least : most);
    far.push_back(i % 2 == 0 ? least : most);
  }
  const auto source = testing::make_table(
      "lines", {testing::int64_column("key", key), testing::int64_column("value", value), testing::int64_column("far", far)});
  AggregateOptions options{.by = {"key"}};
  options.measures = {{"mean", {.function = Function::mean, .of = "value"}},
                      {"std", {.function = Function::std, .of = "value"}},
                      {"min", {.function = Function::min, .of = "value"}},
                      {"max", {.function = Function::max, .of = "value"}},
                      {"values", {.function = Function::distinct, .of = "value"}},
                      {"low", {.function = Function::quantile, .of = "value", .at = 1e-300}},
                      {"high", {.function = Function::quantile, .of = "value", .at = 1}}};
  for (const int ranks : {1, 3}) {
    const auto result = aggregate(source, options, {ranks, 2});
    const auto& all = result.table.whole();
    EXPECT_THAT(all.at("key").int64s(), ::testing::ElementsAre(least, 0, most));
    EXPECT_THAT(all.at("mean").float64s(), ::testing::ElementsAre(-0x1p63, 0x1p63, -0.5));
    EXPECT_THAT(all.at("std").float64s().subspan(0, 2), ::testing::ElementsAre(0, 0));
    EXPECT_DOUBLE_EQ(all.at("std").float64s()[2], 0x1p63 * std::sqrt(1000.0 / 999.0));
    EXPECT_THAT(all.at("min").int64s(), ::testing::ElementsAre(least, most, least));
    EXPECT_THAT(all.at("max").int64s(), ::testing::ElementsAre(least, most, most));
    EXPECT_THAT(all.at("low").int64s(), ::testing::ElementsAre(least, most, least));
    EXPECT_THAT(all.at("high").int64s(), ::testing::ElementsAre(least, most, most));
    EXPECT_THAT(all.at("values").int64s(), ::testing::ElementsAre(1, 1, 2));
  }
  options.by = {"key", "far"};
  const auto both = aggregate(source, options, {2, 1});
  EXPECT_THAT(both.table.whole().at("key").int64s(), ::testing::ElementsAre(least, least, 0, 0, most, most));
  EXPECT_THAT(both.table.whole().at("far").int64s(), ::testing::ElementsAre(least, most, least, most, least, most));
}

TEST(Aggregate, WhatIsNeverThere) {
  constexpr int rows = 5000;
  const Optional<std::int64_t> no_number(rows);
  const Optional<std::string> no_text(rows);
  const auto source =
      testing::make_table("lines", {testing::int64_column("customer", std::vector<std::optional<std::int64_t>>(rows, 3)),
                                    testing::int64_column("number", no_number), testing::category_column("category", no_text),
                                    testing::string_column("text", no_text), testing::timestamp_column("time", no_number),
                                    testing::float64_column("float", std::vector<double>(rows, data::missing_float64))});
  AggregateOptions options{.by = {"customer"}};
  for (const char* const name : {"number", "category", "float"}) {
    options.measures.push_back({std::string("last_") + name, {.function = Function::last, .of = name}});
    options.measures.push_back({std::string("most_") + name, {.function = Function::max, .of = name}});
    options.measures.push_back({std::string("distinct_") + name, {.function = Function::distinct, .of = name}});
  }
  options.measures.push_back({"sum", {.function = Function::sum, .of = "float"}});
  options.measures.push_back({"std", {.function = Function::std, .of = "float"}});
  options.measures.push_back({"texts", {.function = Function::distinct, .of = "text"}});
  options.measures.push_back({"median", {.function = Function::quantile, .of = "number"}});
  options.measures.push_back({"share", {.function = Function::share, .of = "number > 3"}});
  for (const int ranks : {1, 4, 7}) {
    options.by = {"customer"};
    options.time = {};
    const auto result = aggregate(source, options, {ranks, 2});
    ASSERT_EQ(result.table.rows(), 1);
    for (const auto& [name, measure] : options.measures) {
      const auto& column = result.table.whole().at(name);
      const bool zero = measure.function == Function::distinct || measure.function == Function::sum;
      EXPECT_EQ(column.is_missing(0), !zero) << name;
      if (zero) {
        EXPECT_EQ(column.number(0), 0) << name;
      }
    }
    for (const char* const key : {"number", "category", "text"}) {
      options.by = {key};
      EXPECT_EQ(aggregate(source, options, {ranks, 2}).table.rows(), 0) << key;
      options.by = {"customer", key};
      EXPECT_EQ(aggregate(source, options, {ranks, 2}).table.rows(), 0) << key;
    }
    options.by = {"customer"};
    options.time = "time";
    const auto timeless = aggregate(source, options, {ranks, 2});
    EXPECT_EQ(timeless.table.rows(), 0);
    EXPECT_EQ(timeless.left_out, rows);
  }
}

TEST(Aggregate, AWindowMayBeLongerThanAllTime) {
  const auto source = lines(3000, 50, 9);
  auto options = every_measure({"dense"});
  options.windows = {{"ever", std::numeric_limits<std::int64_t>::max()}, {"all", {}}};
  compare_with_oracle(source, options, aggregate(source, options, {2, 2}).table);
}

TEST(Aggregate, WithoutAsOfNoDateIsTooLate) {
  // The last day that a date can be lies beyond timestamps.
  constexpr std::int32_t last = std::numeric_limits<std::int32_t>::max();
  const auto source =
      testing::make_table("lines", {testing::int64_column("customer", {1, 1, 2}), testing::date_column("day", {last, 3, last}),
                                    testing::int64_column("value", {7, 8, 9})});
  AggregateOptions options{.by = {"customer"}, .time = "day"};
  options.measures = {{"first", {.function = Function::first, .of = "value"}},
                      {"last", {.function = Function::last, .of = "value"}}};
  for (const int ranks : {1, 4}) {
    const auto result = aggregate(source, options, {ranks, 1}, nullptr, nullptr, std::nullopt);
    EXPECT_EQ(result.left_out, 0);
    ASSERT_EQ(result.table.rows(), 2);
    EXPECT_THAT(result.table.whole().at("first").int64s(), ::testing::ElementsAre(8, 9));
    EXPECT_THAT(result.table.whole().at("last").int64s(), ::testing::ElementsAre(7, 9));
    EXPECT_EQ(aggregate(source, options, {ranks, 1}).left_out, 2);
  }
}

TEST(Aggregate, AnErrorThatEveryRankWorksOutIsKnownToAll) {
  Optional<std::int64_t> far;
  for (int i = 0; i < 3000; ++i) far.push_back(i % 2 == 0 ? -4'000'000'000'000'000'000 : 4'000'000'000'000'000'000);
  const auto source = testing::make_table("lines", {testing::decimal_column("a", 2, far), testing::decimal_column("b", 2, far)});
  AggregateOptions options{.by = {"a", "b"}};
  options.measures = {{"lines", {}}};
  data::Budget budget(ample);
  testing::MemorySpill spill;
  comm::run_threads(3, [&](comm::Communicator& communicator) {
    try {
      const Aggregate result(communicator, source, nullptr, options, {.as_of = as_of}, budget, spill);
      ADD_FAILURE() << "no error";
    } catch (const base::Error& error) {
      EXPECT_THAT(error.what(), ::testing::HasSubstr("more than 2^64 combinations"));
      EXPECT_TRUE(error.is_known_to_all());
    }
  });
}

TEST(Aggregate, OfNothing) {
  for (const int ranks : {1, 3}) {
    const auto empty = aggregate(lines(0, 1, 1), every_measure({"dense"}), {ranks});
    EXPECT_EQ(empty.table.rows(), 0);
    const auto filtered = aggregate(lines(100, 10, 1), every_measure({"shop", "name"}), {ranks}, "quantity > 1000");
    EXPECT_EQ(filtered.table.rows(), 0);
  }
}

TEST(Aggregate, SaysWhatIsWrong) {
  const auto source = lines(300, 10, 1);
  const auto schema = [&](AggregateOptions options) { Aggregate::schema(source.schema(), options, {.as_of = as_of}); };
  const auto fails = [&](const std::function<void()>& work, const char* text) {
    try {
      work();
      ADD_FAILURE() << "no error: " << text;
    } catch (const base::Error& error) {
      EXPECT_THAT(error.what(), ::testing::HasSubstr(text));
    }
  };
  AggregateOptions options{.by = {"dense"}};
  options.measures = {{"x", {.function = Function::sum, .of = "item"}}};
  fails([&] { schema(options); }, "'item' is string and cannot be added up");
  options.measures = {{"x", {.function = Function::first, .of = "item"}}};
  fails([&] { schema(options); }, "import the column as a category");
  options.measures = {{"x", {}}};
  options.windows = {{"30d", 30 * day}};
  fails([&] { schema(options); }, "windows of time need a time");
  options.windows = {};
  options.by = {"weight"};
  fails([&] { schema(options); }, "cannot be a key");

  // A sum beyond 64 bits, on every rank.
  Optional<std::int64_t> customer, big;
  for (int i = 0; i < 3000; ++i) {
    customer.push_back(i % 7);
    big.push_back(std::numeric_limits<std::int64_t>::max());
  }
  const auto large =
      testing::make_table("lines", {testing::int64_column("customer", customer), testing::int64_column("big", big)});
  options.by = {"customer"};
  options.measures = {{"total", {.function = Function::sum, .of = "big"}}};
  fails([&] { aggregate(large, options, {3, 2}); }, "a sum of 'big' does not fit 64 bits");

  std::vector<double> infinite(2000, 1.0);
  infinite[1500] = std::numeric_limits<double>::infinity();
  customer.resize(2000);
  const auto bad =
      testing::make_table("lines", {testing::int64_column("customer", customer), testing::float64_column("w", infinite)});
  options.measures = {{"total", {.function = Function::sum, .of = "w"}}};
  fails([&] { aggregate(bad, options, {2, 1}); }, "lines[1500]");
}

TEST(Aggregate, AnErrorOfOneRankIsEveryRanks) {
  const auto source = lines(9000, 5000, 4);
  // The row of each rank in turn, at each of its reads: ranges of keys, codes that occur, magnitudes, lines.
  for (const std::int64_t row : {0, 4500, 8999}) {
    for (const int reads : {0, 1, 2}) {
      const testing::BrokenSource broken(source, {row, row + 1}, std::nullopt, reads);
      try {
        aggregate(broken, every_measure({"sparse"}), {3, 1});
        ADD_FAILURE() << "row " << row << ", read " << reads << ": no error";
      } catch (const base::Error& error) {
        EXPECT_THAT(error.what(), ::testing::HasSubstr("cannot read")) << "row " << row << ", read " << reads;
      }
    }
  }
}

}  // namespace
}  // namespace fullbase::tables
