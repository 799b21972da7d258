// job: kmeans - segments of rows that are alike, and the k that fits them best.
#include "algorithms/clustering/kmeans.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "algorithms/clustering/criteria.hpp"
#include "algorithms/clustering/kmeans_scorer.hpp"
#include "algorithms/clustering/memory.hpp"
#include "algorithms/learning/model_words.hpp"
#include "algorithms/prepare/feature_matrix.hpp"
#include "algorithms/prepare/kept_rows.hpp"
#include "algorithms/prepare/unique_key.hpp"
#include "base/size.hpp"
#include "base/time.hpp"
#include "comm/agreement.hpp"
#include "jobs/kmeans_model.hpp"
#include "jobs/kmeans_search.hpp"
#include "jobs/kmeans_tables.hpp"
#include "jobs/registry.hpp"
#include "jobs/segment_matching.hpp"
#include "jobs/segment_names.hpp"
#include "jobs/step_part.hpp"
#include "jobs/transforms.hpp"
#include "parallel/scan.hpp"
#include "runtime/string_widths.hpp"

namespace fullbase::clustering {

// Found by config through the enum's namespace.
inline std::array<std::tuple<Start, const char*, const char*>, 4> enum_names(Start) {
  return {{{Start::kmeans_plus_plus, "k-means++", "Rows drawn far from those drawn before, the best of several draws each time."},
           {Start::kmeans_parallel, "k-means||", "The same in few passes, for hundreds of clusters."},
           {Start::random, "random", "Different rows, all equally likely."},
           {Start::given, "given", "`centroids`."}}};
}
inline std::array<std::tuple<Criterion, const char*, const char*>, 3> enum_names(Criterion) {
  return {{{Criterion::silhouette, "silhouette", "Greatest silhouette (Rousseeuw 1987)."},
           {Criterion::calinski_harabasz, "calinski_harabasz", "Greatest ratio of variance between clusters to that within."},
           {Criterion::davies_bouldin, "davies_bouldin", "Least mean similarity of a cluster to its nearest."}}};
}

}  // namespace fullbase::clustering

