// The metrics of association rules as job files name them.
#pragma once

#include <array>
#include <tuple>

#include "algorithms/itemsets/rules.hpp"

namespace fullbase::itemsets {

// Found by config through the enum's namespace.
inline std::array<std::tuple<Metric, const char*, const char*>, 5> enum_names(Metric) {
  return {{{Metric::support, "support", "The rules of the most baskets."},
           {Metric::confidence, "confidence", "Those that hold most often."},
           {Metric::lift, "lift", "Those that tell most of the consequent."},
           {Metric::leverage, "leverage", "Those that bring most baskets beyond what chance would."},
           {Metric::conviction, "conviction", "Those that fail least often, against chance; infinite where they never do."}}};
}

}  // namespace fullbase::itemsets
