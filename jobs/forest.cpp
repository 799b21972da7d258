// job: forest - a decision tree, or many of them, that tell a class or a number.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "algorithms/trees/binned_matrix.hpp"
#include "algorithms/trees/cuts.hpp"
#include "algorithms/trees/forest_scorer.hpp"
#include "algorithms/trees/forest_state.hpp"
#include "algorithms/trees/forest_text.hpp"
#include "algorithms/trees/grow.hpp"
#include "algorithms/trees/importances.hpp"
#include "algorithms/trees/out_of_bag.hpp"
#include "base/size.hpp"
#include "comm/agreement.hpp"
#include "jobs/cross_validation.hpp"
#include "jobs/features_per_node.hpp"
#include "jobs/forest_measures.hpp"
#include "jobs/forest_memory.hpp"
#include "jobs/forest_tables.hpp"
#include "jobs/registry.hpp"
#include "jobs/training.hpp"
#include "parallel/for_each.hpp"

namespace fullbase::trees {

// Found by config through the enum's namespace.
inline std::array<std::tuple<Impurity, const char*, const char*>, 3> enum_names(Impurity) {
  return {{{Impurity::gini, "gini", "The chance that two rows of a node are of different classes."},
           {Impurity::entropy, "entropy", "Bits that a row's class takes to tell."},
           {Impurity::squared_error, "squared_error", "The variance of a number."}}};
}

}  // namespace fullbase::trees