namespace fullbase::jobs {
namespace {

/// What the stored model tells of a row.
constexpr learning::Told tells_segments{.is_number = false, .type = data::Type::int64};

struct KMeansJob {
  std::vector<std::int64_t> k = {8};
  clustering::Criterion choose = clustering::Criterion::silhouette;
  ColumnTransforms columns = {};
  clustering::Start init = clustering::Start::kmeans_plus_plus;
  std::int64_t n_init = 1;
  std::int64_t max_iterations = 300;
  double tolerance = 1e-4;
  std::vector<std::vector<double>> centroids = {};
  bool infinite_is_missing = false;
  bool constant_is_error = false;
  bool anew = false;
  std::optional<std::int64_t> refit = {};  ///< microseconds
  NamesByNumber names = {};
};

config::Description<KMeansJob> description() {
  return config::Description<KMeansJob>("kmeans",
                                        "Segments of rows that are alike: k-means over all of them\n"
                                        "Each row goes to the nearest of k centroids, each centroid is the mean of its rows.")
      .option("k", &KMeansJob::k, "Number of segments, or several to choose from.", config::between(1, 1'000'000),
              config::non_empty(), config::distinct())
      .option("choose", &KMeansJob::choose, "Which k is best, where several are given.")
      .required("columns", &KMeansJob::columns, "Columns to use, each with its transforms in order; `[]` takes it as it is.",
                transform_form(),
                config::check("at least one",
                              [](const ColumnTransforms& columns) {
                                return columns.empty() ? std::string("no column is named") : std::string();
                              }))
      .option("init", &KMeansJob::init, "Where centroids start.")
      .option("n_init", &KMeansJob::n_init, "Starts to try; the one of the lowest inertia is kept.", config::between(1, 1000))
      .option("max_iterations", &KMeansJob::max_iterations, "Iterations after which a fit ends in any case.",
              config::between(1, 1'000'000))
      .option("tolerance", &KMeansJob::tolerance,
              "A fit ends when the centroids' squared moves sum to at most this times the columns' mean variance.",
              config::at_least(0.0))
      .option("centroids", &KMeansJob::centroids,
              "With `init: given`: the centroids to start from, each a list of values in the columns' own units.")
      .option("infinite_is_missing", &KMeansJob::infinite_is_missing, "Whether infinite values count as missing, not as errors.")
      .option("constant_is_error", &KMeansJob::constant_is_error,
              "Whether a column with one value alone is an error; else it is used unscaled, with a warning.")
      .option(
          "anew", &KMeansJob::anew,
          "With `previous`: whether segments begin anew, as on a first night; for the night on which k, columns or key change.")
      .option("refit", &KMeansJob::refit,
              "With `previous`: a model that was fitted less than this before as_of is applied as it is (its transforms and\n"
              "centroids, rows to the nearest), not fitted again.",
              config::duration(config::more_than(std::int64_t{0})),
              config::default_means("every night is fitted, from the centroids of the night before"))
      .option("names", &KMeansJob::names, "Names of segments, by number: a column `name` in the tables of rows and of centroids.")
      .check([](const KMeansJob& job, const config::Node& node, config::Diagnostics& diagnostics) {
        for (const auto& [key, name] : job.names) {
          if (!segment_number(key))
            diagnostics.error(config::locate(node, "names." + key), fmt::format("'{}' is no number of a segment", key),
                              "write the number that the column `segment` has, as in {0: Loyal, 1: Leaving}");
          if (name.empty()) diagnostics.error(config::locate(node, "names." + key), "the name is empty", "leave it out");
        }
      })
      .check([](const KMeansJob& job, const config::Node& node, config::Diagnostics& diagnostics) {
        const bool given = job.init == clustering::Start::given;
        if (given != !job.centroids.empty()) {
          diagnostics.error(config::locate(node, given ? "init" : "centroids"), "`init: given` and `centroids` go together",
                            given ? "list the centroids" : "write `init: given`");
        }
        if (!given) return;
        if (job.k.size() != 1 || job.k.front() != std::ssize(job.centroids))
          diagnostics.error(config::locate(node, "k"), fmt::format("{} centroids are given", job.centroids.size()),
                            fmt::format("write `k: {}`", job.centroids.size()));
        for (std::size_t i = 0; i < job.centroids.size(); ++i) {
          if (job.centroids[i].size() != job.columns.size())
            diagnostics.error(config::locate(node, fmt::format("centroids[{}]", i)),
                              fmt::format("{} values for {} columns", job.centroids[i].size(), job.columns.size()));
        }
      });
}

/// The column that identifies the input's rows; nothing if only their numbers do.
std::optional<int> key_column(const data::Schema& schema) {
  return schema.key.empty() ? std::nullopt : schema.find(schema.key);
}

class KMeans final : public runtime::Step {
 public:
  explicit KMeans(KMeansJob options) : options_(std::move(options)) {}

  std::vector<runtime::TableOutline> check(runtime::CheckContext& context) override {
    plans_ = check_columns(context, options_.columns);
    is_filtered_ = context.is_filtered();
    const auto& input = context.input();
    data::Schema rows;
    if (const auto key = key_column(input)) {
      rows.fields.push_back(input[*key]);
      rows.key = input.key;
    } else {
      rows.fields.push_back({.name = "row", .type = data::Type::int64});
    }
    for (const char* const taken : {"segment", "name", "distance"}) {
      if (std::string_view(taken) == "name" && options_.names.empty()) continue;
      if (rows.fields.front().name == taken)
        context.error("", fmt::format("the input's key is named {}, which the result needs for its own column", taken),
                      "rename it by a select step before");
    }
    rows.fields.push_back({.name = "segment", .type = data::Type::int64});
    if (!options_.names.empty()) rows.fields.push_back({.name = "name", .type = data::Type::category, .nullable = true});
    rows.fields.push_back({.name = "distance", .type = data::Type::float32});

    std::vector<std::string> features;
    for (const auto& plan : plans_) {
      features.push_back(plan.column);
      if (plan.column == "segment" || plan.column == "rows" || plan.column == "share" ||
          (plan.column == "name" && !options_.names.empty()))
        context.error("columns." + plan.column, "the table of centroids has a column of this name already",
                      "rename it by a select step before");
    }
    check_previous(context, rows.fields.front());
    return {{"", std::move(rows)},
            {"centroids", centroid_table(features, {}, options_.names).schema()},
            {"scaled_centroids", scaled_table(features, {}).schema()},
            {"matching", matching_schema()},
            {"model", learning::model_schema(tells_segments)},
            {"origin", origin_schema()},
            {"quality", quality_table({}, 0).schema()},
            {"history", history_table({}).schema()},
            {"transforms", parameter_schema()}};
  }

