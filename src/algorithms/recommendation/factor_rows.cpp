#include "algorithms/recommendation/factor_rows.hpp"

#include "algorithms/recommendation/kernel.hpp"

namespace fullbase::recommendation {

FactorRows::FactorRows(std::int64_t rows, int size, std::int64_t room)
    : rows_(rows), size_(size), stride_(stride_of(size)), values_(static_cast<std::size_t>((rows + room) * stride_), 0.0F) {}

void FactorRows::drop_room() {
  values_.resize(static_cast<std::size_t>(rows_ * stride_));
  values_.shrink_to_fit();
}

std::int64_t FactorRows::stride_of(int size) noexcept {
  return (size + kernel::lane_multiple - 1) / kernel::lane_multiple * kernel::lane_multiple;
}

}  // namespace fullbase::recommendation
