#include "jobs/linear_training.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.hpp"
#include "comm/agreement.hpp"

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
  const std::int64_t blocks = (base::block_count(rows) + ranks - 1) / ranks;
  const std::int64_t labels = 4 * std::min(rows, blocks * base::block_rows);
  const std::int64_t beside = labels + linear::fit_bytes(rows, sizes.numbers + 1, 1);
  return {.least = beside + linear::Design::least_bytes(blocks, sizes.numbers, sizes.categoricals),
          .best = beside + linear::Design::bytes(blocks, sizes.numbers, sizes.categoricals)};
}

linear::Design build_linear_design(runtime::StepContext& context, std::span<const learning::Feature> features,
                                   const LinearOptions& options, int outputs, std::span<const std::uint8_t> used) {
  const auto places = linear::Encoding::of(features).places();
  return linear::build_design(context.communicator(), context.input(), features,
                              {.standardize = options.standardize, .missing = options.missing, .used = used}, context.budget(),
                              context.spill(), linear::fit_bytes(context.input().rows(), places, outputs));
}

void require_varying(const linear::Encoding& encoding, const data::BlockSource& source) {
  for (std::int64_t place = 0; place < encoding.places(); ++place) {
    if (encoding.spread_of(place) > 0) return;
  }
  throw base::input_error("every feature has the same value in all rows: there is nothing to learn from", source.name(),
                          "learn from other columns, or look at the condition `where`")
      .known_to_all();
}

learning::Target part_of(runtime::StepContext& context, const learning::Target& target, std::span<const std::uint8_t> used) {
  auto& communicator = context.communicator();
  learning::Target part;
  part.task = target.task;
  part.column = target.column;
  part.type = target.type;
  part.classes = target.classes;
  part.rows_of_class.assign(target.classes.size(), 0);
  part.reservation = comm::collective_try(communicator, "rows of a part", [&] {
    auto reservation = context.budget().require(4 * std::ssize(target.codes), "the classes of a part's rows");
    part.codes = target.codes;
    return reservation;
  });
  for (std::size_t i = 0; i < used.size(); ++i) {
    if (used[i] == 0)
      part.codes[i] = -1;
    else
      ++part.rows_of_class[static_cast<std::size_t>(part.codes[i])];
  }
  communicator.sum(std::span(part.rows_of_class));
  return part;
}

linear::FitObserver end_rounds(runtime::StepContext& context, const linear::FitOptions& options) {
  return [&context, most = options.max_iterations](const linear::Iteration& iteration) {
    context.end_round(iteration.iteration, most, fmt::format("iteration, gradient norm {:.3g}", iteration.gradient_norm));
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
