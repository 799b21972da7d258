// In what the columns of two tables differ, and what they have in common.
#pragma once

#include <string>
#include <vector>

#include "algorithms/compare/common_columns.hpp"

namespace fullbase::compare {

/// A column that is in one table alone, or whose types do not compare.
struct SchemaDifference {
  std::string column;
  std::string before;  ///< its type, with its unit; empty: the table has no such column
  std::string after;
};

struct ComparedSchemas {
  std::vector<SchemaDifference> differences;  ///< in the order of the earlier table, then of the later one
  std::vector<CommonColumn> common;           ///< in the order of the later table
};

/// Columns are matched by name. A change of unit, and of category to string, is a difference too, though values are compared. Not
/// collective: the same on every rank.
ComparedSchemas compare_schemas(const data::BlockSource& earlier, const data::BlockSource& later);

}  // namespace fullbase::compare
