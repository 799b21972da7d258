// Options of alternating least squares, for every job that fits factors.
#pragma once

#include <array>
#include <concepts>
#include <optional>
#include <string>
#include <tuple>

#include "algorithms/recommendation/als.hpp"
#include "algorithms/recommendation/read_interactions.hpp"
#include "config/description.hpp"
#include "jobs/stated_range.hpp"
#include "runtime/forecast.hpp"

namespace fullbase::recommendation {

// Found by config through the enum's namespace.
inline std::array<std::tuple<Feedback, const char*, const char*>, 2> enum_names(Feedback) {
  return {{{Feedback::implicit, "implicit",
            "Values are how sure it is that the customer likes the item: they are more than 0, and every pair that is not there "
            "counts as a weak no (Hu, Koren, Volinsky 2008)."},
           {Feedback::explicit_, "explicit", "Values are ratings: only the pairs that are there count (Zhou et al. 2008)."}}};
}
inline std::array<std::tuple<Solver, const char*, const char*>, 3> enum_names(Solver) {
  return {{{Solver::automatic, "auto", "Cholesky up to 128 unknowns a row, conjugate gradient above."},
           {Solver::cholesky, "cholesky", "Each row's equations are solved exactly."},
           {Solver::conjugate_gradient, "conjugate_gradient", "`steps` steps towards the solution, from the row as it was."}}};
}

}  // namespace fullbase::recommendation

namespace fullbase::jobs {

/// A job's struct inherits them.
struct AlsJobOptions : recommendation::AlsOptions {
  std::optional<StatedRange> range = {};
};

/// What pairs may have for a value: positive ones alone for implicit feedback.
recommendation::ValueRange value_range(const AlsJobOptions& options) noexcept;

/// Throws an input error about `table`, known to all ranks, for more factors than the matrix has customers or items.
void require_rank(const recommendation::AlsOptions& options, const recommendation::Interactions& matrix,
                  const std::string& table);

/// Adds the work of a fit to so many pairs, and its state. A round solves a system of f unknowns for each customer and item:
/// exactly, f * f / 2 multiply-adds a pair and side and f^3 / 6 a system, or by steps of f a pair and f * f a system. There are
/// no more customers and items than pairs, mostly a tenth.
void forecast_als(runtime::Forecast& forecast, const recommendation::AlsOptions& options, double pairs, int ranks);

/// Reports options that do not go together.
void check_als_options(const AlsJobOptions& options, const config::Node& node, config::Diagnostics& diagnostics);

/// Adds the options to the description of a job's struct.
template <std::derived_from<AlsJobOptions> Job>
config::Description<Job>& describe_als(config::Description<Job>& description) {
  using recommendation::AlsOptions;
  const auto own = []<class M>(M AlsOptions::*member) { return static_cast<M Job::*>(member); };
  return description.option("feedback", own(&AlsOptions::feedback), "What values are.")
      .option("rank", own(&AlsOptions::rank), "Factors of a customer and of an item; no more than there are of either.",
              config::between(1, 1024))
      .option("regularisation", own(&AlsOptions::regularisation),
              "What the squares of factors cost: the more, the smaller they are.", config::more_than(0.0))
      .option("weighted", own(&AlsOptions::weighted),
              "Whether the squares of a row cost as many times that as the row has entries (ALS-WR).")
      .option("alpha", own(&AlsOptions::alpha), "Implicit feedback: a value v is a confidence of 1 + alpha * v.",
              config::more_than(0.0))
      .option(
          "biases", own(&AlsOptions::biases),
          "Explicit feedback: whether ratings are told by their mean, by how much a customer and an item lie above it, and by "
          "factors; else by factors alone.")
      .option("range", static_cast<std::optional<StatedRange> Job::*>(&AlsJobOptions::range),
              "Explicit feedback: what ratings lie between; one outside is an error.", config::default_means("all numbers"))
      .option("iterations", own(&AlsOptions::iterations), "Iterations after which the fit ends in any case.",
              config::between(1, 100'000))
      .option("tolerance", own(&AlsOptions::tolerance),
              "The fit ends where an iteration lowers the objective by no more than this share of it.", config::between(0.0, 1.0))
      .option("solver", own(&AlsOptions::solver), "How each row's least squares are found.")
      .option("steps", own(&AlsOptions::steps), "Steps of conjugate gradient that a row takes an iteration.",
              config::between(1, 1000))
      .check([](const Job& job, const config::Node& node, config::Diagnostics& diagnostics) {
        check_als_options(job, node, diagnostics);
      });
}

}  // namespace fullbase::jobs
