#include "algorithms/kernel_machines/row_panel.hpp"

#include "algorithms/kernel_machines/kernel.hpp"

namespace fullbase::kernel_machines {

RowPanel::RowPanel(std::int64_t rows, std::int64_t columns)
    : rows_(rows),
      columns_(columns),
      values_(static_cast<std::size_t>(base::block_count(rows) * base::block_rows * columns), 0.0) {}

void RowPanel::copy_row(std::int64_t row, std::span<double> out) const noexcept {
  for (std::int64_t f = 0; f < columns_; ++f) out[static_cast<std::size_t>(f)] = value(row, f);
}

void RowPanel::set_row(std::int64_t row, std::span<const double> values) noexcept {
  double* const start = block(base::block_of_row(row)) + row % base::block_rows;
  for (std::int64_t f = 0; f < columns_; ++f) start[f * base::block_rows] = values[static_cast<std::size_t>(f)];
}

RowPanel RowPanel::subset(std::span<const std::int64_t> rows) const {
  RowPanel part(static_cast<std::int64_t>(rows.size()), columns_);
  for (std::int64_t i = 0; i < part.rows(); ++i) {
    const std::int64_t row = rows[static_cast<std::size_t>(i)];
    double* const to = part.block(base::block_of_row(i)) + i % base::block_rows;
    for (std::int64_t f = 0; f < columns_; ++f) to[f * base::block_rows] = value(row, f);
  }
  return part;
}

void rbf_values(const double* block, std::int64_t rows, std::span<const double> points, std::int64_t count, std::int64_t columns,
                double gamma, double* out) {
  kernel::active().rbf(block, rows, points.data(), count, columns, gamma, out);
}

}  // namespace fullbase::kernel_machines
