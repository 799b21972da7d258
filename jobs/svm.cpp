// job: svm - support vector machines that tell a class: linear ones, or with the radial basis function kernel.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <limits>
#include <memory>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "algorithms/kernel_machines/calibrated_scorer.hpp"
#include "algorithms/kernel_machines/nystroem.hpp"
#include "algorithms/kernel_machines/rbf_scorer.hpp"
#include "algorithms/learning/row_subset.hpp"
#include "algorithms/linear/fit.hpp"
#include "algorithms/linear/linear_scorer.hpp"
#include "base/error.hpp"
#include "jobs/cross_validation.hpp"
#include "jobs/linear_tables.hpp"
#include "jobs/linear_training.hpp"
#include "jobs/out_of_fold.hpp"
#include "jobs/registry.hpp"
#include "jobs/svm_machines.hpp"
#include "jobs/training.hpp"

namespace fullbase::jobs {
namespace {

enum class Kernel { linear, rbf };
inline std::array<std::tuple<Kernel, const char*, const char*>, 2> enum_names(Kernel) {
  return {{{Kernel::linear, "linear", "A weighted sum of the features: squared hinge loss, on any number of rows."},
           {Kernel::rbf, "rbf", "exp(-gamma ||x - y||^2): bends around the classes; see exact_up_to."}}};
}

struct SvmJob : TrainingOptions, LinearOptions {
  Kernel kernel = Kernel::linear;
  Gamma gamma = {};
  double gap = 1e-3;
  std::int64_t exact_up_to = 20'000;
  std::int64_t landmarks = 500;
  bool probability = false;
};

/// `gamma: scale`, `auto`, or a number.
config::Form<Gamma> gamma_form() {
  using config::WordOrNumber;
  return config::converted<Gamma, WordOrNumber>(
      config::word_or_number("scale, auto, or a number", {"scale", "auto"}, config::more_than(0.0)),
      [](WordOrNumber given, const config::Position&, config::Diagnostics&) -> std::optional<Gamma> {
        if (const auto* const value = std::get_if<double>(&given)) return Gamma{Gamma::Rule::number, *value};
        return Gamma{std::get<std::string>(given) == "scale" ? Gamma::Rule::scale : Gamma::Rule::automatic, 0};
      },
      [](const Gamma& gamma) {
        if (gamma.rule == Gamma::Rule::number) return WordOrNumber(gamma.value);
        return WordOrNumber(gamma.rule == Gamma::Rule::scale ? "scale" : "auto");
      });
}

config::Description<SvmJob> description() {
  config::Description<SvmJob> description(
      "svm",
      "A support vector machine that tells a class\n"
      "Linear, or with the radial basis function kernel: exact on some 20,000 rows, by landmarks (Nystroem) on more. The model\n"
      "scores rows in a predict step.");
  describe_training(description);
  describe_linear(description);
  description.option("kernel", &SvmJob::kernel, "What the machine bends around the classes.")
      .option("gamma", &SvmJob::gamma,
              "With `kernel: rbf`: how fast likeness falls with distance. `scale` is 1 / (columns * variance of all values),\n"
              "`auto` 1 / columns; a category counts as a column.",
              gamma_form())
      .option("gap", &SvmJob::gap,
              "With `kernel: rbf`, exact: training ends when the most violating rows are apart by less, as LIBSVM's eps.",
              config::between(1e-9, 1.0))
      .option(
          "exact_up_to", &SvmJob::exact_up_to,
          "With `kernel: rbf`: most rows for which each pair of classes is solved exactly, with memory for all rows and time\n"
          "that grows faster than they do. Above, the kernel is that of `landmarks`.",
          config::between(0, 1'000'000))
      .option("landmarks", &SvmJob::landmarks, "With `kernel: rbf` above exact_up_to: rows drawn by seed that stand for all.",
              config::between(1, 5'000))
      .option("probability", &SvmJob::probability,
              "Whether scores are probabilities (Platt 1999), by decision values of rows that were not trained on: five more\n"
              "trainings.")
      .check([](const SvmJob& job, const config::Node& node, config::Diagnostics& diagnostics) {
        if (job.kernel == Kernel::rbf || job.gamma.rule == Gamma::Rule::scale) return;
        diagnostics.error(config::locate(node, "gamma"), "a linear machine has no gamma", "write `kernel: rbf`, or leave it out");
      });
  return description;
}

/// A machine, and the table `model` that holds it.
struct Trained {
  std::unique_ptr<learning::Scorer> scorer;
  data::Batch model;
};

/// A step while it runs: what all its trainings read.
class SvmRun {
 public:
  SvmRun(runtime::StepContext& context, const SvmJob& options, const Training& training)
      // Squares of values are to be finite.
      : context_(context), options_(options), rows_(read_training(context, options, training, 1e140)) {}

  /// Collective.
  void run() {
    const LabelledSource all{context_.input(), rows_.target};
    is_exact_ = !is_linear() && context_.input().rows() <= options_.exact_up_to;
    if (is_exact_) require_few_classes();
    context_.note("method", std::string(is_linear() ? "linear" : is_exact_ ? "exact" : "nystroem"));
    context_.note("features", std::ssize(rows_.features));

    StepPart step(context_);
    StepPart machine_part(step, "machine");
    Trained machine = is_linear() ? write_linear_machine(all, machine_part) : write_rbf_machines(all, machine_part);
    StepPart probability_part(step, "probability");
    Trained told = calibrated(all, std::move(machine), probability_part);
    context_.write_small("model", told.model);
    context_.write_small("classes", classes_table(rows_.target, rows_.class_weights));
    if (!options_.cross_validation) return;
    cross_validate(step, {context_.input(), rows_.features, rows_.target}, *options_.cross_validation,
                   [&](std::span<const std::uint8_t> used, StepPart& fold) -> std::unique_ptr<learning::Scorer> {
                     const learning::RowSubset part(context_.communicator(), context_.input(), used);
                     const auto target = learning::subset(context_.communicator(), rows_.target, used, context_.budget());
                     StepPart machine_of_fold(fold, "machine");
                     auto machine_alone = train({part, target}, machine_of_fold);
                     StepPart probability_of_fold(fold, "probability");
                     return calibrated({part, target}, std::move(machine_alone), probability_of_fold).scorer;
                   });
  }

 private:
  /// A machine a pair of them has an end.
  void require_few_classes() const {
    constexpr std::size_t most = 100;
    if (rows_.target.classes.size() <= most) return;
    throw base::input_error(fmt::format("{} classes are more pairs than an rbf machine is for: at most {} classes",
                                        rows_.target.classes.size(), most),
                            context_.input().name() + "." + options_.label, "write `kernel: linear`, or `exact_up_to: 0`")
        .known_to_all();
  }
  bool is_linear() const noexcept { return options_.kernel == Kernel::linear; }

  RbfOptions rbf_options() const {
    RbfOptions options;
    options.cost = options_.c;
    options.gamma = options_.gamma;
    options.gap = options_.gap;
    options.tolerance = options_.tolerance;
    options.max_iterations = options_.max_iterations;
    options.encoding = design_options(options_);
    options.exact = is_exact_;
    options.landmarks = options_.landmarks;
    return options;
  }

  RbfTask task(const LabelledSource& rows) const { return {rows.source, rows_.features, rows.target, rows_.class_weights}; }

  /// A linear machine on its way into tables.
  struct Linear {
    linear::LinearModel model;
    linear::LinearFit fit;
  };
  Linear fit_linear(const LabelledSource& rows, StepPart& part) const {
    auto& communicator = context_.communicator();
    const auto design = build_linear_design(context_, rows.source, rows_.features, options_, 1);
    const auto options = fit_options(options_, rows_.class_weights);
    const LinearRounds rounds(part, options);
    auto fit = linear::fit_squared_hinge(communicator, design, rows.target, options, context_.budget(), rounds.observer(),
                                         rounds.resume());
    auto model = linear::linear_model(learning::head_of(rows_.features, rows.target), design, fit, options_.missing, false);
    return {std::move(model), std::move(fit)};
  }

  static Trained trained(const linear::LinearModel& model) {
    return {std::make_unique<linear::LinearScorer>(model), linear::write_linear(model)};
  }
  static Trained trained(kernel_machines::RbfModel&& model) {
    auto table = kernel_machines::write_rbf(model);
    return {std::make_unique<kernel_machines::RbfScorer>(std::move(model)), std::move(table)};
  }

  /// Collective. A machine of some rows, for the sake of others.
  Trained train(const LabelledSource& rows, StepPart& part) const {
    if (is_linear()) return trained(fit_linear(rows, part).model);
    return trained(train_rbf(part, task(rows), rbf_options(), "part of the rows").model);
  }

  /// Collective. The machine with sigmoids around it, if probabilities are asked for.
  Trained calibrated(const LabelledSource& rows, Trained machine, StepPart& part) const {
    if (!options_.probability) return machine;
    const auto sigmoids =
        fit_sigmoids(part, rows, [&](const LabelledSource& seen, StepPart& fold) { return train(seen, fold).scorer; });
    auto table = kernel_machines::write_calibrated(machine.model, machine.scorer->head(), sigmoids);
    return {std::make_unique<kernel_machines::CalibratedScorer>(std::move(machine.scorer), sigmoids), std::move(table)};
  }

  Trained write_linear_machine(const LabelledSource& rows, StepPart& part) const {
    const auto machine = fit_linear(rows, part);
    require_varying(context_, machine.model.encoding);
    note_fit(context_, machine.fit, options_.max_iterations);
    context_.write_small("", coefficient_table(machine.model, false).batch());
    context_.write_small("history", fit_history_table(machine.fit, machine.model).batch());
    return trained(machine.model);
  }

  Trained write_rbf_machines(const LabelledSource& rows, StepPart& part) const {
    auto training = train_rbf(part, task(rows), rbf_options(), is_exact_ ? "exact" : "landmarks");
    require_varying(context_, training.model.encoding);
    std::int64_t iterations = 0;
    bool converged = true;
    for (const auto& machine : training.machines) {
      iterations += machine.steps;
      converged = converged && machine.converged;
    }
    context_.note("gamma", training.model.expansion.gamma);
    context_.note("support", training.model.expansion.count());
    context_.note("iterations", iterations);
    context_.note("converged", converged);
    if (!converged) context_.warn("training had not converged when it ended");
    context_.write_small("", machine_table(training));
    write_support(context_, task(rows), training);
    return trained(std::move(training.model));
  }

  runtime::StepContext& context_;
  const SvmJob& options_;
  TrainingRows rows_;
  bool is_exact_ = false;
};

class SvmStep final : public runtime::Step {
 public:
  explicit SvmStep(SvmJob options) : options_(std::move(options)) {}

  std::vector<runtime::TableOutline> check(runtime::CheckContext& context) override {
    training_ = check_training(context, options_, LabelUse::classes);
    sizes_ = linear_sizes(context, training_);
    std::vector<runtime::TableOutline> outlines;
    outlines.push_back({"", is_linear() ? coefficient_schema(false) : machine_schema()});
    std::ranges::move(training_outlines(options_, training_), std::back_inserter(outlines));
    outlines.push_back(is_linear() ? runtime::TableOutline{"history", fit_history_schema()}
                                   : runtime::TableOutline{"support_vectors", support_schema()});
    return outlines;
  }

  /// Least: the encoded rows streamed, or what an exact machine holds. Best: all of it in memory, and columns of the kernel.
  /// Categories count as one column each feature, since their number is not known.
  Memory memory(const std::vector<std::int64_t>& rows, int ranks) const override {
    const base::Partition partition(rows.front(), ranks);
    const auto blocks = partition.most_blocks();
    const auto local = partition.most_rows();
    const auto features = static_cast<std::int64_t>(std::max<std::size_t>(1, training_.features.size()));
    // Trainings on parts of the rows hold those parts' labels and scores beside.
    const std::int64_t labels = (options_.probability || options_.cross_validation ? 116 : 4) * local;
    if (!is_linear() && rows.front() <= options_.exact_up_to) {
      const std::int64_t held = labels + 2 * kernel_machines::RowPanel::bytes(local, features) +
                                kernel_machines::smo_bytes(local, features) + 72 * local;
      return {.least = held, .best = held + 8 * local * rows.front()};
    }
    if (is_linear()) {
      auto memory = linear_memory(sizes_, rows.front(), ranks);
      return {.least = memory.least + labels, .best = memory.best + labels};
    }
    const std::int64_t count = options_.landmarks;
    const std::int64_t beside = labels + kernel_machines::NystroemMap::bytes(count, features) +
                                kernel_machines::map_bytes(count) + linear::fit_bytes(rows.front(), count + 1, 1);
    return {.least = beside + linear::Design::least_bytes(blocks, count, 0),
            .best = beside + linear::Design::bytes(blocks, count, 0)};
  }

  /// A machine with a kernel meets every row with every support vector, about a fifth of the rows or the landmarks.
  runtime::Forecast forecast(const std::vector<runtime::InputSize>& inputs, int ranks) const override {
    auto forecast = forecast_linear(inputs, training_, options_.cross_validation, ranks);
    const auto rows = static_cast<double>(inputs.front().rows.rows);
    if (options_.probability) forecast.state_bytes += cross_validation_state_bytes(rows);
    if (is_linear()) return forecast;
    const bool is_exact = inputs.front().rows.rows <= options_.exact_up_to;
    const double points = is_exact ? rows : static_cast<double>(options_.landmarks);
    // Of all rows and of a fold: coefficients of two classes' machine; of the machine that is trained multipliers and scores.
    if (is_exact) forecast.state_bytes += (8 + 8 + 16) * rows;
    const double fits =
        (options_.cross_validation ? static_cast<double>(options_.cross_validation->folds) : 0) + (options_.probability ? 6 : 1);
    forecast.tables["support_vectors"] = {static_cast<std::int64_t>(std::min(rows, points)), runtime::Certainty::most};
    forecast.multiply_adds += fits * rows * points * (static_cast<double>(training_.features.size()) + 20);
    return forecast;
  }

  void run(runtime::StepContext& context) override { SvmRun(context, options_, training_).run(); }

 private:
  bool is_linear() const noexcept { return options_.kernel == Kernel::linear; }

  SvmJob options_;
  Training training_;
  LinearSizes sizes_;
};

}  // namespace

std::shared_ptr<const runtime::JobKind> svm_kind() {
  return runtime::make_job_kind<SvmJob, SvmStep>(description(), training_inputs());
}

}  // namespace fullbase::jobs
