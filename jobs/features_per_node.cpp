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
  const auto name = config::text(config::one_of({"all", "sqrt", "third"}));
  const auto number = config::number(config::more_than(0.0));
  config::Shape shape;
  shape.kind = config::Shape::Kind::either;
  shape.name = "all, sqrt, third, or number";
  shape.items = {name.shape, number.shape};
  return {std::move(shape),
          [name, number](const config::Node& node, config::Diagnostics& diagnostics) -> std::optional<FeaturesPerNode> {
            const bool is_word =
                node.is_scalar() && !node.text().empty() && std::isalpha(static_cast<unsigned char>(node.text()[0])) != 0;
            if (is_word) {
              const auto text = name.parse(node, diagnostics);
              if (!text) return std::nullopt;
              for (const auto& [known, rule] : names) {
                if (*text == known) return FeaturesPerNode{rule, 0};
              }
              return std::nullopt;
            }
            const auto value = number.parse(node, diagnostics);
            if (!value) return std::nullopt;
            if (*value < 1) return FeaturesPerNode{Rule::share, *value};
            if (*value == std::floor(*value) && *value <= 1e6) return FeaturesPerNode{Rule::number, *value};
            diagnostics.error(node.position(), "a number of features is whole, a share of them below 1");
            return std::nullopt;
          },
          [name, number](const FeaturesPerNode& features) {
            for (const auto& [known, rule] : names) {
              if (features.rule == rule) return name.show(known);
            }
            return number.show(features.value);
          }};
}

}  // namespace fullbase::jobs