  /// Least: the matrix streamed. Best: all of it in memory, and bounds. What a `where` or a dropped row leaves out is counted in.
  Memory memory(const std::vector<std::int64_t>& rows, int ranks) const override {
    using Kind = prepare::Transform::Kind;
    const auto has = [&](Kind kind) {
      return std::ranges::any_of(plans_, [&](const prepare::ColumnPlan& plan) {
        return std::ranges::any_of(plan.transforms, [&](const auto& transform) { return transform.kind == kind; });
      });
    };
    const auto columns = static_cast<int>(plans_.size());
    const base::Partition partition(rows.front(), ranks);
    const auto blocks = partition.most_blocks();
    const auto local = partition.most_rows();
    const std::int64_t for_quantiles = has(Kind::impute_median) || has(Kind::robust) ? 8 * local : 0;
    const std::int64_t row_numbers = has(Kind::impute_drop) ? 8 * local : 0;
    std::int64_t beside = bytes_beside(rows.front(), local);
    if (is_filtered_ || has(Kind::impute_drop)) {
      // Of fewer rows the silhouette may be exact, which takes more.
      const auto exact = std::min(rows.front(), clustering::most_rows_of_exact_silhouette(columns));
      beside = std::max(beside, bytes_beside(exact, std::min(exact, local)));
    }
    beside += row_numbers;
    return {
        .least = std::max(for_quantiles, beside + data::MatrixBlocks::least_bytes(blocks, columns)),
        .best = std::max(for_quantiles, beside + data::MatrixBlocks::bytes(blocks, columns) + clustering::bounds_bytes(local))};
  }

  /// Some 30 iterations a start, as most fits take; a pass over all rows for each transform and for the result.
  runtime::Forecast forecast(const std::vector<runtime::InputSize>& inputs, int ranks) const override {
    const double expected =
        static_cast<double>(std::min<std::int64_t>(30, options_.max_iterations)) * static_cast<double>(options_.n_init);
    const auto rows = static_cast<double>(inputs.front().rows.rows);
    const auto columns = static_cast<double>(plans_.size());
    auto forecast = runtime::passes_over(inputs, 2);
    // What a distance and a row's part of the next centroids cost besides, as runs of few columns took.
    constexpr double beside = 12;
    std::int64_t clusters = 0;
    for (const auto k : options_.k) {
      forecast.multiply_adds += expected * rows * (columns + beside) * static_cast<double>(k);
      forecast.bytes_sent += runtime::bytes_to_sum(expected * 8 * (columns + 1) * static_cast<double>(k), ranks);
      clusters = std::max<std::int64_t>(clusters, k);
    }
    // Centroids as they are, as they were, and of the best start.
    forecast.state_bytes = 3 * 8 * columns * static_cast<double>(clusters);
    if (options_.k.size() > 1) {
      // The silhouette of each k: every row with every other, of few; else with the centroids.
      const bool is_exact = clustering::has_exact_silhouette(inputs.front().rows.rows, static_cast<int>(plans_.size()));
      forecast.multiply_adds += static_cast<double>(options_.k.size()) * rows * columns * (is_exact ? rows : 100);
    }
    forecast.tables[""] = inputs.front().rows;
    for (const char* const table : {"centroids", "scaled_centroids"})
      forecast.tables[table] = {clusters, runtime::Certainty::most};
    forecast.tables["quality"] = {std::ssize(options_.k), runtime::Certainty::exact};
    forecast.tables["history"] = {static_cast<std::int64_t>(expected) * std::ssize(options_.k), runtime::Certainty::estimate};
    for (const char* const table : {"transforms", "model", "origin", "matching"}) forecast.tables[table] = runtime::small_table();
    return forecast;
  }

