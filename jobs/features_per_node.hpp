// How many features a forest draws at each node: `sqrt`, `third`, `all`, a number of them, or a share.
#pragma once

#include <optional>

#include "config/form.hpp"

namespace fullbase::jobs {

struct FeaturesPerNode {
  enum class Rule { all, sqrt, third, number, share };
  Rule rule = Rule::all;
  double value = 0;  ///< of number and share

  /// Of so many features, at least 1.
  int of(int features) const;
};

config::Form<FeaturesPerNode> features_per_node_form();

}  // namespace fullbase::jobs
