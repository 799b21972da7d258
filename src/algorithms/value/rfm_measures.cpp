#include "algorithms/value/rfm_measures.hpp"

#include <fmt/format.h>

#include <string>

#include "base/error.hpp"
#include "data/type_kinds.hpp"

namespace fullbase::value {
namespace {

using data::Type;

void expect_type(bool fits, const data::Field& field, const char* use, const char* advice) {
  if (fits) return;
  throw base::job_file_error(fmt::format("column '{}' is {} and cannot be {}", field.name, data::type_text(field), use), {},
                             advice);
}

bool is_order_type(Type type) noexcept {
  return type == Type::int64 || type == Type::timestamp || type == Type::decimal || type == Type::category ||
         type == Type::date || type == Type::string;
}

std::string both(const std::string& a, const std::string& b) {
  return a.empty() || b.empty() ? a + b : fmt::format("({}) and ({})", a, b);
}

}  // namespace

RfmMeasures::RfmMeasures(const data::Schema& schema, const RfmOptions& asked, const data::ExpressionEnvironment& environment) {
  using tables::Function;
  const data::Field& customer_field = schema[schema.at(asked.customer, "customer")];
  const data::Field& order = schema[schema.at(asked.order, "order")];
  time = schema[schema.at(asked.time, "time")];
  expect_type(customer_field.type == Type::int64 || customer_field.type == Type::category || customer_field.type == Type::string,
              customer_field, "the customer", "a key is an int64, category or string column");
  expect_type(is_order_type(order.type), order, "an order id", "an order id is no float and no bool");
  expect_type(time.type == Type::timestamp || time.type == Type::date, time, "the time of a line",
              "import it as a timestamp or a date");
  amount = data::BoundExpression::bind(data::Expression::parse(asked.amount), schema, environment).field();
  expect_type(is_number(amount.type), amount, "an amount", "an amount is a decimal, an int64 or a float");
  if (!asked.orders.empty()) data::BoundExpression::bind_condition(data::Expression::parse(asked.orders), schema, environment);

  ids_can_miss = order.nullable;
  const std::string id = data::column_expression(asked.order);
  const std::string ordered = ids_can_miss ? both(asked.orders, id + " is not missing") : asked.orders;
  options = {.by = {asked.customer}, .time = asked.time, .value = asked.amount};
  options.measures = {
      {"monetary", {.function = Function::sum, .of = asked.amount, .real = true}},
      {"frequency", {.function = Function::distinct, .of = id, .where = ordered}},
      {"first_order", {.function = Function::min, .of = data::column_expression(asked.time), .where = ordered}},
      {"last_order", {.function = Function::max, .of = data::column_expression(asked.time), .where = ordered}},
  };
  if (ids_can_miss) {
    options.measures.emplace_back("without_id",
                                  tables::Measure{.function = Function::count, .where = both(asked.orders, id + " is missing")});
  }
}

}  // namespace fullbase::value
