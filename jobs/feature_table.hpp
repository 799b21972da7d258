// The main table of select_features: a row a feature, best first, with its measures and whether it is selected.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "algorithms/association/feature_selection.hpp"
#include "data/batch.hpp"

namespace fullbase::jobs {

/// feature, missing_share, distinct, variance, mutual_information, chi_square, degrees_of_freedom, p_value, correlation,
/// importance, rank (from 1), selected, reason.
data::Schema feature_schema();

/// `importances` as in select_features(); `rows` are those of the table that was measured.
data::Batch feature_table(std::span<const association::FeatureMeasures> measures, std::span<const double> importances,
                          std::span<const association::RankedFeature> ranked, std::int64_t rows);

}  // namespace fullbase::jobs
