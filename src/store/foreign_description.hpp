// What an export of ours says of a column beside its values (private to this folder).
#pragma once

#include <string>

#include "data/schema.hpp"
#include "store/hdf5.hpp"

namespace fullbase::store {

/// Completes `field`, as it was guessed from the values of type `stored`, by the attributes of `object` if they are there: types
/// that look alike on disk (decimal and timestamp are int64, date is int32), scale, unit, and whether values may be missing. A
/// description that does not fit the values is an input error.
void apply_description(hid_t object, hid_t stored, bool has_mask, data::Field& field, const std::string& where);

}  // namespace fullbase::store
