// The stored form of a forest: arrays of its nodes, tree after tree.
#include <algorithm>
#include <cmath>
#include <span>
#include <utility>
#include <vector>

#include "algorithms/trees/forest_scorer.hpp"
#include "base/error.hpp"

namespace fullbase::trees {
namespace {

using learning::ModelReader;
using learning::ModelWriter;

template <class T>
void write_plain(ModelWriter& writer, std::string_view name, const std::vector<T>& values) {
  writer.bytes(name, std::as_bytes(std::span(values)));
}

void write_bins(ModelWriter& writer, const std::vector<FeatureBins>& bins) {
  std::vector<std::int64_t> counts, cuts;
  std::vector<float> uppers;
  std::vector<std::uint8_t> of_categories;
  for (const auto& feature : bins) {
    counts.push_back(feature.bins);
    cuts.push_back(std::ssize(feature.uppers));
    uppers.insert(uppers.end(), feature.uppers.begin(), feature.uppers.end());
    of_categories.insert(of_categories.end(), feature.bin_of_category.begin(), feature.bin_of_category.end());
  }
  writer.integers("bins", counts).integers("cuts", cuts);
  write_plain(writer, "uppers", uppers);
  write_plain(writer, "bin_of_category", of_categories);
}

void write_trees(ModelWriter& writer, const Forest& forest) {
  std::vector<std::int64_t> nodes, subset_counts;
  std::vector<std::int32_t> left, feature, subset;
  std::vector<std::uint8_t> bin, missing_left;
  std::vector<std::int64_t> rows;
  std::vector<double> gain, values;
  std::vector<BinSet> subsets;
  for (const auto& tree : forest.trees) {
    nodes.push_back(std::ssize(tree.nodes));
    subset_counts.push_back(std::ssize(tree.subsets));
    for (const auto& node : tree.nodes) {
      left.push_back(node.left);
      feature.push_back(node.feature);
      subset.push_back(node.subset);
      bin.push_back(node.bin);
      missing_left.push_back(node.missing_left ? 1 : 0);
      rows.push_back(node.rows);
      gain.push_back(node.gain);
    }
    values.insert(values.end(), tree.values.begin(), tree.values.end());
    subsets.insert(subsets.end(), tree.subsets.begin(), tree.subsets.end());
  }
  writer.integers("nodes", nodes).integers("subset_counts", subset_counts);
  write_plain(writer, "left", left);
  write_plain(writer, "feature", feature);
  write_plain(writer, "subset", subset);
  write_plain(writer, "bin", bin);
  write_plain(writer, "missing_left", missing_left);
  writer.integers("rows", rows).numbers("gain", gain).numbers("values", values);
  write_plain(writer, "subsets", subsets);
}

/// Takes an array apart, feature by feature or tree by tree.
template <class T>
class Parts {
 public:
  explicit Parts(std::vector<T> values) : values_(std::move(values)) {}

  bool has(std::int64_t count) const noexcept { return count >= 0 && count <= std::ssize(values_) - at_; }
  std::span<const T> take(std::int64_t count) {
    const auto part = std::span(values_).subspan(static_cast<std::size_t>(at_), static_cast<std::size_t>(count));
    at_ += count;
    return part;
  }
  bool is_empty() const noexcept { return at_ == std::ssize(values_); }

 private:
  std::vector<T> values_;
  std::int64_t at_ = 0;
};

class Reading {
 public:
  explicit Reading(const ModelReader& reader) : reader_(reader) {}

  ForestModel read() && {
    require(reader_.kind() == forest_kind, "kind is another one than forest");
    model_.head = learning::read_head(reader_);
    model_.forest.classes = model_.head.task == learning::Task::regression ? 1 : static_cast<int>(model_.head.classes.size());
    read_bins();
    read_trees();
    return std::move(model_);
  }

 private:
  void require(bool fits, const char* what) const {
    if (!fits) throw base::input_error(std::string("the model's ") + what, reader_.where(), "train the model anew");
  }

