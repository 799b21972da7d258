#include "algorithms/value/order_keys.hpp"

namespace fullbase::value {

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
