// Random expressions against an interpreter that knows nothing of columns, registers or masks: one row, one value at a time.
#include <gtest/gtest.h>

#include <functional>
#include <optional>
#include <random>

#include "data/expression.hpp"
#include "data/make_batch.hpp"

namespace fullbase::data {
namespace {

using namespace fullbase::testing;

struct Row {
  std::optional<std::int64_t> a, b;
  std::optional<bool> f;
};
using Number = std::function<std::optional<std::int64_t>(const Row&)>;
using Truth = std::function<std::optional<bool>(const Row&)>;

template <class Meaning>
struct Sentence {
  std::string text;
  Meaning meaning;
};

/// Both from an operator, missing where an operand is.
template <class Meaning, class F>
Sentence<Meaning> strict(std::string text, Number x, Number y, F f) {
  return {std::move(text), [x, y, f](const Row& row) -> decltype(std::declval<Meaning>()(row)) {
            const auto left = x(row);
            const auto right = y(row);
            if (!left || !right) return std::nullopt;
            return f(*left, *right);
          }};
}

class Author {
 public:
  explicit Author(unsigned seed) : random_(seed) {}

  int below(int n) { return static_cast<int>(random_() % static_cast<unsigned>(n)); }

  Sentence<Number> number(int depth) {
    switch (depth == 0 ? below(3) : below(10)) {
      case 0:
        return {"a", [](const Row& row) { return row.a; }};
      case 1:
        return {"b", [](const Row& row) { return row.b; }};
      case 2: {
        const std::int64_t value = below(10);
        return {std::to_string(value), [value](const Row&) { return std::optional(value); }};
      }
      case 3:
        return binary(depth, "(", " + ", ")", [](auto x, auto y) { return x + y; });
      case 4:
        return binary(depth, "(", " - ", ")", [](auto x, auto y) { return x - y; });
      case 5:
        return binary(depth, "(", " * ", ")", [](auto x, auto y) { return x * y; });
      case 6:
        return binary(depth, "min(", ", ", ")", [](auto x, auto y) { return std::min(x, y); });
      case 7:
        return binary(depth, "-abs(", " - ", ")", [](auto x, auto y) { return -std::abs(x - y); });
      case 8: {
        const auto x = number(depth - 1);
        const auto y = number(depth - 1);
        return {"coalesce(" + x.text + ", " + y.text + ")", [x, y](const Row& row) {
                  const auto first = x.meaning(row);
                  return first ? first : y.meaning(row);
                }};
      }
      default: {
        const auto c = truth(depth - 1);
        const auto x = number(depth - 1);
        const auto y = number(depth - 1);
        return {"if(" + c.text + ", " + x.text + ", " + y.text + ")",
                [c, x, y](const Row& row) { return c.meaning(row).value_or(false) ? x.meaning(row) : y.meaning(row); }};
      }
    }
  }

  Sentence<Truth> truth(int depth) {
    switch (depth == 0 ? 0 : below(9)) {
      case 0:
        return {"f", [](const Row& row) { return row.f; }};
      case 1:
        return compared(depth, " = ", [](auto x, auto y) { return x == y; });
      case 2:
        return compared(depth, " < ", [](auto x, auto y) { return x < y; });
      case 3:
        return compared(depth, " >= ", [](auto x, auto y) { return x >= y; });
      case 4: {
        const auto x = number(depth - 1);
        return {"(" + x.text + " is missing)", [x](const Row& row) { return std::optional(!x.meaning(row)); }};
      }
      case 5: {
        const auto x = number(depth - 1);
        return {"(" + x.text + " not in (3, 0, -5, 3))", [x](const Row& row) -> std::optional<bool> {
                  const auto value = x.meaning(row);
                  if (!value) return std::nullopt;
                  return *value != 3 && *value != 0 && *value != -5;
                }};
      }
      case 6: {
        const auto x = truth(depth - 1);
        return {"(not " + x.text + ")", [x](const Row& row) -> std::optional<bool> {
                  const auto value = x.meaning(row);
                  if (!value) return std::nullopt;
                  return !*value;
                }};
      }
      default: {
        const bool both = below(2) == 0;
        const auto x = truth(depth - 1);
        const auto y = truth(depth - 1);
        return {"(" + x.text + (both ? " and " : " or ") + y.text + ")", [x, y, both](const Row& row) -> std::optional<bool> {
                  const auto left = x.meaning(row);
                  const auto right = y.meaning(row);
                  if (left == !both || right == !both) return !both;  // false decides an and, true an or
                  if (!left || !right) return std::nullopt;
                  return both;
                }};
      }
    }
  }

 private:
  template <class F>
  Sentence<Number> binary(int depth, std::string before, std::string_view between, std::string_view after, F f) {
    const auto x = number(depth - 1);
    const auto y = number(depth - 1);
    return strict<Number>(before + x.text + std::string(between) + y.text + std::string(after), x.meaning, y.meaning, f);
  }
  template <class F>
  Sentence<Truth> compared(int depth, std::string_view between, F f) {
    const auto x = number(depth - 1);
    const auto y = number(depth - 1);
    return strict<Truth>("(" + x.text + std::string(between) + y.text + ")", x.meaning, y.meaning, f);
  }

  std::mt19937 random_;
};

TEST(RandomExpressions, AgreeWithARowByRowInterpreter) {
  Author author(7);
  std::vector<Row> rows;
  Optional<std::int64_t> a;
  Optional<std::int64_t> b;
  Optional<bool> f;
  for (int i = 0; i < 1500; ++i) {  // more than one piece
    const auto value = [&]() -> std::optional<std::int64_t> {
      return author.below(4) == 0 ? std::nullopt : std::optional<std::int64_t>(author.below(15) - 7);
    };
    const auto flag = author.below(3) == 0 ? std::nullopt : std::optional(author.below(2) == 0);
    rows.push_back({value(), value(), flag});
    a.push_back(rows.back().a);
    b.push_back(rows.back().b);
    f.push_back(flag);
  }
  const Batch batch = make_batch({int64_column("a", a), int64_column("b", b), bool_column("f", f)});
  const Schema schema{.fields = {batch[0].field(), batch[1].field(), batch[2].field()}, .key = {}};
  const int read[] = {0, 1, 2};
  for (int round = 0; round < 400; ++round) {
    const auto number = author.number(4);
    const auto truth = author.truth(4);
    SCOPED_TRACE(number.text + "\n" + truth.text);
    const auto numbers = BoundExpression::bind(Expression::parse(number.text), schema).evaluate(batch, read);
    const auto condition = BoundExpression::bind_condition(Expression::parse(truth.text), schema);
    const auto truths = condition.evaluate(batch, read);
    std::vector<std::int32_t> selected;
    for (std::size_t i = 0; i < rows.size(); ++i) {
      const auto row = static_cast<std::int64_t>(i);
      const auto expected = number.meaning(rows[i]);
      ASSERT_EQ(numbers.is_missing(row), !expected.has_value());
      if (expected) {
        ASSERT_EQ(numbers.int64s()[i], *expected);
      }
      const auto holds = truth.meaning(rows[i]);
      ASSERT_EQ(truths.is_missing(row), !holds.has_value());
      if (holds) {
        ASSERT_EQ(truths.bools()[i] != 0, *holds);
      }
      if (holds.value_or(false)) selected.push_back(static_cast<std::int32_t>(i));
    }
    ASSERT_EQ(condition.select(batch, read), selected);
  }
}

}  // namespace
}  // namespace fullbase::data
