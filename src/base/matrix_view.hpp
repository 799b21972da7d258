// A non-owning view of a row-major matrix; `stride` values lie between the starts of consecutive rows.
#pragma once

#include <cstdint>
#include <span>
#include <type_traits>

#include "base/contract.hpp"

namespace fullbase::base {

template <class T>
class matrix_view {
 public:
  constexpr matrix_view() = default;
  constexpr matrix_view(T* data, std::int64_t rows, std::int64_t columns) : matrix_view(data, rows, columns, columns) {}
  constexpr matrix_view(T* data, std::int64_t rows, std::int64_t columns, std::int64_t stride)
      : data_(data), rows_(rows), columns_(columns), stride_(stride) {
    FULLBASE_EXPECTS(rows >= 0 && columns >= 0 && stride >= columns, "a matrix view has non-negative extents within its stride");
  }
  /// A view of mutable values serves where one of constant values is asked for.
  template <class U>
  requires(std::is_const_v<T>&& std::is_same_v<U, std::remove_const_t<T>>) constexpr matrix_view(matrix_view<U> other)
      : matrix_view(other.data(), other.rows(), other.columns(), other.stride()) {}

  constexpr T* data() const noexcept { return data_; }
  constexpr std::int64_t rows() const noexcept { return rows_; }
  constexpr std::int64_t columns() const noexcept { return columns_; }
  constexpr std::int64_t stride() const noexcept { return stride_; }

  constexpr std::span<T> row(std::int64_t i) const noexcept { return {data_ + i * stride_, static_cast<std::size_t>(columns_)}; }
  constexpr T& operator()(std::int64_t i, std::int64_t j) const noexcept { return data_[i * stride_ + j]; }
  constexpr matrix_view row_range(std::int64_t first, std::int64_t last) const {
    FULLBASE_EXPECTS(0 <= first && first <= last && last <= rows_, "a row range lies within its matrix");
    return {data_ + first * stride_, last - first, columns_, stride_};
  }

 private:
  T* data_ = nullptr;
  std::int64_t rows_ = 0;
  std::int64_t columns_ = 0;
  std::int64_t stride_ = 0;
};

}  // namespace fullbase::base