namespace fullbase::jobs {
namespace {

enum class Telling { classification, regression };
inline std::array<std::tuple<Telling, const char*, const char*>, 2> enum_names(Telling) {
  return {{{Telling::classification, "classification", "A class."}, {Telling::regression, "regression", "A number."}}};
}

struct ForestJob : TrainingOptions {
  int trees = 100;
  std::optional<Telling> task = {};
  std::optional<trees::Impurity> impurity = {};
  std::optional<int> max_depth = {};
  std::int64_t min_rows = 1;
  double min_gain = 0;
  std::optional<std::int64_t> max_leaves = {};
  std::optional<FeaturesPerNode> features_per_node = {};
  std::optional<bool> bootstrap = {};
  bool out_of_bag = false;
  int permutation_importance = 0;
  std::optional<std::vector<std::int64_t>> show = {};
};

config::Description<ForestJob> description() {
  config::Description<ForestJob> description(
      "forest",
      "A decision tree or a random forest that tells a class or a number\n"
      "Trees are grown on all rows, on at most 255 bins a feature; rows without a value go to the side that serves best, and\n"
      "categories are split by subsets. `trees: 1` is a decision tree. The model scores rows in a predict step.");
  describe_training(description);
  description.option("trees", &ForestJob::trees, "Trees to grow; 1 is a decision tree.", config::between(1, 100'000))
      .option("task", &ForestJob::task, "What is told.",
              config::default_means("a number where the label is a float or a decimal, else a class"))
      .option("impurity", &ForestJob::impurity, "What splits reduce.",
              config::default_means("gini for classes, squared_error for numbers"))
      .option("max_depth", &ForestJob::max_depth, "Splits from the root to a leaf, at most.", config::between(1, 10'000),
              config::default_means("no limit"))
      .option("min_rows", &ForestJob::min_rows, "Rows that a leaf has at least, counted as often as the tree drew them.",
              config::at_least(1))
      .option("min_gain", &ForestJob::min_gain,
              "A split reduces the impurity, times its node's share of the weight, by at least this.", config::at_least(0.0))
      .option("max_leaves", &ForestJob::max_leaves, "Leaves of a tree at most; the splits of the greatest gain are kept.",
              config::at_least(2), config::default_means("no limit"))
      .option("features_per_node", &ForestJob::features_per_node,
              "Features drawn for each split: `all`, `sqrt`, `third`, how many, or a share below 1.", features_per_node_form(),
              config::default_means("sqrt for classes, third for numbers, all for a single tree"))
      .option("bootstrap", &ForestJob::bootstrap, "Whether each tree draws its rows with replacement.",
              config::default_means("true; false for a single tree"))
      .option("out_of_bag", &ForestJob::out_of_bag,
              "Whether a table `out_of_bag` measures the forest on every row by the trees that did not draw it.")
      .option(
          "permutation_importance", &ForestJob::permutation_importance,
          "Times that each feature's values are dealt to the rows at random, to see how far accuracy (of numbers: R2) drops,\n"
          "on the rows that trees did not draw, or without bootstrap on all.",
          config::between(0, 1000))
      .option("show", &ForestJob::show, "Trees that the tables `nodes`, `text` and `dot` show, counted from 0.",
              config::at_least(0), config::distinct(), config::default_means("the first, where it has no more than 10,000 nodes"))
      .check([](const ForestJob& job, const config::Node& node, config::Diagnostics& diagnostics) {
        const auto show = job.show.value_or(std::vector<std::int64_t>());
        for (std::size_t i = 0; i < show.size(); ++i) {
          if (show[i] < job.trees) continue;
          diagnostics.error(config::locate(node, fmt::format("show[{}]", i)),
                            fmt::format("there is no tree {} among {}", show[i], job.trees), "trees are counted from 0");
        }
        if (job.out_of_bag && !job.bootstrap.value_or(job.trees > 1))
          diagnostics.error(config::locate(node, "out_of_bag"), "without bootstrap every tree sees every row",
                            "write `bootstrap: true`, or measure by cross_validation");
      });
  return description;
}

/// What the trees of a step and of its cross-validation are grown on.
struct Grown {
  TrainingRows rows;
  trees::Cuts cuts;
  std::unique_ptr<data::ByteBlocks> matrix;
};

class ForestStep final : public runtime::Step {
 public:
  explicit ForestStep(ForestJob options) : options_(std::move(options)) {}

  std::vector<runtime::TableOutline> check(runtime::CheckContext& context) override {
    const auto use = !options_.task                          ? LabelUse::by_type
                     : *options_.task == Telling::regression ? LabelUse::number
                                                             : LabelUse::classes;
    training_ = check_training(context, options_, use);
    const bool is_variance = impurity() == trees::Impurity::squared_error;
    if (is_variance != training_.regression)
      context.error("impurity", is_variance ? "squared_error is for numbers, and the label is a class" : "the label is a number",
                    is_variance ? "write gini or entropy, or `task: regression`" : "write squared_error, or leave it out");
    const auto drawn = options_.features_per_node;
    if (drawn && drawn->rule == FeaturesPerNode::Rule::number && drawn->value > static_cast<double>(training_.features.size()) &&
        !training_.features.empty())
      context.error("features_per_node",
                    fmt::format("{} of {} features cannot be drawn", drawn->value, training_.features.size()),
                    "write `all`, or fewer");
    std::vector<runtime::TableOutline> outlines = {{"", importance_schema(options_.permutation_importance > 0)}};
    std::ranges::move(training_outlines(options_, training_), std::back_inserter(outlines));
    outlines.push_back({"nodes", nodes_schema()});
    outlines.push_back({"text", lines_schema()});
    outlines.push_back({"dot", lines_schema()});
    if (options_.out_of_bag) outlines.push_back({"out_of_bag", out_of_bag_schema()});
    return outlines;
  }

  /// Least: a column's values to sort, or the matrix streamed and little to grow with. Best: the matrix in memory.
  Memory memory(const std::vector<std::int64_t>& rows, int ranks) const override {
    const base::Partition partition(rows.front(), ranks);
    const auto blocks = partition.most_blocks();
    const auto columns = static_cast<int>(std::max<std::size_t>(1, training_.features.size()));
    // How many classes there are is not known yet; most often it is two.
    const auto size = size_of(rows.front(), partition.most_rows(), ranks, columns, training_.regression ? 1 : 2);
    const auto sorting = 8 * size.local_rows;
    const auto growing = growing_bytes(size, parallel::thread_count());
    const auto measuring = measuring_bytes(size);
    const auto labels = label_bytes(size);
    return {
        .least = labels + std::max(sorting, std::max(growing.least, measuring) + data::ByteBlocks::least_bytes(blocks, columns)),
        .best = labels + std::max(sorting, data::ByteBlocks::bytes(blocks, columns) + std::max(growing.best, measuring))};
  }

  /// Histograms of the features that are drawn, a level after the other, of some 20 levels where nothing ends a tree before.
  runtime::Forecast forecast(const std::vector<runtime::InputSize>& inputs, int ranks) const override {
    const auto rows = static_cast<double>(inputs.front().rows.rows);
    const auto features = static_cast<double>(std::max<std::size_t>(1, training_.features.size()));
    const double fits = 1 + (options_.cross_validation ? static_cast<double>(options_.cross_validation->folds) : 0);
    const double levels = std::min(20, options_.max_depth.value_or(20));
    const double drawn = options_.trees > 1 ? std::sqrt(features) : features;
    auto forecast = runtime::passes_over(inputs, 2 + fits);
    forecast.keyed_rows = fits * rows * features / 4;
    forecast.values += fits * options_.trees * levels * rows * (drawn + 2) / 6;
    forecast.bytes_sent = runtime::bytes_to_sum(fits * options_.trees * levels * 16 * 255 * features, ranks);
    const double nodes = options_.trees * std::min(rows / 5, std::exp2(levels));
    // The forest of all rows, and a fold's as it grows.
    forecast.state_bytes = trees::state_bytes_of_node * nodes;
    if (options_.cross_validation) forecast.state_bytes = 2 * forecast.state_bytes + cross_validation_state_bytes(rows);
    forecast_model(forecast, training_, 4 * nodes);
    for (const char* const table : {"nodes", "text", "dot"})
      forecast.tables[table] = {static_cast<std::int64_t>(nodes), runtime::Certainty::most};
    forecast.tables["out_of_bag"] = runtime::small_table();
    return forecast;
  }

  void run(runtime::StepContext& context) override {
    Grown grown = prepare(context);
    const auto options = grow_options(grown);
    StepPart step(context);
    StepPart all(step, "all rows");
    const trees::ForestScorer scorer(grow(all, grown, options, {}));
    const auto& model = scorer.model();
    all.keep([&](data::StateWriter& writer, const std::string& prefix) { trees::put_trees(writer, prefix, model.forest.trees); });
    note(context, model);

    std::optional<trees::UnseenTrees> unseen;
    if (options.bootstrap && (options_.out_of_bag || options_.permutation_importance > 0))
      unseen.emplace(context.communicator(), trees::Bootstrap(context.key("bootstrap"), true), options.trees,
                     grown.matrix->local_rows(), context.budget());
    StepPart permuting(step, "permutation");
    write(context, grown, model, permute(permuting, grown, scorer, unseen ? &*unseen : nullptr));
    if (options_.out_of_bag) write_out_of_bag(context, grown, scorer, *unseen);
    unseen.reset();

    if (!options_.cross_validation) return;
    cross_validate(step, {context.input(), grown.rows.features, grown.rows.target}, *options_.cross_validation,
                   [&](std::span<const std::uint8_t> used, StepPart& fold) -> std::unique_ptr<learning::Scorer> {
                     return std::make_unique<trees::ForestScorer>(grow(fold, grown, options, used));
                   });
  }

 private:
  trees::Impurity impurity() const {
    return options_.impurity.value_or(training_.regression ? trees::Impurity::squared_error : trees::Impurity::gini);
  }
  int features_per_node(int features) const {
    const auto usual = options_.trees == 1    ? FeaturesPerNode::Rule::all
                       : training_.regression ? FeaturesPerNode::Rule::third
                                              : FeaturesPerNode::Rule::sqrt;
    return options_.features_per_node.value_or(FeaturesPerNode{usual, 0}).of(features);
  }

  ForestSize size_of(std::int64_t rows, std::int64_t local_rows, int ranks, int features, int outputs) const {
    return {.rows = rows,
            .local_rows = local_rows,
            .ranks = ranks,
            .features = features,
            .features_per_node = features_per_node(features),
            .trees = options_.trees,
            .outputs = outputs,
            .out_of_bag = options_.out_of_bag,
            .permutation = options_.permutation_importance > 0,
            .cross_validation = options_.cross_validation.has_value()};
  }

  /// Collective.
  Grown prepare(runtime::StepContext& context) const {
    Grown grown;
    grown.rows = read_training(context, options_, training_, std::numeric_limits<float>::max());
    const auto& features = grown.rows.features;
    grown.cuts = trees::find_cuts(context.communicator(), context.input(), features, context.budget());
    for (const auto& rare : grown.cuts.rare)
      context.warn(fmt::format("column '{}': the {} rarest categories ({} rows) are taken as one",
                               features[static_cast<std::size_t>(rare.feature)].name, base::format_count(rare.categories),
                               base::format_count(rare.rows)));
    // What growing and measuring take stays free of the matrix, as far as both fit.
    const auto local =
        base::Partition(context.input().rows(), context.communicator().size()).rows_of(context.communicator().rank());
    const auto size =
        size_of(context.input().rows(), context.communicator().max_value(local.size()), context.communicator().size(),
                static_cast<int>(std::ssize(features)), training_.regression ? 1 : grown.rows.target.class_count());
    const auto growing = growing_bytes(size, parallel::thread_count());
    const auto measuring = measuring_bytes(size);
    const auto beside =
        std::min(std::max(growing.best, measuring), std::max({growing.least, measuring, context.budget().available() / 2}));
    grown.matrix = trees::bin_rows(context.communicator(), context.input(), features, grown.cuts.bins, beside, context.budget(),
                                   context.spill());
    context.note("spilled_bytes", context.communicator().sum_value(grown.matrix->spilled_bytes()));
    return grown;
  }

  trees::GrowOptions grow_options(const Grown& grown) const {
    trees::GrowOptions options;
    options.trees = options_.trees;
    options.impurity = impurity();
    options.max_depth = options_.max_depth.value_or(0);
    options.min_rows = options_.min_rows;
    options.min_gain = options_.min_gain;
    options.max_leaves = options_.max_leaves.value_or(0);
    options.features_per_node = features_per_node(static_cast<int>(std::ssize(grown.rows.features)));
    options.bootstrap = options_.bootstrap.value_or(options_.trees > 1);
    if (options_.class_weights.given()) options.class_weights = grown.rows.class_weights;
    return options;
  }

  /// Collective. A forest of the rows `used` (empty: all).
  trees::ForestModel grow(StepPart& part, const Grown& grown, const trees::GrowOptions& options,
                          std::span<const std::uint8_t> used) const {
    auto& context = part.context();
    const auto& target = grown.rows.target;
    const trees::GrowRows rows{.matrix = *grown.matrix,
                               .bins = grown.cuts.bins,
                               .codes = target.codes,
                               .values = target.values,
                               .classes = training_.regression ? 1 : target.class_count(),
                               .used = used};
    const auto observe = [&](const trees::Forest& so_far) {
      part.end_round(
          {std::ssize(so_far.trees), options.trees, "trees"},
          [&](data::StateWriter& writer, const std::string& prefix) { trees::put_trees(writer, prefix, so_far.trees); });
    };
    auto left = part.has_left("sizes") ? part.read_left(trees::read_trees) : std::vector<trees::Tree>();
    return {learning::head_of(grown.rows.features, target), grown.cuts.bins,
            trees::grow(context.communicator(), rows, options, context.key("bootstrap"), context.key("features per node"),
                        context.budget(), observe, std::move(left))};
  }

  static void note(runtime::StepContext& context, const trees::ForestModel& model) {
    std::int64_t nodes = 0;
    std::int64_t leaves = 0;
    for (const auto& tree : model.forest.trees) {
      nodes += std::ssize(tree.nodes);
      leaves += (std::ssize(tree.nodes) + 1) / 2;
    }
    context.note("features", std::ssize(model.head.features));
    context.note("nodes", nodes);
    context.note("leaves", leaves);
  }

  /// A tree that nobody asked for is shown where somebody may read it.
  std::vector<std::int64_t> shown_trees(const trees::ForestModel& model) const {
    constexpr std::int64_t most_nodes = 10'000;
    if (options_.show) return *options_.show;
    return std::ssize(model.forest.trees.front().nodes) <= most_nodes ? std::vector<std::int64_t>{0}
                                                                      : std::vector<std::int64_t>();
  }

  /// Collective.
  static void write_out_of_bag(runtime::StepContext& context, const Grown& grown, const trees::ForestScorer& scorer,
                               const trees::UnseenTrees& unseen) {
    const auto& target = grown.rows.target;
    const auto measured = out_of_bag_measures(context.communicator(), scorer, *grown.matrix, unseen, target, context.budget());
    context.note("out_of_bag_rows", measured.rows);
    context.write_small("out_of_bag", out_of_bag_table(measured.measures, target.classes, measured.rows));
  }

  /// Collective.
  std::vector<trees::PermutationImportance> permute(StepPart& part, const Grown& grown, const trees::ForestScorer& scorer,
                                                    const trees::UnseenTrees* unseen) const {
    auto& context = part.context();
    if (options_.permutation_importance == 0) return {};
    // The drops are kept until the step ends: what comes after them does not have them measured anew.
    auto drops = std::make_shared<std::vector<double>>();
    if (part.has_left("drops"))
      *drops = part.read_left(
          [](const data::StateReader& reader, const std::string& prefix) { return reader.get<double>(prefix + "drops"); });
    part.keep([drops](data::StateWriter& writer, const std::string& prefix) { writer.put(prefix + "drops", *drops); });
    return trees::permutation_importances(
        context.communicator(), scorer, *grown.matrix, unseen,
        quality_of_rows(context.communicator(), scorer, grown.rows.target, context.budget()), options_.permutation_importance,
        context.key("permutation"), context.budget(),
        [&](std::span<const double> so_far, std::int64_t total) {
          drops->assign(so_far.begin(), so_far.end());
          part.end_round({std::ssize(so_far), total, "permuted features"});
        },
        *drops);
  }

  void write(runtime::StepContext& context, const Grown& grown, const trees::ForestModel& model,
             const std::vector<trees::PermutationImportance>& permuted) const {
    const auto gains = trees::gain_importances(model.forest, static_cast<int>(std::ssize(model.head.features)));
    context.write_small("", importance_table(model, grown.cuts, gains, permuted, options_.permutation_importance > 0));
    // What may be large is made where it is written.
    const auto write_at_root = [&](const char* table, const auto& make) {
      auto& communicator = context.communicator();
      const auto made =
          comm::collective_try(communicator, "tables", [&] { return communicator.is_root() ? make() : data::Batch(); });
      context.write_small(table, made);
    };
    write_at_root("model", [&] { return trees::write_forest(model); });
    if (!training_.regression) context.write_small("classes", classes_table(grown.rows.target, grown.rows.class_weights));
    const auto show = shown_trees(model);
    write_at_root("nodes", [&] { return nodes_table(model, show); });
    write_at_root("text", [&] { return lines_table(model, show, trees::tree_lines); });
    write_at_root("dot", [&] { return lines_table(model, show, trees::dot_lines); });
  }

  ForestJob options_;
  Training training_;
};

}  // namespace

std::shared_ptr<const runtime::JobKind> forest_kind() {
  return runtime::make_job_kind<ForestJob, ForestStep>(description(), training_inputs());
}

}  // namespace fullbase::jobs
