#include <gmock/gmock.h>

#include <cmath>
#include <functional>
#include <limits>
#include <map>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "algorithms/value/rfm.hpp"
#include "base/decimal.hpp"
#include "base/time.hpp"
#include "comm/launch.hpp"
#include "data/make_batch.hpp"
#include "memory_spill.hpp"
#include "parallel/for_each.hpp"

namespace fullbase::value {
namespace {

using testing::category_column;
using testing::decimal_column;
using ::testing::DoubleEq;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::int64_column;
using testing::make_table;
using testing::Optional;
using testing::string_column;
using testing::timestamp_column;

constexpr std::int64_t day = base::microseconds_per_day;
constexpr std::int64_t large_budget = std::int64_t{1} << 30;

/// What is the same on every rank.
struct Facts {
  std::int64_t rows = 0;
  std::int64_t passes = 0;
  LeftOut left_out;
  RfmCuts cuts;
};

struct Whole {
  data::MemoryTable table;
  Facts facts;
};

/// All ranks' rows in one table.
Whole run(const data::MemoryTable& source, const RfmOptions& options, const data::ExpressionEnvironment& environment,
          int ranks = 1, int threads = 1, std::int64_t budget_bytes = large_budget, const char* where = nullptr,
          const RfmCuts* kept = nullptr) {
  parallel::set_thread_count(threads);
  data::MemorySink sink;
  Facts facts;
  std::optional<data::BoundExpression> filter;
  if (where) filter = data::BoundExpression::bind_condition(data::Expression::parse(where), source.schema(), environment);
  testing::MemorySpill spill;
  comm::run_threads(ranks, [&](comm::Communicator& communicator) {
    data::Budget budget(budget_bytes);
    const Rfm rfm(communicator, source, filter ? &*filter : nullptr, options, environment, budget, spill, {}, kept);
    rfm.write(communicator, sink);
    if (communicator.is_root()) facts = {rfm.rows(), rfm.passes(), rfm.left_out(), rfm.cuts()};
  });
  EXPECT_EQ(facts.rows, sink.rows_written());
  if (facts.rows == 0) return {data::MemoryTable("rfm", rfm_schema(source.schema(), options, environment)), facts};
  return {sink.table("rfm", options.customer), facts};
}

Whole run(const data::MemoryTable& source, const RfmOptions& options, std::int64_t as_of, int ranks = 1, int threads = 1,
          std::int64_t budget_bytes = large_budget, const char* where = nullptr) {
  return run(source, options, {.as_of = as_of}, ranks, threads, budget_bytes, where);
}

/// Two ordinary customers, one with a return, one with cancellations alone, and every kind of line that is left out.
data::MemoryTable shop() {
  return make_table(
      "lines",
      {
          category_column("customer", {"bob", "bob", "ann", "ann", "ann", "eve", std::nullopt, "bob", "ann", "zoe", "bob"}),
          string_column("invoice", {"1", "1", "2", "3", "C4", "C5", "6", "7", "8", "9", std::nullopt}),
          timestamp_column("time", {10 * day, 10 * day, 12 * day, 15 * day + 5, 16 * day, 17 * day, 18 * day, 20 * day,
                                    std::nullopt, 19 * day, 11 * day}),
          int64_column("quantity", {2, 1, 10, 1, -10, -1, 1, 1, 1, 1, 1}),
          decimal_column("price", 2, {150, 25, 100, 999, 100, 428763, 100, 100, 100, std::nullopt, 50}),
      });
}

RfmOptions shop_options() {
  RfmOptions options;
  options.amount = "quantity * price";
  options.orders = "quantity > 0";
  return options;
}

TEST(Rfm, AddsUpAShop) {
  const auto [table, facts] = run(shop(), shop_options(), 20 * day);
  const data::Batch& rows = table.whole();
  ASSERT_EQ(table.rows(), 3);
  EXPECT_EQ(table.schema().key, "customer");
  EXPECT_EQ(rows.at("customer").text(0), "ann");
  EXPECT_EQ(rows.at("customer").text(1), "bob");
  EXPECT_EQ(rows.at("customer").text(2), "eve");
  EXPECT_THAT(rows.at("frequency").int64s(), ElementsAre(2, 1, 0));
  // ann: 10.00 + 9.99 - 10.00; bob: 3.00 + 0.25 + 0.50 (an order line without id still counts with its amount); eve: -4287.63
  EXPECT_THAT(rows.at("monetary").float64s(), ElementsAre(9.99, 3.75, -4287.63));
  EXPECT_EQ(rows.at("recency_days").int64s()[0], 4);  // 4 days and almost 24 hours
  EXPECT_EQ(rows.at("recency_days").int64s()[1], 10);
  EXPECT_TRUE(rows.at("recency_days").is_missing(2));
  EXPECT_THAT(rows.at("first_order").int64s(), ElementsAre(12 * day, 10 * day, data::missing_int64));
  EXPECT_THAT(rows.at("last_order").int64s(), ElementsAre(15 * day + 5, 10 * day, data::missing_int64));
  EXPECT_EQ(rows.at("segment").text(2), "No orders");
  EXPECT_EQ(rows.at("r_score").int64s()[2], 1);
  EXPECT_THAT(rows.at("amount_per_day_times_frequency").float64s(), ElementsAre(9.99 / 4 * 2, 3.75 / 10, 0.0));
  EXPECT_EQ(facts.left_out.missing_customer, 1);
  EXPECT_EQ(facts.left_out.missing_time, 1);
  EXPECT_EQ(facts.left_out.after_as_of, 1);  // at as_of is left out
  EXPECT_EQ(facts.left_out.missing_amount, 1);
  EXPECT_EQ(facts.left_out.missing_order, 1);
  EXPECT_EQ(facts.left_out.filtered, 0);
  EXPECT_EQ(table.schema(), rfm_schema(shop().schema(), shop_options(), {.as_of = 20 * day}));
}

TEST(Rfm, KeptCutsScoreOnAnotherNightAsOnTheirOwn) {
  const auto [whole, facts] = run(shop(), shop_options(), 20 * day);
  // Of one customer alone every quantile is her own value: by the cuts of all she keeps the scores that she had among all.
  const auto [alone, own] = run(shop(), shop_options(), {.as_of = 20 * day}, 2, 1, large_budget, "customer = 'bob'", &facts.cuts);
  EXPECT_EQ(own.cuts.m, facts.cuts.m);
  ASSERT_EQ(alone.rows(), 1);
  for (const char* const score : {"r_score", "f_score", "m_score"})
    EXPECT_EQ(alone.whole().at(score).int64s()[0], whole.whole().at(score).int64s()[1]) << score;
}

TEST(Rfm, TimeZeroCountsAsOneDay) {
  const auto [table, facts] = run(shop(), shop_options(), 15 * day + 6);
  EXPECT_EQ(table.whole().at("recency_days").int64s()[0], 0);
  EXPECT_THAT(table.whole().at("amount_per_day_times_frequency").float64s()[0], DoubleEq(19.99 * 2));
  EXPECT_EQ(table.whole().at("customer").text(0), "ann");
}

TEST(Rfm, AFilterLeavesLinesOut) {
  const auto [table, facts] = run(shop(), shop_options(), 20 * day, 1, 1, large_budget, "customer != 'eve' and quantity < 10");
  EXPECT_EQ(table.rows(), 2);
  EXPECT_THAT(table.whole().at("frequency").int64s(), ElementsAre(1, 1));
  EXPECT_EQ(facts.left_out.filtered, 3);  // eve, ann's ten, and the line without customer, of which nothing is known
  EXPECT_EQ(facts.left_out.missing_customer, 0);
}

TEST(Rfm, EqualValuesHaveEqualScores) {
  std::vector<std::optional<std::int64_t>> customers, invoices, amounts;
  Optional<std::int64_t> times;
  // Seven customers, all last seen at the same instant; amounts 1 1 1 1 2 3 4.
  for (std::int64_t i = 0; i < 7; ++i) {
    customers.push_back(i);
    invoices.push_back(100 + i);
    times.push_back(3 * day);
    amounts.push_back(i < 4 ? 1 : i - 2);
  }
  const auto source = make_table("lines", {int64_column("customer", customers), int64_column("invoice", invoices),
                                           timestamp_column("time", times), int64_column("amount", amounts)});
  const auto [table, facts] = run(source, {}, 5 * day);
  EXPECT_THAT(table.whole().at("r_score").int64s(), ElementsAre(1, 1, 1, 1, 1, 1, 1));
  EXPECT_THAT(table.whole().at("f_score").int64s(), ElementsAre(1, 1, 1, 1, 1, 1, 1));
  // Type 1 quantiles of 7 values at 1/5..4/5: positions ceil(1.4), ceil(2.8), ceil(4.2), ceil(5.6) = 2, 3, 5, 6: cuts 1 1 2 3.
  EXPECT_THAT(facts.cuts.m, ElementsAre(1, 1, 2, 3));
  EXPECT_THAT(table.whole().at("m_score").int64s(), ElementsAre(1, 1, 1, 1, 3, 4, 5));
  EXPECT_EQ(table.whole().at("rfm_score").text(6), "115");
}

/// The definition, line by line, with maps.
struct Customer {
  std::set<std::string> orders;
  std::int64_t units = 0;
  std::int64_t first = 0, last = 0;
};

struct Line {
  std::int64_t customer;
  std::string invoice;
  std::int64_t time, quantity, price;
  bool no_customer;
};

/// Texts that sort as the numbers do.
std::string sortable(std::int64_t number) {
  std::string digits = std::to_string(number + 100'000'000'000'000);
  return std::string(20 - digits.size(), '0') + digits;
}

std::vector<Line> random_lines(int rows, int customers, bool long_ids) {
  std::mt19937_64 random(99);
  std::vector<Line> lines;
  for (int i = 0; i < rows; ++i) {
    Line line{};
    // Skewed: small numbers are frequent.
    line.customer = static_cast<std::int64_t>(random() % (1 + random() % static_cast<unsigned>(customers)));
    const auto order = random() % 40;
    line.invoice = (long_ids && order % 2 ? "a long invoice number " : "") + std::to_string(line.customer % 7 * 100 + order);
    line.time = static_cast<std::int64_t>(random() % 1000) * day / 3;
    line.quantity = static_cast<std::int64_t>(random() % 12) - 2;
    line.price = static_cast<std::int64_t>(random() % 1000);
    line.no_customer = random() % 50 == 0;
    lines.push_back(line);
  }
  return lines;
}

std::map<std::string, Customer> reference(const std::vector<Line>& lines, std::int64_t as_of,
                                          const std::function<std::string(std::int64_t)>& name) {
  std::map<std::string, Customer> customers;
  for (const Line& line : lines) {
    if (line.no_customer || line.time >= as_of) continue;
    Customer& customer = customers[name(line.customer)];
    customer.units += line.quantity * line.price;
    if (line.quantity <= 0) continue;
    if (customer.orders.empty()) customer.first = customer.last = line.time;
    customer.first = std::min(customer.first, line.time);
    customer.last = std::max(customer.last, line.time);
    customer.orders.insert(line.invoice);
  }
  return customers;
}

enum class Keys { category, near_integers, far_integers, strings };

std::string customer_name(std::int64_t customer) {
  return "customer " + base::format_decimal(customer * 7919 % 10007, 0);
}
std::int64_t customer_number(std::int64_t customer, Keys keys) {
  return keys == Keys::far_integers ? customer * 1'000'003'000 - 5'000'000'000 : customer - 100;
}

data::MemoryTable table_of(const std::vector<Line>& lines, Keys keys) {
  Optional<std::string> names, invoices;
  Optional<std::int64_t> numbers, times, quantities, prices;
  for (const Line& line : lines) {
    names.push_back(line.no_customer ? std::nullopt : std::optional(customer_name(line.customer)));
    numbers.push_back(line.no_customer ? std::nullopt : std::optional(customer_number(line.customer, keys)));
    invoices.push_back(line.invoice);
    times.push_back(line.time);
    quantities.push_back(line.quantity);
    prices.push_back(line.price);
  }
  data::Column customer = keys == Keys::category  ? category_column("customer", names)
                          : keys == Keys::strings ? string_column("customer", names)
                                                  : int64_column("customer", numbers);
  data::Column invoice = keys == Keys::near_integers ? category_column("invoice", invoices) : string_column("invoice", invoices);
  return make_table("lines", {std::move(customer), std::move(invoice), timestamp_column("time", times),
                              int64_column("quantity", quantities), decimal_column("price", 2, prices)});
}

class RfmKeys : public ::testing::TestWithParam<Keys> {};
INSTANTIATE_TEST_SUITE_P(Types, RfmKeys,
                         ::testing::Values(Keys::category, Keys::near_integers, Keys::far_integers, Keys::strings));

TEST_P(RfmKeys, AgreesWithTheDefinitionOnAnyRanksThreadsAndMemory) {
  const auto lines = random_lines(40'000, 3'000, true);
  const std::int64_t as_of = 300 * day;
  const bool integers = GetParam() == Keys::near_integers || GetParam() == Keys::far_integers;
  const auto expected = reference(lines, as_of, [&](std::int64_t customer) {
    if (!integers) return customer_name(customer);
    return sortable(customer_number(customer, GetParam()));
  });
  const data::MemoryTable source = table_of(lines, GetParam());
  const RfmOptions options = shop_options();
  const auto [table, facts] = run(source, options, as_of);
  EXPECT_EQ(facts.passes, 1);
  const data::Batch& rows = table.whole();
  ASSERT_EQ(table.rows(), static_cast<std::int64_t>(expected.size()));
  std::int64_t row = 0;
  for (const auto& [name, customer] : expected) {
    const auto i = static_cast<std::size_t>(row);
    const std::string key = integers ? sortable(rows.at("customer").int64s()[i]) : std::string(rows.at("customer").text(row));
    ASSERT_EQ(key, name);
    ASSERT_EQ(rows.at("frequency").int64s()[i], static_cast<std::int64_t>(customer.orders.size()));
    ASSERT_EQ(rows.at("monetary").float64s()[i], base::decimal_to_double(customer.units, 2));
    ASSERT_EQ(rows.at("recency_days").is_missing(row), customer.orders.empty());
    if (!customer.orders.empty()) {
      ASSERT_EQ(rows.at("recency_days").int64s()[i], (as_of - customer.last) / day);
      ASSERT_EQ(rows.at("first_order").int64s()[i], customer.first);
      ASSERT_EQ(rows.at("last_order").int64s()[i], customer.last);
    }
    ++row;
  }
  for (int ranks = 1; ranks <= 4; ++ranks) {
    for (int threads = 1; threads <= 2; ++threads) {
      // A little more than keys and the rank's rows of the result: several passes.
      const std::int64_t small_budget = ranks == 1 ? 650'000 : 450'000;
      for (const std::int64_t budget : {large_budget, small_budget}) {
        const auto [other, other_facts] = run(source, options, as_of, ranks, threads, budget);
        EXPECT_EQ(other_facts.passes > 1, budget != large_budget);
        EXPECT_EQ(other_facts.left_out.missing_customer, facts.left_out.missing_customer);
        EXPECT_EQ(other_facts.left_out.after_as_of, facts.left_out.after_as_of);
        ASSERT_EQ(other.rows(), table.rows());
        for (std::size_t c = 0; c < rows.columns.size(); ++c) {
          ASSERT_EQ(other.whole()[c].field(), rows[c].field());
          ASSERT_TRUE(other.whole()[c].values() == rows[c].values())
              << rows[c].field().name << ' ' << ranks << ' ' << threads << ' ' << budget;
          ASSERT_EQ(other.whole()[c].mask(), rows[c].mask());
        }
      }
    }
  }
}

TEST(Rfm, FewerRowsThanRanksAndNone) {
  const auto [table, facts] = run(shop(), shop_options(), 20 * day, 4);
  EXPECT_EQ(table.rows(), 3);
  const auto none =
      make_table("lines", {category_column("customer", {}), string_column("invoice", {}), timestamp_column("time", {}),
                           int64_column("quantity", {}), decimal_column("price", 2, {})});
  EXPECT_EQ(run(none, shop_options(), 20 * day, 3).facts.rows, 0);
  EXPECT_EQ(run(shop(), shop_options(), 0, 2).facts.rows, 0);  // all lines lie after as_of
  EXPECT_EQ(run(shop(), shop_options(), 0, 2).facts.left_out.after_as_of, 9);
}

TEST(Rfm, AddsFloatsExactly) {
  const auto source =
      make_table("lines", {int64_column("customer", {1, 1, 1, 2}), int64_column("invoice", {1, 2, 3, 4}),
                           timestamp_column("time", {0, 0, 0, 0}), testing::float64_column("amount", {1e13, 0.1, -1e13, NAN})});
  const auto [table, facts] = run(source, {}, day);
  EXPECT_EQ(table.rows(), 1);
  EXPECT_NEAR(table.whole().at("monetary").float64s()[0], 0.1, 1e-12);
  EXPECT_EQ(facts.left_out.missing_amount, 1);
  const auto infinite =
      make_table("lines", {int64_column("customer", {1, 1}), int64_column("invoice", {1, 2}), timestamp_column("time", {0, 0}),
                           testing::float64_column("amount", {1, -std::numeric_limits<double>::infinity()})});
  try {
    run(infinite, {}, day, 2);
    FAIL();
  } catch (const base::Error& error) {
    EXPECT_EQ(error.kind(), base::ErrorKind::input_data);
    EXPECT_THAT(error.what(), HasSubstr("lines[1]"));
  }
}

TEST(Rfm, SumsBeyond64BitsAreExact) {
  const std::int64_t most = INT64_MAX;
  const auto source =
      make_table("lines", {int64_column("customer", {1, 1, 1}), int64_column("invoice", {1, 2, 3}),
                           timestamp_column("time", {0, 0, 0}), decimal_column("amount", 2, {most, most, -most})});
  EXPECT_EQ(run(source, {}, day).table.whole().at("monetary").float64s()[0], base::decimal_to_double(most, 2));
  const auto whole = make_table("lines", {int64_column("customer", {1, 1}), int64_column("invoice", {1, 2}),
                                          timestamp_column("time", {0, 0}), int64_column("amount", {most, most})});
  EXPECT_EQ(run(whole, {}, day).table.whole().at("monetary").float64s()[0], 0x1p64);
}

TEST(Rfm, ColumnsMayHaveAnyName) {
  const auto source =
      make_table("lines", {int64_column("Customer ID", {5, 5, 7}), string_column("in`voice", {"a", "b", std::nullopt}),
                           timestamp_column("and", {1, 2, 3}), int64_column("monetary", {1, 2, 4})});
  RfmOptions options;
  options.customer = "Customer ID";
  options.order = "in`voice";
  options.time = "and";
  options.amount = "monetary";
  const auto [table, facts] = run(source, options, day);
  EXPECT_THAT(table.whole().at("Customer ID").int64s(), ElementsAre(5, 7));
  EXPECT_THAT(table.whole().at("frequency").int64s(), ElementsAre(2, 0));
  EXPECT_THAT(table.whole().at("last_order").int64s(), ElementsAre(2, data::missing_int64));
  EXPECT_THAT(table.whole().at("monetary").float64s(), ElementsAre(3, 4));
  EXPECT_EQ(facts.left_out.missing_order, 1);
}

TEST(Rfm, DatesStayDates) {
  const auto source = make_table("lines", {int64_column("customer", {5, 5}), int64_column("invoice", {1, 2}),
                                           testing::date_column("time", {10, 12}), int64_column("amount", {1, 2})});
  const auto [table, facts] = run(source, {}, 20 * day);
  EXPECT_THAT(table.whole().at("last_order").int32s(), ElementsAre(12));
  EXPECT_THAT(table.whole().at("first_order").int32s(), ElementsAre(10));
  EXPECT_THAT(table.whole().at("recency_days").int64s(), ElementsAre(8));
}

TEST(Rfm, RecencyCountsTheDaysThatClocksAndCalendarsShow) {
  const base::TimeZone london("Europe/London");
  const auto on = [](int year, int month, int d) { return base::days_from_civil(year, month, d); };
  const auto recency = [&](data::Column time, std::int64_t as_of) {
    const auto source = make_table(
        "lines", {int64_column("customer", {5}), int64_column("invoice", {1}), std::move(time), int64_column("amount", {1})});
    return run(source, {}, {.as_of = as_of, .zone = london}).table.whole().at("recency_days").int64s()[0];
  };
  const auto date = [&](std::int64_t days) { return testing::date_column("time", {static_cast<std::int32_t>(days)}); };
  // Clocks went forward on 2011-03-27 and back on 2010-10-31, when 01:00 to 02:00 came twice.
  const std::int64_t april = on(2011, 4, 1) * day - day / 24;
  EXPECT_EQ(recency(date(on(2011, 3, 1)), april), 31);
  EXPECT_EQ(recency(timestamp_column("time", {on(2011, 3, 1) * day}), april), 31);
  EXPECT_EQ(recency(timestamp_column("time", {on(2011, 3, 1) * day + 1}), april), 30);
  EXPECT_EQ(recency(date(on(2010, 10, 30)), on(2010, 11, 1) * day), 2);
  EXPECT_EQ(recency(timestamp_column("time", {on(2010, 10, 30) * day - day / 24}), on(2010, 11, 1) * day), 2);
  const std::int64_t twice = on(2010, 10, 31) * day + day / 48;  // 01:30 for the first time
  EXPECT_EQ(recency(timestamp_column("time", {twice}), twice + day / 32), 0);
}

/// The message of a run that fails; "" if it does not.
std::string failure(const data::MemoryTable& source, const RfmOptions& options, const char* where) {
  try {
    run(source, options, 20 * day, 2, 1, large_budget, where);
  } catch (const base::Error& error) {
    EXPECT_EQ(error.kind(), base::ErrorKind::input_data);
    return error.what();
  }
  return {};
}

TEST(Rfm, OnlyRowsThatTakePartCanFail) {
  // Rows 1 to 4 are filtered, without customer, after as_of, without time; row 5 takes part.
  const std::int64_t most = INT64_MAX;
  const double infinite = std::numeric_limits<double>::infinity();
  const auto lines = [&](std::int64_t last, double last_float) {
    return make_table("lines",
                      {int64_column("customer", {1, 1, std::nullopt, 1, 1, 1}), int64_column("invoice", {1, 2, 3, 4, 5, 6}),
                       timestamp_column("time", {1, 1, 1, 20 * day, std::nullopt, 1}),
                       decimal_column("price", 2, {1, most, most, most, most, last}),
                       testing::float64_column("amount", {1, infinite, infinite, infinite, infinite, last_float}),
                       int64_column("use", {1, 0, 1, 1, 1, 1})});
  };
  RfmOptions decimals;
  decimals.amount = "price * 3";
  RfmOptions conditions;
  conditions.amount = "price";
  conditions.orders = "price * 3 > 0";
  for (const RfmOptions& options : {decimals, conditions, RfmOptions()}) {
    EXPECT_EQ(failure(lines(2, 2), options, "use = 1"), "");
    EXPECT_NE(failure(lines(2, 2), options, nullptr), "");
    EXPECT_THAT(failure(lines(most, infinite), options, "use = 1"), ::testing::ContainsRegex("row 5|lines\\[5\\]"));
  }
}

TEST(Rfm, DatesTooFarForATimestamp) {
  const std::int32_t far = 106'751'992;
  const auto lines = [&](std::int32_t second) {
    return make_table("lines", {int64_column("customer", {5, 5, 5}), int64_column("invoice", {1, 2, 3}),
                                testing::date_column("time", {10, far, second}), int64_column("amount", {1, 2, 4})});
  };
  const auto [table, facts] = run(lines(12), {}, 20 * day);
  EXPECT_EQ(facts.left_out.after_as_of, 1);
  EXPECT_THAT(table.whole().at("monetary").float64s(), ElementsAre(5));
  EXPECT_THAT(failure(lines(-far), {}, nullptr), HasSubstr("lines.time[2]: the date lies 106751992 days before 1970"));
  EXPECT_EQ(failure(lines(-far), {}, "amount < 4"), "");
}

TEST(Rfm, KeysThatDoNotFitAreAClearError) {
  const auto source = table_of(random_lines(40'000, 3'000, true), Keys::strings);
  try {
    run(source, shop_options(), 300 * day, 1, 1, 50'000);
    FAIL();
  } catch (const base::Error& error) {
    EXPECT_EQ(error.kind(), base::ErrorKind::job_file);
    EXPECT_THAT(error.what(), HasSubstr("the distinct keys of a column needs"));
  }
}

TEST(Rfm, RefusesWhatDoesNotFit) {
  const auto message = [](const std::function<void(RfmOptions&)>& change) -> std::string {
    RfmOptions options = shop_options();
    change(options);
    try {
      rfm_schema(shop().schema(), options, {.as_of = 20 * day});
    } catch (const base::Error& error) {
      EXPECT_EQ(error.kind(), base::ErrorKind::job_file);
      return error.what();
    }
    return "accepted";
  };
  EXPECT_THAT(message([](RfmOptions& o) { o.customer = "custmer"; }), HasSubstr("customer"));
  EXPECT_THAT(message([](RfmOptions& o) { o.customer = "price"; }), HasSubstr("cannot be the customer"));
  EXPECT_THAT(message([](RfmOptions& o) { o.time = "quantity"; }), HasSubstr("cannot be the time of a line"));
  EXPECT_THAT(message([](RfmOptions& o) { o.amount = "invoice"; }), HasSubstr("cannot be an amount"));
  EXPECT_THAT(message([](RfmOptions& o) { o.amount = "quantity * prise"; }), HasSubstr("prise"));
  message([](RfmOptions& o) { o.orders = "quantity"; });
  EXPECT_THAT(message([](RfmOptions& o) { o.orders = "quantity + 1"; }), ::testing::Ne("accepted"));
}

TEST(Segments, TheFirstRuleThatFitsWins) {
  const SegmentTable table({{.name = "b", .r = {4, 5}}, {.name = "a", .r = {3, 5}, .f = {2, 2}}}, "none", "rest");
  const auto name = [&](std::int64_t r, std::int64_t f, std::int64_t m, bool orders) {
    return (*table.names())[table.segment(r, f, m, orders)];
  };
  EXPECT_EQ(name(5, 2, 1, true), "b");
  EXPECT_EQ(name(3, 2, 1, true), "a");
  EXPECT_EQ(name(3, 1, 1, true), "rest");
  EXPECT_EQ(name(5, 5, 5, false), "none");
}

TEST(Segments, TheUsualTableNamesEveryScore) {
  for (const std::int64_t scores : {1, 2, 3, 4, 5, 7, 10}) {
    const SegmentTable table(usual_segments(scores), "No orders", "Other");
    for (std::int64_t r = 1; r <= scores; ++r) {
      for (std::int64_t f = 1; f <= scores; ++f) {
        for (std::int64_t m = 1; m <= scores; ++m)
          EXPECT_NE((*table.names())[table.segment(r, f, m, true)], "Other") << scores << ' ' << r << f << m;
      }
    }
  }
  const SegmentTable fifths(usual_segments(5), "No orders", "Other");
  EXPECT_EQ((*fifths.names())[fifths.segment(5, 5, 5, true)], "Champions");
  EXPECT_EQ((*fifths.names())[fifths.segment(1, 1, 1, true)], "Lost");
  EXPECT_EQ((*fifths.names())[fifths.segment(5, 1, 1, true)], "New");
  EXPECT_EQ((*fifths.names())[fifths.segment(1, 5, 5, true)], "Cannot lose");
}

}  // namespace
}  // namespace fullbase::value