  void run(runtime::StepContext& context) override {
    auto& communicator = context.communicator();
    // The result is keyed like the input.
    if (const auto& input = context.input(); !input.schema().key.empty())
      prepare::require_unique(communicator, input, *input.schema().find(input.schema().key), context.budget());
    const auto previous = options_.anew ? std::nullopt : read_previous_model(context, plans_);
    const bool applied = previous && is_young(context, *previous);
    const auto features = prepare::build_matrix(
        communicator, context.input(), plans_, {options_.infinite_is_missing, options_.constant_is_error}, context.budget(),
        context.spill(), [&](std::int64_t rows, std::int64_t local_rows) { return bytes_beside(rows, local_rows); },
        applied ? &previous->columns : nullptr);
    for (const auto& warning : features.transforms.warnings) context.warn(warning);
    context.left_out("dropped for a missing value", features.transforms.dropped);
    note_filled(context, features.transforms);

    context.note("spilled_bytes", communicator.sum_value(features.matrix->spilled_bytes()));

    // The place of a segment is what it means in the columns' own units, wherever tonight's transforms put that.
    const auto before = !previous ? std::vector<double>()
                        : applied ? previous->scaled
                                  : scaled_centroids(context, features.transforms, previous->centroids, "columns",
                                                     "begin anew for one night with `anew: true`");
    const auto statistics = clustering::column_statistics(communicator, *features.matrix, features.transforms.names());
    const auto counts = applied ? std::vector<std::int64_t>{previous->clusters()} : options_.k;
    const auto options_of = [&](std::int64_t k) {
      auto options = fit_options(static_cast<int>(k));
      if (options_.init == clustering::Start::given) {
        options.centroids =
            scaled_centroids(context, features.transforms, all_given(), "centroids", "give a value that the column could have");
      } else if (previous && k == previous->clusters()) {
        options.start = clustering::Start::given;
        options.starts = 1;
        options.centroids = before;
      }
      return options;
    };
    StepPart step(context);
    KMeansSearch search;
    if (step.has_left("tried")) search = step.read_left(read_search);
    step.keep([&](data::StateWriter& writer, const std::string& prefix) { put_search(writer, prefix, search); });
    std::optional<Candidate> best;
    if (!search.tried.empty()) {
      best = without_rows(search.tried[search.best]);
      best->fit = clustering::kmeans(communicator, *features.matrix, statistics, options_of(best->k), key_of(context, best->k),
                                     context.budget(), {}, &search.best_state);
    }
    for (auto tried = search.tried.size(); tried < counts.size(); ++tried) {
      const auto options = options_of(counts[tried]);
      Candidate candidate =
          applied ? apply(context, *features.matrix, statistics, before) : fit(step, *features.matrix, statistics, options);
      search.tried.push_back(without_rows(candidate));
      if (!best || clustering::best_by(options_.choose, std::array{best->criteria, candidate.criteria}) == 1) {
        best = std::move(candidate);
        search.best = tried;
        search.best_state = clustering::ended_state(best->fit, options);
      }
    }
    context.note("k", std::int64_t{best->k});
    context.note("inertia", best->fit.inertia);
    context.note("iterations", std::ssize(best->fit.history));
    context.note("converged", best->fit.converged);
    if (!best->fit.converged)
      context.warn(fmt::format("k = {} had not converged after {} iterations", best->k, options_.max_iterations));
    const ClusteredRows rows{features, best->fit.labels, best->fit.centroids, best->k, key_column(context.input().schema())};
    const auto numbering = previous ? match_segments(context, *previous, before, rows, applied) : first_numbering(best->k);
    const ModelOrigin origin{applied ? previous->as_of : context.environment().as_of, best->k,
                             start_of(previous, applied, best->k)};
    note_origin(context, origin);
    write(context, features, statistics.centre, *best, search.tried, numbering, origin);
  }

 private:
  clustering::KMeansOptions fit_options(int k) const {
    clustering::KMeansOptions options;
    options.clusters = k;
    options.start = options_.init;
    options.starts = static_cast<int>(options_.n_init);
    options.max_iterations = static_cast<int>(options_.max_iterations);
    options.tolerance = options_.tolerance;
    return options;
  }

  /// What the fits of all k and their criteria take beside a matrix of so many rows; the best result so far is kept.
  std::int64_t bytes_beside(std::int64_t rows, std::int64_t local_rows) const {
    const auto columns = static_cast<int>(plans_.size());
    const auto result = clustering::result_bytes(local_rows);
    std::int64_t most = 0;
    for (const auto k : options_.k) {
      const auto options = fit_options(static_cast<int>(k));
      most = std::max({most, clustering::fit_bytes(local_rows, columns, options),
                       result + clustering::criteria_bytes(rows, local_rows, columns, options.clusters)});
    }
    return most + (options_.k.size() > 1 ? result : 0);
  }

