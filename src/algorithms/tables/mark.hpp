// A column that says which rows of a table are wanted, so that prepare::Selection writes them.
#pragma once

#include "data/expression.hpp"
#include "data/schema.hpp"

namespace fullbase::tables {

/// A boolean column with a name that no column of `schema` has.
data::Field mark_field(const data::Schema& schema);

/// The condition that the last column of `schema`, a mark, is true.
data::BoundExpression is_marked(const data::Schema& schema);

}  // namespace fullbase::tables
