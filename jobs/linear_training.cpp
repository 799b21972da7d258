#include "jobs/linear_training.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "algorithms/linear/encoding_fit.hpp"
#include "base/error.hpp"

namespace fullbase::jobs {

LinearSizes linear_sizes(const runtime::CheckContext& context, const Training& training) {
  LinearSizes sizes;
  const auto& schema = context.input();
  for (const auto& name : training.features) {
    const auto column = schema.find(name);
    ++(column && schema[*column].type == data::Type::category ? sizes.categoricals : sizes.numbers);
  }
  return sizes;
}

runtime::Step::Memory linear_memory(const LinearSizes& sizes, std::int64_t rows, int ranks) {
  const base::Partition partition(rows, ranks);
  const auto blocks = partition.most_blocks();
  const std::int64_t labels = 4 * partition.most_rows();
  const std::int64_t fitting = linear::fit_bytes(rows, sizes.numbers + 1, 1);
  const std::int64_t moments = linear::encoding_fit_bytes(blocks, sizes.numbers);
  return {.least = labels + std::max(moments, fitting) + linear::Design::least_bytes(blocks, sizes.numbers, sizes.categoricals),
          .best = labels + std::max(moments, fitting) + linear::Design::bytes(blocks, sizes.numbers, sizes.categoricals)};
}

runtime::Forecast forecast_linear(const std::vector<runtime::InputSize>& inputs, const Training& training,
                                  const std::optional<CrossValidation>& folds, int ranks) {
  constexpr double iterations = 10;
  const auto rows = static_cast<double>(inputs.front().rows.rows);
  const auto columns = static_cast<double>(training.features.size()) + 1;
  const double fits = 1 + (folds ? static_cast<double>(folds->folds) : 0);
  auto forecast = runtime::passes_over(inputs, 2 + fits);
  forecast.multiply_adds = fits * iterations * rows * columns * (columns / 2 + 2);
  forecast.bytes_sent = runtime::bytes_to_sum(fits * iterations * 16 * columns * (columns / 2 + 1), ranks);
  if (folds) forecast.state_bytes = cross_validation_state_bytes(rows);
  forecast_model(forecast, training, columns);
  for (const char* const table : {"history", "support_vectors"}) forecast.tables[table] = runtime::small_table();
  return forecast;
}

void require_varying(const runtime::StepContext& context, const linear::Encoding& encoding) {
  if (!encoding.is_constant()) return;
  throw base::input_error("every feature has the same value in all rows: there is nothing to learn from", context.input().name(),
                          "learn from other columns, or look at the condition `where`")
      .known_to_all();
}

linear::DesignOptions design_options(const LinearOptions& options) noexcept {
  return {.standardize = options.standardize, .missing = options.missing};
}

linear::FitOptions fit_options(const LinearOptions& options, std::vector<double> class_weights) {
  linear::FitOptions fit;
  fit.c = options.c;
  fit.class_weights = std::move(class_weights);
  fit.tolerance = options.tolerance;
  fit.max_iterations = static_cast<int>(options.max_iterations);
  return fit;
}

linear::Design build_linear_design(runtime::StepContext& context, const data::BlockSource& source,
                                   std::span<const learning::Feature> features, const LinearOptions& options, int outputs) {
  const auto places = linear::Encoding::of(features).places();
  return linear::build_design(context.communicator(), source, features, design_options(options), context.budget(),
                              context.spill(), linear::fit_bytes(source.rows(), places, outputs));
}

LinearRounds::LinearRounds(StepPart& part, std::function<Round(const linear::Iteration&)> describe)
    : part_(part), describe_(std::move(describe)), state_(std::make_shared<linear::FitState>()) {
  if (part.has_left("sizes")) *state_ = part.read_left(linear::read_state);
  part.keep([state = state_](data::StateWriter& writer, const std::string& prefix) { put_state(writer, prefix, *state); });
}

LinearRounds::LinearRounds(StepPart& part, const linear::FitOptions& options)
    : LinearRounds(part, [most = options.max_iterations](const linear::Iteration& iteration) {
        return Round{iteration.iteration, most, fmt::format("iteration, gradient norm {:.3g}", iteration.gradient_norm)};
      }) {}

linear::FitObserver LinearRounds::observer() const {
  return [this](const linear::FitState& state) {
    *state_ = state;
    part_.end_round(describe_(state.descents.back().history.back()));
  };
}

void note_fit(runtime::StepContext& context, const linear::LinearFit& fit, std::int64_t max_iterations) {
  std::int64_t iterations = 0;
  for (const auto& row : fit.history) iterations += row.iteration > 0 ? 1 : 0;
  context.note("iterations", iterations);
  context.note("objective", fit.objective);
  context.note("gradient_norm", fit.gradient_norm);
  context.note("converged", fit.converged);
  context.note("separation", std::string(fit.separation == linear::Separation::none    ? "none"
                                         : fit.separation == linear::Separation::quasi ? "quasi"
                                                                                       : "complete"));
  if (!fit.converged)
    context.warn(fmt::format("the fit had not converged after {} iterations: the gradient's norm was {:.3g} (see `history`)",
                             std::min(iterations, max_iterations), fit.gradient_norm));
}

}  // namespace fullbase::jobs
