// Coefficients as a user reads them.
#pragma once

#include <span>
#include <vector>

#include "algorithms/linear/encoding.hpp"
#include "algorithms/linear/fit.hpp"

namespace fullbase::linear {

/// Coefficients of the features' own units, outputs x Encoding::places(): a score is the intercept plus each number times its
/// coefficient plus that of each category.
std::vector<double> original_units(const Encoding& encoding, const LinearFit& fit);

}  // namespace fullbase::linear