  void read_bins() {
    const auto counts = reader_.integers("bins");
    const auto cuts = reader_.integers("cuts");
    Parts uppers(reader_.plain<float>("uppers"));
    Parts of_categories(reader_.plain<std::uint8_t>("bin_of_category"));
    const auto& features = model_.head.features;
    require(counts.size() == features.size() && cuts.size() == features.size(), "bins are not those of its features");
    for (std::size_t f = 0; f < features.size(); ++f) {
      FeatureBins bins{.categorical = features[f].categorical};
      require(counts[f] >= 1 && counts[f] <= most_bins, "features have more bins than there can be");
      bins.bins = static_cast<int>(counts[f]);
      const auto categories = bins.categorical ? std::ssize(features[f].categories) : 0;
      require(cuts[f] == (bins.categorical ? 0 : counts[f] - 1) && uppers.has(cuts[f]) && of_categories.has(categories),
              "bins are incomplete");
      const auto ends = uppers.take(cuts[f]);
      require(std::is_sorted(ends.begin(), ends.end()) &&
                  std::all_of(ends.begin(), ends.end(), [](float x) { return std::isfinite(x); }),
              "cuts are out of order");
      bins.uppers.assign(ends.begin(), ends.end());
      const auto places = of_categories.take(categories);
      require(std::all_of(places.begin(), places.end(), [&](std::uint8_t bin) { return bin < bins.bins; }),
              "categories have bins that there are not");
      bins.bin_of_category.assign(places.begin(), places.end());
      model_.bins.push_back(std::move(bins));
    }
    require(uppers.is_empty() && of_categories.is_empty(), "bins are more than its features");
  }

  void read_trees() {
    const auto nodes = reader_.integers("nodes");
    const auto subset_counts = reader_.integers("subset_counts");
    Parts left(reader_.plain<std::int32_t>("left"));
    Parts feature(reader_.plain<std::int32_t>("feature"));
    Parts subset(reader_.plain<std::int32_t>("subset"));
    Parts bin(reader_.plain<std::uint8_t>("bin"));
    Parts missing_left(reader_.plain<std::uint8_t>("missing_left"));
    Parts rows(reader_.integers("rows"));
    Parts gain(reader_.numbers("gain"));
    Parts values(reader_.numbers("values"));
    Parts subsets(reader_.plain<BinSet>("subsets"));
    require(!nodes.empty() && subset_counts.size() == nodes.size(), "trees are incomplete");
    const std::int64_t width = model_.forest.width();
    for (std::size_t t = 0; t < nodes.size(); ++t) {
      const auto count = nodes[t];
      require(count >= 1 && left.has(count) && feature.has(count) && subset.has(count) && bin.has(count) &&
                  missing_left.has(count) && rows.has(count) && gain.has(count) && values.has(count * width) &&
                  subsets.has(subset_counts[t]),
              "trees are incomplete");
      Tree tree;
      const auto sets = subsets.take(subset_counts[t]);
      tree.subsets.assign(sets.begin(), sets.end());
      const auto told = values.take(count * width);
      require(std::all_of(told.begin(), told.end(), [](double x) { return std::isfinite(x); }), "nodes say no numbers");
      tree.values.assign(told.begin(), told.end());
      const auto lefts = left.take(count);
      const auto features = feature.take(count);
      const auto of_subsets = subset.take(count);
      const auto bins = bin.take(count);
      const auto sides = missing_left.take(count);
      const auto numbers = rows.take(count);
      const auto gains = gain.take(count);
      for (std::size_t n = 0; n < lefts.size(); ++n) {
        tree.nodes.push_back({lefts[n], features[n], of_subsets[n], bins[n], sides[n] != 0, numbers[n], gains[n]});
        if (!tree.nodes.back().is_leaf()) check(tree, static_cast<std::int64_t>(n), count);
      }
      model_.forest.trees.push_back(std::move(tree));
    }
    require(left.is_empty() && feature.is_empty() && subset.is_empty() && bin.is_empty() && missing_left.is_empty() &&
                rows.is_empty() && gain.is_empty() && values.is_empty() && subsets.is_empty(),
            "nodes are more than its trees");
  }

  /// Children follow their parent, so that every way ends.
  void check(const Tree& tree, std::int64_t place, std::int64_t count) const {
    const auto& node = tree.nodes.back();
    require(node.left > place && node.left < count - 1, "nodes have children that there are not");
    require(node.feature >= 0 && node.feature < std::ssize(model_.bins), "nodes split by features that there are not");
    require(node.subset >= -1 && node.subset < std::ssize(tree.subsets), "nodes split by subsets that there are not");
    require((node.subset >= 0) == model_.bins[static_cast<std::size_t>(node.feature)].categorical,
            "nodes split numbers as categories, or categories as numbers");
  }

  const ModelReader& reader_;
  ForestModel model_;
};

}  // namespace

data::Batch write_forest(const ForestModel& model) {
  ModelWriter writer(forest_kind);
  learning::write_head(writer, model.head);
  write_bins(writer, model.bins);
  write_trees(writer, model.forest);
  return writer.table(learning::told(model.head.label_type, model.head.task == learning::Task::regression));
}

ForestModel read_forest(const ModelReader& reader) {
  return Reading(reader).read();
}

std::unique_ptr<learning::Scorer> load_forest(const learning::ModelReader& reader) {
  return std::make_unique<ForestScorer>(read_forest(reader));
}

}  // namespace fullbase::trees
