#include "algorithms/tables/mark.hpp"

namespace fullbase::tables {

data::Field mark_field(const data::Schema& schema) {
  return {.name = schema.unused_name("kept row"), .type = data::Type::boolean};
}

data::BoundExpression is_marked(const data::Schema& schema) {
  return data::BoundExpression::bind_condition(data::Expression::parse("`" + schema.fields.back().name + "`"), schema);
}

}  // namespace fullbase::tables
