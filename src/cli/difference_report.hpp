// Differences of tables, as people and programs read them.
#pragma once

#include <cstdint>
#include <ostream>
#include <string>
#include <vector>

#include "algorithms/compare/difference.hpp"
#include "algorithms/compare/schema_difference.hpp"

namespace fullbase::cli {

/// One table of both places, compared.
struct TableDifference {
  std::string name;
  std::int64_t rows_before = 0;
  std::int64_t rows_after = 0;
  std::vector<std::string> keys;
  std::vector<compare::SchemaDifference> schema;
  compare::Difference rows;
  std::string segment;                    ///< the column whose transitions are shown; empty: none
  data::DictionaryPointer segment_names;  ///< null if the segment is no category

  bool any() const noexcept { return !schema.empty() || rows.any(); }
};

struct DifferenceReport {
  std::vector<std::string> only_before;  ///< tables
  std::vector<std::string> only_after;
  std::vector<std::string> not_compared;  ///< tables of both, and why
  std::vector<TableDifference> tables;
  std::int64_t limit = 0;  ///< of the rows that are shown of each kind of change

  bool any() const noexcept;
};

/// Schemas, counts, columns, transitions, the first changes; a table after the other.
void print_difference_text(const DifferenceReport& report, std::ostream& out);
/// One JSON object; docs/guide.md shows it.
void print_difference_json(const DifferenceReport& report, std::ostream& out);

}  // namespace fullbase::cli
