// Which features are worth learning from, by rules on their measures.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "algorithms/association/feature_measures.hpp"

namespace fullbase::association {

enum class RankBy {
  mutual_information,  ///< the most first
  p_value,             ///< the least first
  correlation,         ///< the greatest magnitude first
  importance,          ///< the most first
};

struct SelectionRules {
  std::optional<double> min_variance = {};  ///< of numbers
  std::optional<double> max_missing = {};   ///< share of the rows
  std::optional<double> min_mutual_information = {};
  std::optional<double> max_p_value = {};
  std::optional<std::int64_t> keep = {};  ///< the best so many of those that the other rules leave
  RankBy rank_by = RankBy::mutual_information;
};

/// Why a feature was not selected: the first rule that it does not meet, in this order.
enum class Reason { none, variance, missing, mutual_information, p_value, rank };
/// "variance below min_variance"; empty for none.
std::string_view reason_text(Reason reason) noexcept;

struct RankedFeature {
  std::size_t feature = 0;  ///< place among the measures
  Reason reason = Reason::none;
};

/// All features, best first: by rank_by, ties by mutual information, then as they stand; those without the measure come last. A
/// number that has no variance, since no value of it is finite, is below every min_variance. `importances` is empty or has one
/// for each feature, NaN where there is none; `rows` are those of the table.
std::vector<RankedFeature> select_features(std::span<const FeatureMeasures> measures, std::span<const double> importances,
                                           std::int64_t rows, const SelectionRules& rules);

}  // namespace fullbase::association
