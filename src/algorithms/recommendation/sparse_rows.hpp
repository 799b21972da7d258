// One rank's rows of a sparse matrix.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "algorithms/recommendation/row_shares.hpp"

namespace fullbase::recommendation {

/// Row r, counted from the rank's first, has entries [starts[r], starts[r + 1]), columns ascending, each once.
struct SparseRows {
  std::vector<std::int64_t> starts = {0};
  std::vector<std::int32_t> columns;
  std::vector<float> values;

  std::int64_t rows() const noexcept { return static_cast<std::int64_t>(starts.size()) - 1; }
  std::int64_t entries() const noexcept { return starts.back(); }
  std::int64_t length(std::int64_t row) const noexcept {
    return starts[static_cast<std::size_t>(row) + 1] - starts[static_cast<std::size_t>(row)];
  }
  std::span<const std::int32_t> columns_of(std::int64_t row) const noexcept {
    return std::span(columns).subspan(static_cast<std::size_t>(starts[static_cast<std::size_t>(row)]),
                                      static_cast<std::size_t>(length(row)));
  }
  std::span<const float> values_of(std::int64_t row) const noexcept {
    return std::span(values).subspan(static_cast<std::size_t>(starts[static_cast<std::size_t>(row)]),
                                     static_cast<std::size_t>(length(row)));
  }
};

/// The rows, the first of all being `first_row`, that entries [first, last) belong to; `starts` as above.
std::vector<std::int32_t> rows_of_entries(std::span<const std::int64_t> starts, std::int64_t first_row, std::int64_t first,
                                          std::int64_t last);

/// A matrix of customers x items. Each side's rows lie in runs of canonical blocks over the ranks.
struct Interactions {
  RowShares customers;
  RowShares items;
  SparseRows of_customers;  ///< this rank's customers; columns are items
  SparseRows of_items;      ///< this rank's items; columns are customers
};

}  // namespace fullbase::recommendation
