// What expressions mean: types, precedence, exact arithmetic, three-valued logic, times, texts.
#include "data/expression.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "base/error.hpp"
#include "base/int128.hpp"
#include "data/make_batch.hpp"

namespace fullbase::data {
namespace {

using namespace fullbase::testing;

const std::int64_t day = base::microseconds_per_day;

Batch sample() {
  return make_batch(
      {int64_column("quantity", {2, -1, {}, 5}), decimal_column("price", 2, {150, {}, 999, 0}),
       float64_column("weight", {0.5, missing_float64, 2, 0}), bool_column("active", {true, false, {}, true}),
       category_column("country", {"France", "Spain", {}, "Finland"}), string_column("invoice", {"C100", "200", {}, "C3é"}),
       timestamp_column("time", {15318 * day, 15318 * day - 1, {}, 15000 * day}), date_column("born", {0, 15318, {}, -1}),
       float32_column("ratio", {0.25F, 1, missing_float32, 3}), int64_column("in", {1, 2, 3, 4})});
}

Schema schema_of(const Batch& batch) {
  Schema schema;
  for (const auto& column : batch.columns) schema.fields.push_back(column.field());
  return schema;
}

ExpressionEnvironment environment() {
  return {.as_of = 15318 * day, .zone = base::TimeZone()};
}

Column evaluate(std::string_view text, const Batch& batch = sample(), const ExpressionEnvironment& around = environment()) {
  const auto bound = BoundExpression::bind(Expression::parse(text), schema_of(batch), around);
  std::vector<int> read(batch.columns.size());
  std::iota(read.begin(), read.end(), 0);
  return bound.evaluate(batch, read);
}

/// Values as text, '?' for missing.
std::string values(const Column& column) {
  std::string text;
  for (std::int64_t row = 0; row < column.rows(); ++row) {
    if (row > 0) text += ' ';
    if (column.is_missing(row)) {
      text += '?';
    } else if (column.field().type == Type::string || column.field().type == Type::category) {
      text += column.text(row);
    } else {
      std::string number = std::to_string(column.number(row));
      number.erase(number.find_last_not_of('0') + 1);
      if (number.back() == '.') number.pop_back();
      text += number;
    }
  }
  return text;
}

struct Case {
  std::string_view text;
  std::string_view type;
  std::string_view values;
};

TEST(Expression, MeansWhatItSays) {
  const Case cases[] = {
      {"quantity * price", "decimal(2)", "3 ? ? 0"},
      {"quantity + 1 * 2", "int64", "4 1 ? 7"},
      {"(quantity + 1) * 2", "int64", "6 0 ? 12"},
      {"10 - quantity - 1", "int64", "7 10 ? 4"},
      {"-quantity", "int64", "-2 1 ? -5"},
      {"- -quantity * -1", "int64", "-2 1 ? -5"},
      {"price + 0.005", "decimal(3)", "1.505 ? 9.995 0.005"},
      {"price * 1.5", "decimal(3)", "2.25 ? 14.985 0"},
      {"price / quantity", "float64", "0.75 ? ? 0"},
      {"quantity / weight", "float64", "4 ? ? ?"},  // a division by zero is missing
      {"weight * 2 + quantity", "float64", "3 ? ? 5"},
      {"ratio + 1", "float64", "1.25 2 ? 4"},
      {"ratio", "float32", "0.25 1 ? 3"},
      {"country", "category", "France Spain ? Finland"},
      {"quantity > 0", "bool", "1 0 ? 1"},
      {"price >= 1.5", "bool", "1 ? 1 0"},
      {"price > 1.499", "bool", "1 ? 1 0"},
      {"price = 1.50000", "bool", "1 ? 0 0"},
      {"weight != 2", "bool", "1 ? 0 1"},
      {"quantity < 9223372036854775807", "bool", "1 1 ? 1"},
      {"price < 9223372036854775807", "bool", "1 ? 1 1"},
      {"active", "bool", "1 0 ? 1"},
      {"not active", "bool", "0 1 ? 0"},
      {"active = true", "bool", "1 0 ? 1"},
      {"quantity is missing", "bool", "0 0 1 0"},
      {"country is not missing", "bool", "1 1 0 1"},
      {"weight is missing", "bool", "0 1 0 0"},
      {"active is missing or invoice is missing", "bool", "0 0 1 0"},
      {"quantity between 0 and 2", "bool", "1 0 ? 0"},
      {"quantity not between 0 and 2", "bool", "0 1 ? 1"},
      {"quantity in (2, 5, 7)", "bool", "1 0 ? 1"},
      {"price in (1.5, 9.999)", "bool", "1 ? 0 0"},
      {"weight in (0, 0.5)", "bool", "1 ? 0 1"},
      {"country in ('France', 'Italy')", "bool", "1 0 ? 0"},
      {"country not in ('France')", "bool", "0 1 ? 1"},
      {"invoice in ('200')", "bool", "0 1 ? 0"},
      {"country = 'Spain'", "bool", "0 1 ? 0"},
      {"'Spain' != country", "bool", "1 0 ? 1"},
      {"country < 'G'", "bool", "1 0 ? 1"},
      {"country = invoice", "bool", "0 0 ? 0"},
      {"starts_with(invoice, 'C')", "bool", "1 0 ? 1"},
      {"starts_with(country, 'F') and not ends_with(country, 'nd')", "bool", "1 0 ? 0"},
      {"contains(country, 'an')", "bool", "1 0 ? 1"},
      {"length(invoice)", "int64", "4 3 ? 3"},  // characters, not bytes
      {"length(country)", "int64", "6 5 ? 7"},
      {"time >= as_of", "bool", "1 0 ? 0"},
      {"time >= as_of - 1us", "bool", "1 1 ? 0"},
      {"time >= 2011-12-10", "bool", "1 0 ? 0"},
      {"time < '2011-12-10 00:00:00'", "bool", "0 1 ? 1"},
      {"time = timestamp '2011-12-10T01:00:00+01:00'", "bool", "1 0 ? 0"},
      {"born = date '1970-01-01'", "bool", "1 0 ? 0"},
      {"born < time", "bool", "1 0 ? 1"},
      {"born + 1d = 1970-01-02", "bool", "1 0 ? 0"},
      {"days(as_of - time)", "int64", "0 0 ? 318"},
      {"days(2011-12-10 - born)", "int64", "15318 0 ? 15319"},
      {"year(time) * 10000 + month(time) * 100 + day(time)", "int64", "20111210 20111209 ? 20110126"},
      {"date(time) = born", "bool", "0 0 ? 0"},
      {"abs(quantity)", "int64", "2 1 ? 5"},
      {"max(quantity, 3)", "int64", "3 3 ? 5"},
      {"min(price, quantity)", "decimal(2)", "1.5 ? ? 0"},
      {"coalesce(quantity, 0)", "int64", "2 -1 0 5"},
      {"coalesce(price, quantity, 7)", "decimal(2)", "1.5 -1 9.99 0"},
      {"coalesce(country, 'unknown')", "string", "France Spain unknown Finland"},
      {"if(quantity > 0, price, 0)", "decimal(2)", "1.5 0 0 0"},
      {"if(active, country, invoice)", "string", "France 200 ? Finland"},
      {"float64(price) * 1e1", "float64", "15 ? 99.9 0"},
      {"`in` + 1", "int64", "2 3 4 5"},
      {"quantity > 0 AND price IS NOT MISSING", "bool", "1 0 ? 1"},
      {"true or active", "bool", "1 1 1 1"},
      {"1 < 2", "bool", "1 1 1 1"},
      {"'it''s' = \"it's\"", "bool", "1 1 1 1"},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.text);
    const Column column = evaluate(c.text);
    EXPECT_EQ(type_text(column.field()), c.type);
    EXPECT_EQ(values(column), c.values);
    const bool any_missing = c.values.find('?') != std::string_view::npos;
    EXPECT_TRUE(column.field().nullable || !any_missing || column.field().type == Type::float32);
  }
}

TEST(Expression, TellsWhichFunctionsItCalls) {
  const auto expression = Expression::parse("a + abs(if(b is missing, 1, `if`))");
  EXPECT_TRUE(expression.calls("if"));
  EXPECT_TRUE(expression.calls("abs"));
  EXPECT_FALSE(expression.calls("coalesce"));
  EXPECT_FALSE(expression.calls("+"));
  EXPECT_FALSE(Expression::parse("`if` + a").calls("if"));
}

TEST(Expression, LogicHasThreeValues) {
  const auto batch = make_batch({bool_column("a", {false, false, false, {}, {}, {}, true, true, true}),
                                 bool_column("b", {false, {}, true, false, {}, true, false, {}, true})});
  EXPECT_EQ(values(evaluate("a and b", batch)), "0 0 0 0 ? ? 0 ? 1");
  EXPECT_EQ(values(evaluate("a or b", batch)), "0 ? 1 ? ? 1 1 1 1");
  EXPECT_EQ(values(evaluate("not a", batch)), "1 1 1 ? ? ? 0 0 0");
  EXPECT_EQ(values(evaluate("a = b", batch)), "1 ? 0 ? ? ? 0 ? 1");
  EXPECT_EQ(values(evaluate("a or b and not a", batch)), "0 ? 1 ? ? ? 1 1 1");
}

TEST(Expression, ConditionsKeepOnlyWhatIsTrue) {
  const Batch batch = sample();
  const auto bound =
      BoundExpression::bind_condition(Expression::parse("quantity > 0 and country is not missing"), schema_of(batch));
  EXPECT_EQ(bound.columns(), (std::vector<int>{0, 4}));
  const std::vector<int> read = {4, 0};
  const Batch part = make_batch({batch[4], batch[0]});
  EXPECT_EQ(bound.select(part, read), (std::vector<std::int32_t>{0, 3}));
}

TEST(Expression, DaysBeginAndEndInTheJobsZone) {
  const ExpressionEnvironment london{.as_of = {}, .zone = base::TimeZone("Europe/London")};
  // 2011-07-01 00:00 in London is 23:00 UTC of the day before.
  const std::int64_t midnight = base::days_from_civil(2011, 7, 1) * day - day / 24;
  const auto batch = make_batch({timestamp_column("time", {midnight - 1, midnight})});
  EXPECT_EQ(values(evaluate("time >= 2011-07-01", batch, london)), "0 1");
  EXPECT_EQ(values(evaluate("day(time)", batch, london)), "30 1");
  EXPECT_EQ(values(evaluate("time = timestamp '2011-07-01 00:00'", batch, london)), "0 1");
}

TEST(Expression, DatesAndTimestampsDifferByWhatClocksShow) {
  const ExpressionEnvironment london{.as_of = base::days_from_civil(2011, 4, 1) * day - day / 24,
                                     .zone = base::TimeZone("Europe/London")};
  const auto on = [](int year, int month, int d) { return static_cast<std::int32_t>(base::days_from_civil(year, month, d)); };
  // Clocks went forward on 2011-03-27 and back on 2010-10-31.
  const auto batch = make_batch({date_column("date", {on(2011, 3, 1), on(2011, 3, 31), on(2010, 10, 1), {}}),
                                 timestamp_column("time", {on(2011, 3, 1) * day, on(2011, 3, 31) * day - day / 24,
                                                           on(2010, 10, 1) * day - day / 24, on(2011, 3, 31) * day})});
  EXPECT_EQ(values(evaluate("days(as_of - date)", batch, london)), "31 1 182 ?");
  EXPECT_EQ(values(evaluate("days(2011-04-01 - date)", batch, london)), "31 1 182 ?");
  EXPECT_EQ(values(evaluate("days(date - as_of)", batch, london)), "-31 -1 -182 ?");
  EXPECT_EQ(values(evaluate("days(2011-04-01 - time)", batch, london)), "31 1 182 0");
  EXPECT_EQ(values(evaluate("as_of - time = 743h", batch, london)), "1 0 0 0");  // two instants: what went by
}

TEST(Expression, RowsThatDoNotTakePartCannotFail) {
  const std::int64_t big = std::int64_t{1} << 62;
  Optional<std::int64_t> numbers(3000, 1);
  numbers[2000] = big;
  numbers[2500] = big;
  const auto batch = make_batch({int64_column("x", numbers)}, 100'000);
  const auto bound = BoundExpression::bind(Expression::parse("x * 2"), schema_of(batch));
  const std::vector<int> read = {0};
  std::vector<std::uint8_t> taking_part(3000, 1);
  taking_part[2000] = 0;
  try {
    bound.evaluate(batch, read, taking_part);
    ADD_FAILURE();
  } catch (const base::Error& error) {
    EXPECT_EQ(error.where(), "row 102500");
  }
  taking_part[2500] = 0;
  const auto doubled = bound.evaluate(batch, read, taking_part);
  EXPECT_EQ(doubled.int64s()[1999], 2);
  EXPECT_EQ(doubled.int64s()[2999], 2);
}

TEST(Expression, OverflowNamesTheRow) {
  const std::int64_t big = std::int64_t{1} << 62;
  Optional<std::int64_t> numbers(3000, 1);
  numbers[2000] = big;
  numbers[2500] = big;
  const auto batch = make_batch({int64_column("x", numbers), decimal_column("d", 2, numbers)}, 100'000);
  for (const auto* text : {"x * 2", "x + x", "d * 3", "x - (0 - x) - 1 + 1", "d + x", "2 * d = 0"}) {
    SCOPED_TRACE(text);
    try {
      evaluate(text, batch);
      ADD_FAILURE();
    } catch (const base::Error& error) {
      EXPECT_EQ(error.kind(), base::ErrorKind::input_data);
      EXPECT_EQ(error.where(), "row 102000");
    }
  }
  EXPECT_NO_THROW(evaluate("x * 1", batch));
  EXPECT_NO_THROW(evaluate("d > x", batch));
  EXPECT_NO_THROW(evaluate("float64(x) * 4", batch));
}

TEST(Expression, DecimalProductsAreThoseOf128Bits) {
  std::uint64_t state = 1;
  const auto next = [&](int bits) {
    state = state * 6364136223846793005U + 1442695040888963407U;
    return static_cast<std::int64_t>(state) >> (64 - bits);
  };
  Optional<std::int64_t> a;
  Optional<std::int64_t> b;
  for (int i = 0; i < 3000; ++i) {
    a.emplace_back(next(31));
    b.emplace_back(next(31));
  }
  const auto batch = make_batch({decimal_column("a", 3, a), decimal_column("b", 2, b)});
  const Column product = evaluate("a * b", batch);
  const Column sum = evaluate("a + b", batch);
  const Column less = evaluate("a < b", batch);
  EXPECT_EQ(product.field().scale, 5);
  EXPECT_EQ(sum.field().scale, 3);
  for (std::size_t i = 0; i < a.size(); ++i) {
    EXPECT_TRUE(product.int64s()[i] == base::int128{*a[i]} * *b[i]);
    EXPECT_TRUE(sum.int64s()[i] == base::int128{*a[i]} + base::int128{*b[i]} * 10);
    EXPECT_EQ(less.bools()[i] == 1, *a[i] < *b[i] * 10);
  }
}

struct Mistake {
  std::string_view text;
  std::size_t offset;
  std::string_view part;  ///< of the message
};

TEST(Expression, MistakesAreFoundBeforeDataIsRead) {
  const Mistake mistakes[] = {
      {"", 0, "empty"},
      {"quantity >", 10, "ends where a value"},
      {"quantity > 0 and", 16, "ends where a value"},
      {"quantiy > 0", 0, "did you mean 'quantity'"},
      {"1 + qty", 4, "there is no column 'qty'"},
      {"quantity + country", 9, "'+' does not take int64 and category"},
      {"country = 17850", 8, "quotes"},
      {"quantity and active", 9, "takes conditions"},
      {"starts_wth(invoice, 'C')", 0, "starts_with"},
      {"starts_with(invoice)", 0, "write starts_with(text, prefix)"},
      {"1 < quantity < 3", 13, "cannot be chained"},
      {"(quantity > 0", 13, "')' is missing"},
      {"quantity > 0)", 12, "unexpected ')'"},
      {"quantity is 3", 12, "'missing'"},
      {"quantity ! 3", 9, "means nothing here"},
      {"active && active", 7, "write 'and'"},
      {"'open", 0, "has no end"},
      {"2011-13-01 < time", 0, "2011-13-01"},
      {"90x", 0, "90x"},
      {"time > 'yesterday'", 5, "yesterday"},
      {"as_of - time", 6, "duration"},
      {"active < true", 7, "does not take bool"},
      {"quantity in (price)", 9, "literals"},
      {"price * price * price * price * price * price * price * price * price * price", 70, "at most 18"},
      {"99999999999999999999", 0, "64 bits"},
      {"year(quantity)", 0, "does not take int64"},
      {"if(quantity, 1, 2)", 0, "does not take int64"},
      {"quantity > 0 or missing", 16, "backquotes"},
  };
  const Batch batch = sample();
  for (const Mistake& mistake : mistakes) {
    SCOPED_TRACE(mistake.text);
    try {
      BoundExpression::bind(Expression::parse(mistake.text), schema_of(batch), environment());
      ADD_FAILURE();
    } catch (const ExpressionError& error) {
      EXPECT_EQ(error.kind(), base::ErrorKind::job_file);
      EXPECT_EQ(error.offset(), mistake.offset) << error.what();
      EXPECT_NE(std::string(error.what()).find(mistake.part), std::string::npos) << error.what();
    }
  }
  EXPECT_THROW(BoundExpression::bind(Expression::parse("time < as_of"), schema_of(batch)), ExpressionError);
  EXPECT_THROW(BoundExpression::bind_condition(Expression::parse("quantity"), schema_of(batch)), ExpressionError);
}

TEST(Expression, HostileTextsEndInAnError) {
  const auto repeated = [](std::string_view part, int times) {
    std::string text;
    for (int i = 0; i < times; ++i) text += part;
    return text;
  };
  EXPECT_THROW(Expression::parse(repeated("(", 5000)), ExpressionError);
  EXPECT_THROW(Expression::parse(repeated("-", 5000) + "1"), ExpressionError);
  EXPECT_THROW(Expression::parse(repeated("not ", 4000) + "true"), ExpressionError);
  EXPECT_THROW(Expression::parse(repeated("abs(", 4000)), ExpressionError);
  EXPECT_THROW(Expression::parse(repeated("1+", 4000) + "1"), ExpressionError);
  EXPECT_THROW(Expression::parse(repeated("x", 20000)), ExpressionError);
  EXPECT_THROW(Expression::parse(std::string("a\0b", 3)), ExpressionError);
  EXPECT_NO_THROW(Expression::parse(repeated("1+", 400) + "1"));
}

TEST(Expression, LooksUpEachDictionaryOfItsOwn) {
  const auto bound =
      BoundExpression::bind(Expression::parse("c = 'b'"), {.fields = {{.name = "c", .type = Type::category}}, .key = {}});
  const int read[] = {0};
  EXPECT_EQ(values(bound.evaluate(make_batch({category_column("c", {"a", "b"})}), read)), "0 1");
  EXPECT_EQ(values(bound.evaluate(make_batch({category_column("c", {"b", "c"})}), read)), "1 0");
  EXPECT_EQ(values(bound.evaluate(make_batch({category_column("c", {{}, {}})}), read)), "? ?");
}

}  // namespace
}  // namespace fullbase::data
