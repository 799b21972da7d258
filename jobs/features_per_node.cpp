#include "jobs/features_per_node.hpp"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

#include "config/containers.hpp"

namespace fullbase::jobs {
namespace {

using Rule = FeaturesPerNode::Rule;
constexpr std::pair<const char*, Rule> names[] = {{"all", Rule::all}, {"sqrt", Rule::sqrt}, {"third", Rule::third}};

}  // namespace

int FeaturesPerNode::of(int features) const {
  double drawn = features;
  switch (rule) {
    case Rule::all:
      break;
    case Rule::sqrt:
      drawn = std::floor(std::sqrt(static_cast<double>(features)));
      break;
    case Rule::third:
      drawn = std::floor(features / 3.0);
      break;
    case Rule::number:
      drawn = value;
      break;
    case Rule::share:
      drawn = std::floor(value * features);
      break;
  }
  return static_cast<int>(std::clamp(drawn, 1.0, static_cast<double>(features)));
}

config::Form<FeaturesPerNode> features_per_node_form() {
  using config::WordOrNumber;
  return config::converted<FeaturesPerNode, WordOrNumber>(
      config::word_or_number("all, sqrt, third, or number", {"all", "sqrt", "third"}, config::more_than(0.0)),
      [](WordOrNumber given, const config::Position& position,
         config::Diagnostics& diagnostics) -> std::optional<FeaturesPerNode> {
        for (const auto& [name, rule] : names) {
          if (given == WordOrNumber(name)) return FeaturesPerNode{rule, 0};
        }
        const double value = std::get<double>(given);
        if (value < 1) return FeaturesPerNode{Rule::share, value};
        if (value == std::floor(value) && value <= 1e6) return FeaturesPerNode{Rule::number, value};
        diagnostics.error(position, "a number of features is whole, a share of them below 1");
        return std::nullopt;
      },
      [](const FeaturesPerNode& features) {
        for (const auto& [name, rule] : names) {
          if (features.rule == rule) return WordOrNumber(name);
        }
        return WordOrNumber(features.value);
      });
}

}  // namespace fullbase::jobs
