// Coefficients as a user reads them.
#pragma once

#include <vector>

#include "algorithms/linear/encoding.hpp"

namespace fullbase::linear {

/// `coefficients` of encoded rows (outputs x Encoding::places()) as those of the features' own units: a score is the intercept
/// plus each number times its coefficient plus that of each category.
std::vector<double> original_units(const Encoding& encoding, int outputs, std::vector<double> coefficients);

}  // namespace fullbase::linear
