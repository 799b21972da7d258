// job: predict - what a stored model tells of each row of a table.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <numeric>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "algorithms/learning/features.hpp"
#include "algorithms/learning/model_words.hpp"
#include "algorithms/learning/target.hpp"
#include "base/size.hpp"
#include "comm/agreement.hpp"
#include "comm/own_rows.hpp"
#include "data/row_selection.hpp"
#include "jobs/model_kinds.hpp"
#include "jobs/predictions.hpp"
#include "jobs/registry.hpp"
#include "parallel/for_each.hpp"
#include "parallel/scan.hpp"
#include "runtime/string_widths.hpp"

namespace fullbase::jobs {
namespace {

using Output = learning::Scorer::Output;

constexpr int table_slot = 0;
constexpr int model_slot = 1;

struct PredictOptions {
  std::vector<std::string> keep = {};
  int reasons = 3;
  bool all_classes = false;
  std::optional<double> threshold = {};
};

config::Description<PredictOptions> description() {
  return config::Description<PredictOptions>(
             "predict",
             "What a stored model tells of each row of a table\n"
             "The class or the number, its score, and the features that moved the score most. The model is the table `model` of\n"
             "a step of this job, or of last night's or last week's output.")
      .option("keep", &PredictOptions::keep, "Columns to carry along; the key always is.", config::distinct())
      .option("reasons", &PredictOptions::reasons,
              "Columns `reason_1`, ... and `effect_1`, ...: the features that moved the score most, and how far.",
              config::between(0, 10))
      .option("all_classes", &PredictOptions::all_classes,
              "Whether a table `scores` has a row for each row and class: the key, `class`, `score`; of a\n"
              "model of up to 1,000 classes.")
      .option("threshold", &PredictOptions::threshold, "Of two classes the second is predicted where its score is at least this.",
              config::default_means("0.5 for a probability, 0 for an SVM's decision value"));
}

/// What is carried along from the input, first the key.
struct Carried {
  std::vector<int> columns;  ///< in the input
  bool has_key = false;      ///< else the row's number comes first
};

class Predict final : public runtime::Step {
 public:
  explicit Predict(PredictOptions options) : options_(std::move(options)) {}

  std::vector<runtime::TableOutline> check(runtime::CheckContext& context) override {
    const auto& input = context.input(table_slot);
    data::Schema rows;
    const auto key = input.key.empty() ? std::nullopt : input.find(input.key);
    carried_.has_key = key.has_value();
    if (key) {
      carried_.columns.push_back(*key);
      rows.key = input.key;
    }
    for (std::size_t i = 0; i < options_.keep.size(); ++i) {
      const auto column = context.column(fmt::format("keep[{}]", i), options_.keep[i], table_slot);
      if (column && column != key) carried_.columns.push_back(*column);
    }
    if (!key) rows.fields.push_back(row_field());
    for (const int column : carried_.columns) rows.fields.push_back(input[column]);

    const auto told = learning::told_by(context.input(model_slot));
    if (!told) {
      context.error("", fmt::format("{} holds no model", context.table_name(model_slot)),
                    "name a step that trains one, or the table `model` of one in another output");
      return {};
    }
    told_ = *told;
    if (told_.is_number && options_.all_classes)
      context.error("all_classes", "the model tells a number, and has no classes", "leave it out");
    if (told_.is_number && options_.threshold)
      context.error("threshold", "the model tells a number, and has no classes", "leave it out");
    const auto fields = prediction_fields(told_, options_.reasons);
    rows.fields.insert(rows.fields.end(), fields.begin(), fields.end());
    std::vector<runtime::TableOutline> outlines = {{"", rows}};
    if (options_.all_classes) outlines.push_back({"scores", scores_schema(rows.fields.front())});
    return outlines;
  }

  /// The model twice, its words and what they say; the batches of the threads; with `all_classes` a block of them.
  Memory memory(const std::vector<std::int64_t>& rows, int) const override {
    const std::int64_t batch = std::min(rows.front(), parallel::scan_group_rows);
    const auto columns = std::ssize(carried_.columns) + 2 * options_.reasons + 3;
    const std::int64_t bytes = model_bytes(rows.back()) + parallel::thread_count() * batch * 8 * columns;
    return {bytes, bytes};
  }

  /// A score takes about a step a row for each word of the model that the row meets.
  runtime::Forecast forecast(const std::vector<runtime::InputSize>& inputs, int) const override {
    const auto rows = static_cast<double>(inputs[table_slot].rows.rows);
    auto forecast = runtime::passes_over(inputs);
    forecast.multiply_adds = rows * std::sqrt(static_cast<double>(inputs[model_slot].rows.rows)) * 40 * (1 + options_.reasons);
    forecast.tables[""] = inputs[table_slot].rows;
    return forecast;
  }

