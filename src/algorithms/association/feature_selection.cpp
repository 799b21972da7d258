#include "algorithms/association/feature_selection.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace fullbase::association {
namespace {

/// The greater, the better; the least double where there is nothing to rank by.
double merit(const FeatureMeasures& measures, double importance, RankBy rank_by) {
  double value = 0;
  switch (rank_by) {
    case RankBy::mutual_information:
      value = measures.mutual_information;
      break;
    case RankBy::p_value:
      value = -measures.chi_square.p_value;
      break;
    case RankBy::correlation:
      value = std::abs(measures.correlation);
      break;
    case RankBy::importance:
      value = importance;
      break;
  }
  return std::isnan(value) ? std::numeric_limits<double>::lowest() : value;
}

Reason broken_rule(const FeatureMeasures& measures, std::int64_t rows, const SelectionRules& rules) {
  if (rules.min_variance && measures.is_number && !(measures.variance >= *rules.min_variance)) return Reason::variance;
  const double missing = rows == 0 ? 0 : static_cast<double>(measures.missing) / static_cast<double>(rows);
  if (rules.max_missing && missing > *rules.max_missing) return Reason::missing;
  if (rules.min_mutual_information && measures.mutual_information < *rules.min_mutual_information)
    return Reason::mutual_information;
  if (rules.max_p_value && measures.chi_square.p_value > *rules.max_p_value) return Reason::p_value;
  return Reason::none;
}

}  // namespace

std::string_view reason_text(Reason reason) noexcept {
  switch (reason) {
    case Reason::none:
      break;
    case Reason::variance:
      return "variance below min_variance";
    case Reason::missing:
      return "missing share above max_missing";
    case Reason::mutual_information:
      return "mutual information below min_mutual_information";
    case Reason::p_value:
      return "p-value above max_p_value";
    case Reason::rank:
      return "not among the best that keep asks for";
  }
  return {};
}

std::vector<RankedFeature> select_features(std::span<const FeatureMeasures> measures, std::span<const double> importances,
                                           std::int64_t rows, const SelectionRules& rules) {
  std::vector<double> merits;
  for (std::size_t f = 0; f < measures.size(); ++f)
    merits.push_back(merit(measures[f], importances.empty() ? data::missing_float64 : importances[f], rules.rank_by));
  std::vector<RankedFeature> ranked;
  for (std::size_t f = 0; f < measures.size(); ++f) ranked.push_back({f, broken_rule(measures[f], rows, rules)});
  std::ranges::stable_sort(ranked, [&](const RankedFeature& a, const RankedFeature& b) {
    if (merits[a.feature] != merits[b.feature]) return merits[a.feature] > merits[b.feature];
    return measures[a.feature].mutual_information > measures[b.feature].mutual_information;
  });
  std::int64_t kept = 0;
  for (auto& one : ranked) {
    if (one.reason == Reason::none && rules.keep && kept++ >= *rules.keep) one.reason = Reason::rank;
  }
  return ranked;
}

}  // namespace fullbase::association
