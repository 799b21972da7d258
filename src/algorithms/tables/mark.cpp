#include "algorithms/tables/mark.hpp"

namespace fullbase::tables {

data::Field mark_field(const data::Schema& schema) {
  data::Field field{.name = "kept row", .type = data::Type::boolean};
  while (schema.find(field.name)) field.name += '\'';
  return field;
}

data::BoundExpression is_marked(const data::Schema& schema) {
  return data::BoundExpression::bind_condition(data::Expression::parse("`" + schema.fields.back().name + "`"), schema);
}

}  // namespace fullbase::tables
