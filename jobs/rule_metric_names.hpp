// The metrics of association rules as job files name them.
#pragma once

#include <array>
#include <tuple>

#include "algorithms/itemsets/rules.hpp"

namespace fullbase::itemsets {

// Found by config through the enum's namespace.
inline std::array<std::tuple<Metric, const char*, const char*>, 5> enum_names(Metric) {
  return {
      {{Metric::support, "support", "Share of the baskets that hold antecedent and consequent."},
       {Metric::confidence, "confidence", "Share of the baskets with the antecedent that hold the consequent too."},
       {Metric::lift, "lift", "Confidence against the share of all baskets that hold the consequent: 1 is what chance gives."},
       {Metric::leverage, "leverage", "Support less what chance gives."},
       {Metric::conviction, "conviction", "How much rarer the antecedent is without the consequent than by chance."}}};
}

}  // namespace fullbase::itemsets
