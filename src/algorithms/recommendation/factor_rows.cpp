#include "algorithms/recommendation/factor_rows.hpp"

#include "algorithms/recommendation/kernel.hpp"

namespace fullbase::recommendation {

FactorRows::FactorRows(std::int64_t rows, int size)
    : rows_(rows), size_(size), stride_(stride_of(size)), values_(static_cast<std::size_t>(rows * stride_), 0.0F) {}

std::int64_t FactorRows::stride_of(int size) noexcept {
  return (size + kernel::lane_multiple - 1) / kernel::lane_multiple * kernel::lane_multiple;
}

}  // namespace fullbase::recommendation