  void run(runtime::StepContext& context) override {
    auto& communicator = context.communicator();
    const auto& input = context.input(table_slot);
    const auto& table = context.input(model_slot);
    const auto reservation = comm::collective_try(
        communicator, "model", [&] { return context.budget().require(model_bytes(table.rows()), "the model on every rank"); });
    const auto scorer = read_scorer(communicator, table);
    check_scores(*scorer, context.step_id());
    const double threshold = threshold_for(*scorer, context.step_id());
    const learning::FeatureReader reader(input, scorer->head().features);
    const auto predictions =
        comm::collective_try(communicator, "model", [&] { return Predictions(*scorer, reader, options_.reasons, threshold); });

    auto dictionaries = carried_dictionaries(input);
    auto widths = runtime::string_widths(communicator, input, carried_.columns, input);
    if (!carried_.has_key) widths.insert(widths.begin(), 0);
    const auto told = predictions.dictionaries();
    const std::vector<data::DictionaryPointer> of_scores = {dictionaries.front(), predictions.classes().dictionary(), nullptr};
    dictionaries.insert(dictionaries.end(), told.begin(), told.end());
    const auto writer = context.create("", input.rows(), dictionaries, widths);
    std::unique_ptr<store::TableWriter> scores;
    if (options_.all_classes)
      scores = context.create("scores", input.rows() * scorer->head().outputs(), of_scores, {widths.front(), 0, 0});

    const auto counts = score_rows(communicator, input, reader, predictions, *writer, scores.get());
    writer->finish();
    if (scores) scores->finish();
    report(context, *scorer, counts);
  }

 private:
  static data::Field row_field() { return {.name = "row", .type = data::Type::int64}; }
  static std::int64_t model_bytes(std::int64_t words) { return 3 * words * std::int64_t{sizeof(std::int64_t)}; }

  data::Schema scores_schema(data::Field key) const {
    data::Schema schema;
    schema.fields = {
        std::move(key), {.name = "class", .type = told_.type}, {.name = "score", .type = data::Type::float64, .nullable = true}};
    return schema;
  }

  std::unique_ptr<learning::Scorer> read_scorer(comm::Communicator& communicator, const data::BlockSource& table) const {
    const auto model = learning::ModelReader::read(communicator, table);
    return comm::collective_try(communicator, "model", [&] {
      auto scorer = load_scorer(model);
      const auto& head = scorer->head();
      if (learning::told(head.label_type, scorer->output() == Output::value) != told_)
        throw base::input_error("the model tells something else than its table says", table.name(), "train the model anew");
      return scorer;
    });
  }

  /// A block of rows with all their classes has to fit a thread's share of the memory.
  void check_scores(const learning::Scorer& scorer, const std::string& step) const {
    const std::int64_t classes = scorer.head().outputs();
    if (!options_.all_classes || classes <= learning::most_classes) return;
    throw base::job_file_error(fmt::format("the model tells {} classes, and `scores` is for {} at most",
                                           base::format_count(classes), base::format_count(learning::most_classes)),
                               fmt::format("steps.{}.all_classes", step), "leave it out")
        .known_to_all();
  }

  double threshold_for(const learning::Scorer& scorer, const std::string& step) const {
    const bool is_probability = scorer.output() == Output::probability;
    const auto threshold = options_.threshold.value_or(is_probability ? 0.5 : 0.0);
    const auto refuse = [&](std::string problem, std::string advice) {
      throw base::job_file_error(std::move(problem), fmt::format("steps.{}.threshold", step), std::move(advice)).known_to_all();
    };
    if (options_.threshold && scorer.head().task != learning::Task::binary)
      refuse(fmt::format("the model tells {} classes, not two", scorer.head().outputs()), "leave it out");
    if (is_probability && !(threshold >= 0 && threshold <= 1))
      refuse(fmt::format("{} is no probability", threshold), "write a number from 0 to 1");
    return threshold;
  }

  std::vector<data::DictionaryPointer> carried_dictionaries(const data::BlockSource& input) const {
    std::vector<data::DictionaryPointer> dictionaries;
    if (!carried_.has_key) dictionaries.push_back(nullptr);
    for (const int column : carried_.columns) dictionaries.push_back(input.dictionary(column));
    return dictionaries;
  }

  /// The columns that are carried along, of a batch that holds `read`.
  std::vector<data::Column> carried_columns(const data::BlockSource& input, const data::Batch& batch,
                                            const std::vector<int>& read) const {
    std::vector<data::Column> columns;
    if (!carried_.has_key) columns.emplace_back(row_field(), input.source_rows(batch.rows));
    for (const int column : carried_.columns) columns.push_back(batch[place_of(column, read)]);
    return columns;
  }
  static std::size_t place_of(int column, const std::vector<int>& read) {
    return static_cast<std::size_t>(std::ranges::find(read, column) - read.begin());
  }

