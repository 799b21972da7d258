#include "algorithms/trees/forest_state.hpp"

#include <algorithm>

#include "base/error.hpp"

namespace fullbase::trees {
namespace {

/// Sizes that a tree says first: nodes, values, words of subsets.
constexpr std::size_t sizes_of_tree = 3;

/// Puts what `of` tells of each node of all trees.
template <class T, class Of>
void put_nodes(data::StateWriter& writer, const std::string& name, std::span<const Tree> trees, Of of) {
  std::vector<T> all;
  for (const auto& tree : trees)
    for (const auto& node : tree.nodes) all.push_back(static_cast<T>(of(node)));
  writer.put(name, all);
}

/// Reads it: set(node, value).
template <class T, class Set>
void read_nodes(const data::StateReader& reader, const std::string& name, std::vector<Tree>& trees, Set set) {
  const auto all = reader.get<T>(name);
  std::size_t next = 0;
  for (auto& tree : trees)
    for (auto& node : tree.nodes) set(node, all.at(next++));
}

}  // namespace

void put_trees(data::StateWriter& writer, const std::string& part, std::span<const Tree> trees) {
  std::vector<std::int64_t> sizes;
  std::vector<std::int64_t> subsets;
  for (const auto& tree : trees) {
    sizes.insert(sizes.end(), {std::ssize(tree.nodes), std::ssize(tree.values), std::ssize(tree.subsets)});
    for (const auto& subset : tree.subsets)
      for (const auto word : subset) subsets.push_back(static_cast<std::int64_t>(word));
  }
  writer.put(part + "sizes", sizes);
  put_nodes<std::int32_t>(writer, part + "left", trees, [](const Node& node) { return node.left; });
  put_nodes<std::int32_t>(writer, part + "feature", trees, [](const Node& node) { return node.feature; });
  put_nodes<std::int32_t>(writer, part + "subset", trees, [](const Node& node) { return node.subset; });
  put_nodes<std::uint8_t>(writer, part + "bin", trees, [](const Node& node) { return node.bin; });
  put_nodes<std::uint8_t>(writer, part + "missing_left", trees, [](const Node& node) { return node.missing_left ? 1 : 0; });
  put_nodes<std::int64_t>(writer, part + "rows", trees, [](const Node& node) { return node.rows; });
  put_nodes<double>(writer, part + "gain", trees, [](const Node& node) { return node.gain; });
  std::vector<double> values;
  for (const auto& tree : trees) values.insert(values.end(), tree.values.begin(), tree.values.end());
  writer.put(part + "values", values);
  writer.put(part + "subsets", subsets);
}

std::vector<Tree> read_trees(const data::StateReader& reader, const std::string& part) {
  const auto sizes = reader.get<std::int64_t>(part + "sizes");
  const auto values = reader.get<double>(part + "values");
  const auto words = reader.get<std::int64_t>(part + "subsets");
  std::vector<Tree> trees(sizes.size() / sizes_of_tree);
  std::int64_t nodes = 0;
  auto value = values.begin();
  auto word = words.begin();
  for (std::size_t t = 0; t < trees.size(); ++t) {
    const auto* const size = sizes.data() + t * sizes_of_tree;
    nodes += size[0];
    if (size[0] < 1 || nodes > reader.rows(part + "left") || size[1] < 0 || values.end() - value < size[1] || size[2] < 0 ||
        (words.end() - word) / std::ssize(BinSet{}) < size[2])
      throw base::internal_error("the state of a forest is shorter than it says");
    trees[t].nodes.resize(static_cast<std::size_t>(size[0]));
    trees[t].values.assign(value, value + size[1]);
    value += size[1];
    trees[t].subsets.resize(static_cast<std::size_t>(size[2]));
    for (auto& subset : trees[t].subsets)
      for (auto& bits : subset) bits = static_cast<std::uint64_t>(*word++);
  }
  read_nodes<std::int32_t>(reader, part + "left", trees, [](Node& node, auto left) { node.left = left; });
  read_nodes<std::int32_t>(reader, part + "feature", trees, [](Node& node, auto feature) { node.feature = feature; });
  read_nodes<std::int32_t>(reader, part + "subset", trees, [](Node& node, auto subset) { node.subset = subset; });
  read_nodes<std::uint8_t>(reader, part + "bin", trees, [](Node& node, auto bin) { node.bin = bin; });
  read_nodes<std::uint8_t>(reader, part + "missing_left", trees, [](Node& node, auto left) { node.missing_left = left != 0; });
  read_nodes<std::int64_t>(reader, part + "rows", trees, [](Node& node, auto rows) { node.rows = rows; });
  read_nodes<double>(reader, part + "gain", trees, [](Node& node, auto gain) { node.gain = gain; });
  return trees;
}

}  // namespace fullbase::trees
