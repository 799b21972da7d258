// Rows that have been parsed but have no place in a table yet.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "data/column.hpp"

namespace fullbase::store::csv {

/// Values of one column: data::Column's representation without a dictionary, category codes as the thread that parsed them
/// numbers them.
struct LocalColumn {
  data::Column::Values values;
  std::vector<std::uint8_t> mask;  ///< empty: none missing, or the type has a missing value of its own

  friend bool operator==(const LocalColumn&, const LocalColumn&) = default;
};

/// Consecutive rows of a file.
struct RowGroup {
  std::int64_t rows = 0;
  std::vector<LocalColumn> columns;

  /// Bytes of memory that it holds.
  std::int64_t bytes() const noexcept;
  friend bool operator==(const RowGroup&, const RowGroup&) = default;
};

/// A group as bytes, for a spill file or another rank, and back.
std::vector<std::byte> encode(const RowGroup& group);
RowGroup decode(std::span<const std::byte> bytes);

/// Appends rows [first, last) of `from`, of which `to` has the same representation, to the `rows` values of `to`. Codes c >= 0
/// become remap[c], unless remap is empty; int64 values x become x + shift.
void append_rows(LocalColumn& to, std::int64_t rows, const LocalColumn& from, std::int64_t first, std::int64_t last,
                 std::span<const std::int32_t> remap = {}, std::int64_t shift = 0);

}  // namespace fullbase::store::csv
