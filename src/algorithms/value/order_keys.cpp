#include "algorithms/value/order_keys.hpp"

#include <cstring>

#include "base/hash.hpp"

namespace fullbase::value {

TextKey text_key(std::string_view text) {
  unsigned char bytes[16] = {};
  if (text.size() < sizeof bytes) {
    std::memcpy(bytes, text.data(), text.size());
    bytes[15] = static_cast<unsigned char>(text.size());
  } else {
    const base::Sha256Value hash = base::sha256(text);
    std::memcpy(bytes, hash.data(), 15);
    bytes[15] = 16;
  }
  TextKey key;
  std::memcpy(&key.high, bytes, 8);
  std::memcpy(&key.low, bytes + 8, 8);
  return key;
}

bool is_order_type(data::Type type) noexcept {
  using data::Type;
  return type == Type::int64 || type == Type::timestamp || type == Type::decimal || type == Type::category ||
         type == Type::date || type == Type::string;
}

IntegerOrders::IntegerOrders(const data::Column& column) {
  const data::Type type = column.field().type;
  if (type == data::Type::category || type == data::Type::date) {
    narrow_ = column.int32s().data();
    missing_narrow_ = type == data::Type::date ? data::missing_date : data::missing_code;
    return;
  }
  wide_ = column.int64s().data();
  sentinel_ = type != data::Type::int64;
  if (!column.mask().empty()) mask_ = column.mask().data();
}

}  // namespace fullbase::value
