// Values as the command shows them.
#pragma once

#include "data/show_value.hpp"

namespace fullbase::cli {

using data::show_value;

}  // namespace fullbase::cli
