#include "jobs/expressions.hpp"

namespace fullbase::jobs {

std::optional<data::BoundExpression> bind_value(runtime::CheckContext& context, std::string_view path, std::string_view text,
                                                const data::Schema& schema) {
  std::optional<data::BoundExpression> bound;
  reported(context, path, [&] {
    bound = data::BoundExpression::bind(data::Expression::parse(text), schema, context.environment().expressions());
  });
  return bound;
}

std::optional<data::BoundExpression> bind_condition(runtime::CheckContext& context, std::string_view path, std::string_view text,
                                                    const data::Schema& schema) {
  std::optional<data::BoundExpression> bound;
  reported(context, path, [&] {
    bound = data::BoundExpression::bind_condition(data::Expression::parse(text), schema, context.environment().expressions());
  });
  return bound;
}

}  // namespace fullbase::jobs
