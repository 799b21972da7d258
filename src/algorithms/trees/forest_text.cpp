#include "algorithms/trees/forest_text.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <span>

#include "base/size.hpp"

namespace fullbase::trees {
namespace {

/// Categories that a line names.
constexpr std::size_t most_named = 12;

std::string list(const std::vector<std::string>& names, std::size_t most) {
  const auto named = std::span(names).first(std::min(most, names.size()));
  const auto more = names.size() - named.size();
  return fmt::format("{{{}{}}}", fmt::join(named, ", "), more == 0 ? std::string() : fmt::format(", and {} more", more));
}

std::string leaf_text(const ForestModel& model, const Tree& tree, std::int64_t node) {
  const auto told = node_told(model, tree, node);
  const auto count = tree.nodes[static_cast<std::size_t>(node)].rows;
  const auto rows = base::format_count(count) + (count == 1 ? " row" : " rows");
  if (told.predicted < 0) return fmt::format("value: {:.6g} ({})", told.value, rows);
  // Of two classes the value is the second's, whichever is predicted.
  const double probability = model.forest.classes == 2 && told.predicted == 0 ? 1 - told.value : told.value;
  return fmt::format("class: {} (probability {:.6g}, {})", model.head.classes[static_cast<std::size_t>(told.predicted)],
                     probability, rows);
}

std::string escaped(const std::string& text) {
  std::string result;
  for (const char c : text) {
    if (c == '"' || c == '\\') result += '\\';
    result += c == '\n' ? ' ' : c;
  }
  return result;
}

}  // namespace

std::string SplitText::left(std::size_t most) const {
  if (categorical) return categories.empty() ? feature + " is missing" : fmt::format("{} in {}", feature, list(categories, most));
  return threshold ? fmt::format("{} <= {:.7g}", feature, *threshold) : feature + " is not missing";
}

std::string SplitText::right(std::size_t most) const {
  if (categorical)
    return categories.empty() ? feature + " is not missing" : fmt::format("{} not in {}", feature, list(categories, most));
  return threshold ? fmt::format("{} >  {:.7g}", feature, *threshold) : feature + " is missing";
}

SplitText split_text(const ForestModel& model, const Tree& tree, const Node& node) {
  const auto f = static_cast<std::size_t>(node.feature);
  const auto& bins = model.bins[f];
  SplitText text{.feature = model.head.features[f].name, .categorical = bins.categorical, .missing_left = node.missing_left};
  if (!bins.categorical) {
    if (node.bin < bins.uppers.size()) text.threshold = bins.uppers[node.bin];
    return text;
  }
  const auto& set = tree.subsets[static_cast<std::size_t>(node.subset)];
  for (std::size_t c = 0; c < bins.bin_of_category.size(); ++c) {
    if (contains(set, bins.bin_of_category[c])) text.categories.push_back(model.head.features[f].categories[c]);
  }
  return text;
}

NodeTold node_told(const ForestModel& model, const Tree& tree, std::int64_t node) {
  const auto width = static_cast<std::int64_t>(model.forest.width());
  const double* const values = tree.values.data() + node * width;
  if (model.forest.classes == 1) return {-1, values[0]};
  if (model.forest.classes == 2) return {values[0] >= 0.5 ? 1 : 0, values[0]};
  const int predicted = learning::greatest_output(values, static_cast<int>(width));
  return {predicted, values[predicted]};
}

std::vector<std::string> tree_lines(const ForestModel& model, int tree_number) {
  const auto& tree = model.forest.trees.at(static_cast<std::size_t>(tree_number));
  struct Waiting {
    std::int64_t node = 0;
    std::int64_t depth = 0;
    std::string line = {};  ///< that says how a row gets there; empty at the root
  };
  std::vector<std::string> lines;
  std::vector<Waiting> waiting = {{}};
  while (!waiting.empty()) {
    const auto at = std::move(waiting.back());
    waiting.pop_back();
    const auto indented = [&](std::int64_t depth, const std::string& text) {
      std::string line;
      for (std::int64_t i = 0; i < depth; ++i) line += "|   ";
      return line + "|--- " + text;
    };
    if (!at.line.empty()) lines.push_back(indented(at.depth - 1, at.line));
    const auto& node = tree.nodes[static_cast<std::size_t>(at.node)];
    if (node.is_leaf()) {
      lines.push_back(indented(at.depth, leaf_text(model, tree, at.node)));
      continue;
    }
    const auto split = split_text(model, tree, node);
    const auto side = [&](const std::string& condition, bool takes_missing) {
      const bool says_so = condition.ends_with("missing");
      return condition + (takes_missing && !says_so ? " or missing" : "");
    };
    waiting.push_back({node.left + 1, at.depth + 1, side(split.right(most_named), !node.missing_left)});
    waiting.push_back({node.left, at.depth + 1, side(split.left(most_named), node.missing_left)});
  }
  return lines;
}

std::vector<std::string> dot_lines(const ForestModel& model, int tree_number) {
  const auto& tree = model.forest.trees.at(static_cast<std::size_t>(tree_number));
  std::vector<std::string> lines = {fmt::format("digraph tree_{} {{", tree_number), "  node [shape=box];"};
  for (std::int64_t n = 0; n < std::ssize(tree.nodes); ++n) {
    const auto& node = tree.nodes[static_cast<std::size_t>(n)];
    const auto condition = node.is_leaf() ? std::string() : escaped(split_text(model, tree, node).left(most_named)) + "\\n";
    lines.push_back(fmt::format("  {} [label=\"{}{}\"];", n, condition, escaped(leaf_text(model, tree, n))));
    if (node.is_leaf()) continue;
    lines.push_back(fmt::format("  {} -> {} [label=\"yes{}\"];", n, node.left, node.missing_left ? " or missing" : ""));
    lines.push_back(fmt::format("  {} -> {} [label=\"no{}\"];", n, node.left + 1, node.missing_left ? "" : " or missing"));
  }
  lines.emplace_back("}");
  return lines;
}

}  // namespace fullbase::trees