  /// `centroids`, one after the other.
  std::vector<double> all_given() const {
    std::vector<double> centroids;
    for (const auto& centroid : options_.centroids) centroids.insert(centroids.end(), centroid.begin(), centroid.end());
    return centroids;
  }

  void check_previous(runtime::CheckContext& context, const data::Field& row) {
    if (options_.refit) {
      context.require_as_of();
      if (!context.names_previous())
        context.error("refit", "`refit` needs the output of the night before", "add previous: {file: out/latest.h5} at the top");
    }
    if (options_.anew) return;
    check_previous_model(context, row, plans_, options_.k);
    if (context.previous() != nullptr && std::ranges::max(options_.k) > most_matched_segments)
      context.error("k",
                    fmt::format("segments are matched with those of the night before up to {} of them",
                                base::format_count(most_matched_segments)),
                    "ask for fewer, or leave `previous` out");
  }

  /// Whether the model of the night before is to be applied. One from a later moment is not: what it would be tonight is unknown.
  bool is_young(const runtime::StepContext& context, const PreviousModel& previous) const {
    if (!options_.refit || !previous.as_of) return false;
    const auto age = *context.environment().as_of - *previous.as_of;
    return age >= 0 && age < *options_.refit;
  }

  std::string start_of(const std::optional<PreviousModel>& previous, bool applied, int k) const {
    if (applied) return "applied";
    if (options_.init == clustering::Start::given) return "given";
    return previous && previous->clusters() == k ? "previous" : "afresh";
  }

  static void note_origin(runtime::StepContext& context, const ModelOrigin& origin) {
    context.note("model_start", origin.start);
    if (origin.as_of) context.note("model_as_of", base::format_timestamp(*origin.as_of));
  }

  /// The model of the night before, as it is.
  static Candidate apply(runtime::StepContext& context, const data::MatrixBlocks& matrix,
                         const clustering::ColumnStatistics& statistics, const std::vector<double>& centroids) {
    Candidate candidate;
    candidate.fit = clustering::nearest_centroids(context.communicator(), matrix, statistics, centroids, context.budget());
    candidate.k = static_cast<int>(std::ssize(candidate.fit.sizes));
    candidate.criteria = clustering::criteria(context.communicator(), matrix, statistics, candidate.fit, context.budget());
    return candidate;
  }

  static random::Key key_of(const runtime::StepContext& context, int k) { return context.key(fmt::format("k {}", k)); }

  /// A part of the step, which goes on where a run was broken off.
  Candidate fit(StepPart& step, const data::MatrixBlocks& matrix, const clustering::ColumnStatistics& statistics,
                const clustering::KMeansOptions& options) const {
    auto& context = step.context();
    const int k = options.clusters;
    StepPart part(step, fmt::format("k {}", k));
    std::optional<clustering::KMeansState> left;
    if (part.has_left("start")) left = part.read_left(clustering::read_state);
    const auto observe = [&](const clustering::KMeansState& state) {
      part.end_round({std::ssize(state.history), options_.max_iterations,
                      fmt::format("k = {}, inertia {:.6g}", k, state.history.back().inertia)},
                     [&](data::StateWriter& writer, const std::string& prefix) { clustering::put_state(writer, prefix, state); });
    };
    Candidate candidate{k, {}, {}};
    candidate.fit = clustering::kmeans(context.communicator(), matrix, statistics, options, key_of(context, k), context.budget(),
                                       observe, left ? &*left : nullptr);
    candidate.criteria = clustering::criteria(context.communicator(), matrix, statistics, candidate.fit, context.budget());
    return candidate;
  }

  /// What the tables of all k need; labels and distances are kept of the best alone.
  static Candidate without_rows(const Candidate& candidate) {
    Candidate kept{candidate.k, {}, candidate.criteria};
    kept.fit.inertia = candidate.fit.inertia;
    kept.fit.converged = candidate.fit.converged;
    kept.fit.history = candidate.fit.history;
    return kept;
  }

