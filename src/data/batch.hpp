// Consecutive rows of a table with some or all of its columns: what flows between sources, algorithms and sinks.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "base/block.hpp"
#include "data/column.hpp"

namespace fullbase::data {

struct Batch {
  base::RowRange rows;          ///< global row numbers of these rows
  std::vector<Column> columns;  ///< each with rows.size() values

  const Column& operator[](std::size_t column) const { return columns.at(column); }
  Column& operator[](std::size_t column) { return columns.at(column); }
  const Column& at(std::string_view name) const;
  std::int64_t bytes() const noexcept;
};

/// Zero rows of every field of a schema, `dictionaries` by position (null where the type has none).
Batch empty_batch(const Schema& schema, const std::vector<DictionaryPointer>& dictionaries, std::int64_t first_row = 0);

}  // namespace fullbase::data
