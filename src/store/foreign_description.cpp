#include "store/foreign_description.hpp"

#include <fmt/format.h>

#include "base/error.hpp"
#include "store/table_layout.hpp"

namespace fullbase::store {
namespace {

bool fits(data::Type described, data::Type guessed, hid_t stored) {
  if (described == guessed) return true;
  if (guessed != data::Type::int64 || H5Tget_sign(stored) == H5T_SGN_NONE) return false;
  const bool is_long = described == data::Type::decimal || described == data::Type::timestamp;
  return (is_long && H5Tget_size(stored) == 8) || (described == data::Type::date && H5Tget_size(stored) == 4);
}

}  // namespace

void apply_description(hid_t object, hid_t stored, bool has_mask, data::Field& field, const std::string& where) {
  const auto name = hdf5::text_attribute(object, type_attribute, where);
  if (!name) return;
  const auto type = data::type_from_name(*name);
  const auto scale = hdf5::integer_attribute(object, "scale", where).value_or(0);
  const bool nullable = hdf5::integer_attribute(object, nullable_attribute, where).value_or(1) != 0;
  if (!type || !fits(*type, field.type, stored) || scale < 0 || scale > 18 || (has_mask && !nullable)) {
    throw base::input_error(fmt::format("is described as '{}', which its values are not", *name), where,
                            fmt::format("remove the attribute '{}', or export it again", type_attribute));
  }
  field.type = *type;
  field.scale = *type == data::Type::decimal ? static_cast<int>(scale) : 0;
  field.nullable = nullable;
  field.unit = hdf5::text_attribute(object, "unit", where).value_or("");
}

}  // namespace fullbase::store
