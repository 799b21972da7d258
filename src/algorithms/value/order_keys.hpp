// Order ids of any type as fixed-size keys that are equal just if the ids are.
#pragma once

#include <cstdint>

#include "algorithms/prepare/text_key.hpp"
#include "data/column.hpp"

namespace fullbase::value {

using prepare::TextKey;

/// Whether order ids may have this type: int64, timestamp, decimal, category, date or string.
bool is_order_type(data::Type type) noexcept;

/// Order ids of one batch that are numbers: by value, category by code, date by day.
class IntegerOrders {
 public:
  using Key = std::uint64_t;
  explicit IntegerOrders(const data::Column& column);
  bool is_missing(std::size_t row) const noexcept {
    if (narrow_) return narrow_[row] == missing_narrow_;
    return mask_ ? mask_[row] != 0 : wide_[row] == data::missing_int64 && sentinel_;
  }
  Key operator[](std::size_t row) const noexcept {
    return narrow_ ? static_cast<Key>(narrow_[row]) : static_cast<Key>(wide_[row]);
  }

 private:
  const std::int64_t* wide_ = nullptr;
  const std::int32_t* narrow_ = nullptr;
  const std::uint8_t* mask_ = nullptr;
  std::int32_t missing_narrow_ = data::missing_code;
  bool sentinel_ = false;  ///< the least int64 is missing
};

/// Order ids of one batch that are texts.
class TextOrders {
 public:
  using Key = TextKey;
  explicit TextOrders(const data::Column& column) : column_(column) {}
  bool is_missing(std::size_t row) const { return column_.is_missing(static_cast<std::int64_t>(row)); }
  Key operator[](std::size_t row) const { return prepare::text_key(column_.strings()[static_cast<std::int64_t>(row)]); }

 private:
  const data::Column& column_;
};

/// An order of a customer. No padding: what is sent is what was written.
template <class Key>
struct Order {
  Key key{};
  std::int64_t slot = 0;
  friend bool operator==(const Order&, const Order&) = default;
  friend bool operator<(const Order& a, const Order& b) { return a.slot != b.slot ? a.slot < b.slot : a.key < b.key; }
};

}  // namespace fullbase::value
