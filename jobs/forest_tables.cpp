#include "jobs/forest_tables.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <memory>
#include <numeric>
#include <optional>
#include <string>
#include <utility>

#include "algorithms/trees/forest_text.hpp"
#include "jobs/measure_columns.hpp"
#include "jobs/table_builder.hpp"

namespace fullbase::jobs {
namespace {

/// Texts of which few differ: as a category column, since a column of texts is as wide as its longest.
class FewTexts {
 public:
  void push_back(const std::optional<std::string>& text) { texts_.push_back(text); }

  data::Column column(std::string name) const {
    std::map<std::string, std::int32_t> codes;
    for (const auto& text : texts_) {
      if (text) codes[*text] = 0;
    }
    data::Strings sorted;
    for (auto& [text, code] : codes) {
      code = static_cast<std::int32_t>(sorted.size());
      sorted.push_back(text);
    }
    std::vector<std::int32_t> values;
    for (const auto& text : texts_) values.push_back(text ? codes.at(*text) : data::missing_code);
    return {data::Field{.name = std::move(name), .type = data::Type::category, .nullable = true},
            std::move(values),
            {},
            std::make_shared<const data::Dictionary>(std::move(sorted))};
  }

 private:
  std::vector<std::optional<std::string>> texts_;
};

data::Schema schema_of(const data::Batch& batch) {
  data::Schema schema;
  for (const auto& column : batch.columns) schema.fields.push_back(column.field());
  return schema;
}

/// The node above each node (-1 at the root), and how far down it is.
struct Places {
  std::vector<std::int64_t> parents;
  std::vector<std::int64_t> depths;

  explicit Places(const trees::Tree& tree) : parents(tree.nodes.size(), -1), depths(tree.nodes.size(), 0) {
    for (std::size_t n = 0; n < tree.nodes.size(); ++n) {
      if (tree.nodes[n].is_leaf()) continue;
      for (const auto child : {tree.nodes[n].left, tree.nodes[n].left + 1}) {
        parents[static_cast<std::size_t>(child)] = static_cast<std::int64_t>(n);
        depths[static_cast<std::size_t>(child)] = depths[n] + 1;
      }
    }
  }
};

}  // namespace

data::Batch importance_table(const trees::ForestModel& model, const trees::Cuts& cuts, std::span<const double> gains,
                             std::span<const trees::PermutationImportance> permuted, bool permutation) {
  std::vector<std::size_t> order(gains.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::stable_sort(order, [&](std::size_t a, std::size_t b) { return gains[a] > gains[b]; });
  TableBuilder table;
  auto& features = table.strings("feature");
  auto& types = table.strings("type");
  auto& bins = table.int64s("bins");
  auto& missing = table.int64s("missing");
  auto& importances = table.float64s("importance");
  auto* const means = permutation ? &table.float64s("permutation_importance") : nullptr;
  auto* const deviations = permutation ? &table.float64s("permutation_deviation") : nullptr;
  for (const auto f : order) {
    features.push_back(model.head.features[f].name);
    types.push_back(model.head.features[f].categorical ? "category" : "number");
    bins.push_back(cuts.bins[f].bins);
    missing.push_back(cuts.missing[f]);
    importances.push_back(gains[f]);
    if (!permutation) continue;
    means->push_back(permuted[f].mean);
    deviations->push_back(permuted[f].deviation);
  }
  return table.batch();
}

data::Schema importance_schema(bool permutation) {
  return schema_of(importance_table({}, {}, {}, {}, permutation));
}

data::Batch nodes_table(const trees::ForestModel& model, std::span<const std::int64_t> show) {
  TableBuilder numbers;
  auto& tree_numbers = numbers.int64s("tree");
  auto& nodes = numbers.int64s("node");
  auto& parents = numbers.optional_int64s("parent");
  auto& depths = numbers.int64s("depth");
  FewTexts features, categories, missing_goes, predicted;
  TableBuilder more;
  auto& thresholds = more.float64s("threshold");
  TableBuilder last;
  auto& rows = last.int64s("rows");
  auto& gains = last.float64s("gain");
  TableBuilder told_values;
  auto& values = told_values.float64s("value");
  for (const auto t : show) {
    const auto& tree = model.forest.trees.at(static_cast<std::size_t>(t));
    const Places places(tree);
    for (std::size_t n = 0; n < tree.nodes.size(); ++n) {
      const auto& node = tree.nodes[n];
      tree_numbers.push_back(t);
      nodes.push_back(static_cast<std::int64_t>(n));
      parents.push_back(places.parents[n] < 0 ? std::nullopt : std::optional(places.parents[n]));
      depths.push_back(places.depths[n]);
      const auto split = node.is_leaf() ? std::nullopt : std::optional(trees::split_text(model, tree, node));
      features.push_back(split ? std::optional(split->feature) : std::nullopt);
      thresholds.push_back(split && split->threshold ? *split->threshold : data::missing_float64);
      categories.push_back(split && split->categorical ? std::optional(fmt::format("{}", fmt::join(split->categories, ", ")))
                                                       : std::nullopt);
      missing_goes.push_back(split ? std::optional<std::string>(split->missing_left ? "left" : "right") : std::nullopt);
      rows.push_back(node.rows);
      gains.push_back(node.gain);
      const auto told = trees::node_told(model, tree, static_cast<std::int64_t>(n));
      predicted.push_back(told.predicted < 0 ? std::nullopt
                                             : std::optional(model.head.classes[static_cast<std::size_t>(told.predicted)]));
      values.push_back(told.value);
    }
  }
  auto batch = numbers.batch();
  const auto append = [&](data::Batch part) {
    for (auto& column : part.columns) batch.columns.push_back(std::move(column));
  };
  batch.columns.push_back(features.column("feature"));
  append(more.batch());
  batch.columns.push_back(categories.column("categories"));
  batch.columns.push_back(missing_goes.column("missing_goes"));
  append(last.batch());
  batch.columns.push_back(predicted.column("predicted"));
  append(told_values.batch());
  return batch;
}

data::Schema nodes_schema() {
  return schema_of(nodes_table({}, {}));
}

data::Batch lines_table(const trees::ForestModel& model, std::span<const std::int64_t> show, TreeLines lines) {
  TableBuilder table;
  auto& tree_numbers = table.int64s("tree");
  auto& numbers = table.int64s("line");
  auto& texts = table.strings("text");
  for (const auto t : show) {
    std::int64_t number = 0;
    for (const auto& line : lines(model, static_cast<int>(t))) {
      tree_numbers.push_back(t);
      numbers.push_back(number++);
      texts.push_back(line);
    }
  }
  return table.batch();
}

data::Schema lines_schema() {
  return schema_of(lines_table({}, {}, nullptr));
}

data::Batch out_of_bag_table(std::span<const metrics::Measure> measures, std::span<const std::string> classes,
                             std::int64_t rows) {
  TableBuilder table;
  MeasureColumns columns(table);
  auto& counts = table.int64s("rows");
  for (const auto& measure : measures) {
    columns.add(measure, classes);
    counts.push_back(rows);
  }
  return table.batch();
}

data::Schema out_of_bag_schema() {
  return schema_of(out_of_bag_table({}, {}, 0));
}

}  // namespace fullbase::jobs