  /// Collective: one pass over the input; sends a count and one a feature.
  PredictionCounts score_rows(comm::Communicator& communicator, const data::BlockSource& input,
                              const learning::FeatureReader& reader, const Predictions& predictions, store::TableWriter& writer,
                              store::TableWriter* scores) const {
    std::vector<int> read(reader.columns().begin(), reader.columns().end());
    for (const int column : carried_.columns) {
      if (std::ranges::find(read, column) == read.end()) read.push_back(column);
    }
    const auto local = comm::own_rows(communicator, input.rows());
    std::vector<PredictionCounts> counts(static_cast<std::size_t>(parallel::thread_count()));
    for (auto& own : counts) own.unseen.resize(reader.columns().size(), 0);
    comm::collective_try(communicator, "predictions", [&] {
      parallel::scan(input, local, read, [&](data::Batch&& batch, int thread) {
        data::Batch result{.rows = batch.rows, .columns = carried_columns(input, batch, read)};
        const auto write_scores = [&](base::RowRange block, std::span<const double> outputs) {
          scores->write(block_scores(result.columns.front(), block, batch.rows.first, outputs, predictions.classes()));
        };
        auto told = predictions.columns(batch, counts[static_cast<std::size_t>(thread)],
                                        scores != nullptr ? Predictions::BlockOutputs(write_scores) : nullptr);
        for (auto& column : told) result.columns.push_back(std::move(column));
        writer.write(result);
      });
    });
    PredictionCounts all = std::move(counts.front());
    for (std::size_t t = 1; t < counts.size(); ++t) {
      all.not_scored += counts[t].not_scored;
      for (std::size_t f = 0; f < all.unseen.size(); ++f) all.unseen[f] += counts[t].unseen[f];
    }
    all.unseen.push_back(all.not_scored);
    communicator.sum(std::span(all.unseen));
    all.not_scored = all.unseen.back();
    all.unseen.pop_back();
    return all;
  }

  /// Of a block's rows, each with every class. A block of rows is as many blocks as there are classes, the table's last ones
  /// aside.
  data::Batch block_scores(const data::Column& keys, base::RowRange block, std::int64_t first, std::span<const double> outputs,
                           const ClassColumn& classes) const {
    const std::int64_t count = std::ssize(outputs) / block.size();
    std::vector<std::int32_t> rows;
    std::vector<std::int32_t> told;
    std::vector<double> scores;
    for (auto row = block.first; row < block.last; ++row) {
      for (std::int64_t c = 0; c < count; ++c) {
        rows.push_back(static_cast<std::int32_t>(row - first));
        told.push_back(static_cast<std::int32_t>(c));
        const double score = outputs[scores.size()];
        scores.push_back(std::isnan(score) ? data::missing_float64 : score + 0.0);
      }
    }
    const auto schema = scores_schema(keys.field());
    data::Batch batch{.rows = {block.first * count, block.last * count}, .columns = {}};
    batch.columns.push_back(data::take_rows(keys, rows));
    batch.columns.push_back(classes.column(schema[1], told));
    batch.columns.emplace_back(schema[2], std::move(scores));
    return batch;
  }

  static void report(runtime::StepContext& context, const learning::Scorer& scorer, const PredictionCounts& counts) {
    const auto& name = context.input(table_slot).name();
    context.note("not_scored", counts.not_scored);
    if (counts.not_scored > 0)
      context.warn(
          fmt::format("{}: {} row{} could not be scored, since a value is missing or out of range that the model does not "
                      "fill; what is predicted is missing there",
                      name, base::format_count(counts.not_scored), counts.not_scored == 1 ? "" : "s"));
    for (std::size_t f = 0; f < counts.unseen.size(); ++f) {
      if (counts.unseen[f] == 0) continue;
      const auto& feature = scorer.head().features[f].name;
      context.note("unseen_" + feature, counts.unseen[f]);
      context.warn(fmt::format("{}.{}: {} value{} of a category that training did not meet", name, feature,
                               base::format_count(counts.unseen[f]), counts.unseen[f] == 1 ? " is" : "s are"));
    }
  }

  PredictOptions options_;
  Carried carried_;
  learning::Told told_;
};

}  // namespace

std::shared_ptr<const runtime::JobKind> predict_kind() {
  return runtime::make_job_kind<PredictOptions, Predict>(
      description(), {{.name = "table", .doc = "The rows to score."},
                      {.name = "model", .doc = "The model.", .required = true, .default_table = "model"}});
}

}  // namespace fullbase::jobs
