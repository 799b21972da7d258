// Profiles of a table's columns, as people and programs read them.
#pragma once

#include <cstdint>
#include <ostream>
#include <span>
#include <string>
#include <vector>

#include "algorithms/describe/column_profile.hpp"

namespace fullbase::cli {

struct TableProfile {
  std::string name;
  std::int64_t rows = 0;
  std::vector<double> probabilities;
  std::vector<describe::ColumnProfile> columns;
};

/// Aligned tables: all columns; numbers and times; texts; the most frequent values. Long texts are cut.
void print_profile_text(const TableProfile& profile, std::ostream& out);
/// One JSON object; docs/guide.md shows it.
void print_profile_json(const TableProfile& profile, std::ostream& out);

}  // namespace fullbase::cli