  /// The rows' table, piece by piece: whole columns of it would need as much memory as the fit.
  void write_rows(runtime::StepContext& context, const prepare::FeatureMatrix& features, const clustering::KMeansResult& fit,
                  const Numbering& numbering) const {
    const auto& input = context.input();
    const auto key = key_column(input.schema());
    const SegmentNames names(options_.names, numbering.number_of);
    std::vector<data::DictionaryPointer> dictionaries(options_.names.empty() ? 3 : 4);
    std::vector<std::int32_t> widths(dictionaries.size(), 0);
    if (!options_.names.empty()) dictionaries[2] = names.dictionary();
    if (key) dictionaries[0] = input.dictionary(*key);
    if (key) widths[0] = runtime::string_widths(context.communicator(), input, std::span(&*key, 1), input).front();
    const auto writer = context.create("", features.matrix->rows(), dictionaries, widths);
    comm::collective_try(context.communicator(), "segments", [&] {
      const auto local = features.matrix->local_rows();
      for (auto first = local.first; first < local.last; first += parallel::scan_group_rows) {
        const base::RowRange rows{first, std::min(first + parallel::scan_group_rows, local.last)};
        const auto at = static_cast<std::size_t>(first - local.first);
        const auto count = static_cast<std::size_t>(rows.size());
        data::Batch table{.rows = rows, .columns = {}};
        const auto kept =
            features.source_rows.empty() ? std::span<const std::int64_t>() : std::span(features.source_rows).subspan(at, count);
        if (key) {
          table.columns.push_back(prepare::kept_values(input, *key, rows, kept));
        } else {
          table.columns.emplace_back(data::Field{.name = "row", .type = data::Type::int64},
                                     prepare::kept_row_numbers(input, rows, kept));
        }
        const auto labels = std::span(fit.labels).subspan(at, count);
        const auto distances = std::span(fit.distances).subspan(at, count);
        std::vector<std::int64_t> segments;
        for (const auto label : labels) segments.push_back(numbering.number_of[static_cast<std::size_t>(label)]);
        table.columns.emplace_back(data::Field{.name = "segment", .type = data::Type::int64}, std::move(segments));
        if (!options_.names.empty()) table.columns.push_back(names.column(labels));
        table.columns.emplace_back(data::Field{.name = "distance", .type = data::Type::float32},
                                   std::vector<float>(distances.begin(), distances.end()));
        writer->write(table);
      }
    });
    writer->finish();
  }

  void write(runtime::StepContext& context, const prepare::FeatureMatrix& features, const std::vector<float>& centre,
             const Candidate& best, const std::vector<Candidate>& tried, const Numbering& numbering,
             const ModelOrigin& origin) const {
    write_rows(context, features, best.fit, numbering);
    const auto names = features.transforms.names();
    std::vector<CentroidRow> own;
    std::vector<CentroidRow> scaled;
    for (const int c : numbering.order) {
      const auto first = static_cast<std::size_t>(c) * names.size();
      CentroidRow row{numbering.number_of[static_cast<std::size_t>(c)],
                      best.fit.sizes[static_cast<std::size_t>(c)],
                      features.matrix->rows(),
                      {}};
      row.values.assign(best.fit.centroids.begin() + static_cast<std::ptrdiff_t>(first),
                        best.fit.centroids.begin() + static_cast<std::ptrdiff_t>(first + names.size()));
      scaled.push_back(row);
      for (std::size_t j = 0; j < names.size(); ++j) row.values[j] = features.transforms.columns[j].inverse(row.values[j]);
      own.push_back(std::move(row));
    }
    context.write_small("centroids", centroid_table(names, own, options_.names).batch());
    context.write_small("scaled_centroids", scaled_table(names, scaled).batch());
    context.write_small("matching", numbering.table);
    const clustering::KMeansModel model{features.transforms.columns, options_.infinite_is_missing, centre, best.fit.centred,
                                        numbering.number_of};
    context.write_small("model", clustering::write_model(model).table(tells_segments));
    context.write_small("origin", origin_table(origin));
    context.write_small("quality", quality_table(tried, best.k).batch());
    context.write_small("history", history_table(tried).batch());
    context.write_small("transforms", prepare::parameter_table(features.transforms.columns));
  }

  KMeansJob options_;
  std::vector<prepare::ColumnPlan> plans_;
  bool is_filtered_ = false;
};

}  // namespace

std::shared_ptr<const runtime::JobKind> kmeans_kind() {
  return runtime::make_job_kind<KMeansJob, KMeans>(description());
}

}  // namespace fullbase::jobs
