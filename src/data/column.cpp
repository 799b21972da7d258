#include "data/column.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "base/contract.hpp"
#include "base/decimal.hpp"

namespace fullbase::data {
namespace {

Column::Values values_of_type(Type type, std::int64_t rows) {
  const auto n = static_cast<std::size_t>(rows);
  switch (type) {
    case Type::int64:
    case Type::decimal:
    case Type::timestamp:
      return std::vector<std::int64_t>(n);
    case Type::category:
    case Type::date:
      return std::vector<std::int32_t>(n);
    case Type::float64:
      return std::vector<double>(n);
    case Type::float32:
      return std::vector<float>(n);
    case Type::boolean:
      return std::vector<std::uint8_t>(n);
    case Type::string:
      break;
  }
  return Strings();
}

}  // namespace

Column::Column(Field field, std::int64_t rows, DictionaryPointer dictionary)
    : field_(std::move(field)), values_(values_of_type(field_.type, rows)), dictionary_(std::move(dictionary)) {
  FULLBASE_EXPECTS(field_.type == Type::category || dictionary_ == nullptr, "only a category column has a dictionary");
}

Column::Column(Field field, Values values, std::vector<std::uint8_t> missing, DictionaryPointer dictionary)
    : field_(std::move(field)), values_(std::move(values)), mask_(std::move(missing)), dictionary_(std::move(dictionary)) {
  FULLBASE_EXPECTS(values_.index() == values_of_type(field_.type, 0).index(), "a column's values have its type's representation");
  FULLBASE_EXPECTS(mask_.empty() || (has_mask(field_.type) && std::ssize(mask_) == this->rows()),
                   "a mask has one byte a row and belongs to a type without a missing value of its own");
  FULLBASE_EXPECTS(field_.type == Type::category || dictionary_ == nullptr, "only a category column has a dictionary");
}

std::int64_t Column::rows() const noexcept {
  return std::visit([](const auto& values) { return static_cast<std::int64_t>(values.size()); }, values_);
}

template <class T>
const T& Column::get() const {
  const T* values = std::get_if<T>(&values_);
  FULLBASE_EXPECTS(values != nullptr, "a column is accessed in its type's representation");
  return *values;
}
template <class T>
T& Column::get() {
  T* values = std::get_if<T>(&values_);
  FULLBASE_EXPECTS(values != nullptr, "a column is accessed in its type's representation");
  return *values;
}

template const std::vector<std::int64_t>& Column::get() const;
template const std::vector<std::int32_t>& Column::get() const;
template const std::vector<double>& Column::get() const;
template const std::vector<float>& Column::get() const;
template const std::vector<std::uint8_t>& Column::get() const;
template const Strings& Column::get() const;
template std::vector<std::int64_t>& Column::get();
template std::vector<std::int32_t>& Column::get();
template std::vector<double>& Column::get();
template std::vector<float>& Column::get();
template std::vector<std::uint8_t>& Column::get();
template Strings& Column::get();

bool Column::is_missing(std::int64_t row) const {
  const auto i = static_cast<std::size_t>(row);
  switch (field_.type) {
    case Type::int64:
    case Type::boolean:
    case Type::string:
      return !mask_.empty() && mask_[i] != 0;
    case Type::decimal:
    case Type::timestamp:
      return int64s()[i] == missing_int64;
    case Type::category:
      return int32s()[i] < 0;
    case Type::date:
      return int32s()[i] == missing_date;
    case Type::float64:
      return std::isnan(float64s()[i]);
    case Type::float32:
      return std::isnan(float32s()[i]);
  }
  return false;
}

double Column::number(std::int64_t row) const {
  if (is_missing(row)) return missing_float64;
  const auto i = static_cast<std::size_t>(row);
  switch (field_.type) {
    case Type::int64:
    case Type::timestamp:
      return static_cast<double>(int64s()[i]);
    case Type::decimal:
      return base::decimal_to_double(int64s()[i], field_.scale);
    case Type::date:
      return int32s()[i];
    case Type::float64:
      return float64s()[i];
    case Type::float32:
      return float32s()[i];
    case Type::boolean:
      return bools()[i];
    case Type::category:
    case Type::string:
      break;
  }
  FULLBASE_EXPECTS(false, "a category or string column has no numbers");
  return missing_float64;
}

std::string_view Column::text(std::int64_t row) const {
  if (field_.type == Type::string) return is_missing(row) ? std::string_view() : strings()[row];
  FULLBASE_EXPECTS(field_.type == Type::category, "only a category or string column has texts");
  const std::int32_t code = int32s()[static_cast<std::size_t>(row)];
  return code < 0 ? std::string_view() : (*dictionary_)[code];
}

void Column::append_from(const Column& other, std::int64_t row) {
  append_from(other, row, row + 1);
}

void Column::append_from(const Column& other, std::int64_t first, std::int64_t last) {
  FULLBASE_EXPECTS(0 <= first && first <= last && last <= other.rows(), "appended rows lie within the other column");
  const std::int64_t before = rows();
  std::visit(
      [&](auto& values) {
        using V = std::remove_reference_t<decltype(values)>;
        const V* from = std::get_if<V>(&other.values_);
        FULLBASE_EXPECTS(from != nullptr, "rows are appended from a column of the same type");
        if constexpr (std::is_same_v<V, Strings>) {
          values.append(*from, first, last);
        } else {
          values.insert(values.end(), from->begin() + first, from->begin() + last);
        }
      },
      values_);
  const auto from = other.mask_.begin();
  const bool any = !other.mask_.empty() && std::any_of(from + first, from + last, [](std::uint8_t m) { return m != 0; });
  if (mask_.empty() && !any) return;
  mask_.resize(static_cast<std::size_t>(before));
  if (any) {
    mask_.insert(mask_.end(), from + first, from + last);
  } else {
    mask_.resize(static_cast<std::size_t>(rows()));
  }
}

std::int64_t Column::bytes() const noexcept {
  const std::int64_t values = std::visit(
      [](const auto& v) -> std::int64_t {
        using V = std::remove_cvref_t<decltype(v)>;
        if constexpr (std::is_same_v<V, Strings>) {
          return std::ssize(v.bytes()) + std::ssize(v.offsets()) * static_cast<std::int64_t>(sizeof(std::int64_t));
        } else {
          return std::ssize(v) * static_cast<std::int64_t>(sizeof(typename V::value_type));
        }
      },
      values_);
  return values + std::ssize(mask_);
}

std::int64_t value_bytes(Type type) noexcept {
  switch (type) {
    case Type::int64:
    case Type::decimal:
    case Type::timestamp:
    case Type::float64:
      return 8;
    case Type::category:
    case Type::date:
    case Type::float32:
      return 4;
    case Type::boolean:
      return 1;
    case Type::string:
      break;
  }
  return 0;
}

}  // namespace fullbase::data
