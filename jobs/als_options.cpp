#include "jobs/als_options.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.hpp"

namespace fullbase::jobs {

using recommendation::Feedback;
using recommendation::Solver;

recommendation::ValueRange value_range(const AlsJobOptions& options) noexcept {
  if (options.feedback == Feedback::implicit) return {.positive = true};
  return options.range ? value_range(*options.range) : recommendation::ValueRange{};
}

void require_rank(const recommendation::AlsOptions& options, const recommendation::Interactions& matrix,
                  const std::string& table) {
  const auto customers = matrix.customers.rows();
  const auto items = matrix.items.rows();
  const auto fewest = std::min(customers, items);
  if (options.rank <= fewest) return;
  throw base::input_error(fmt::format("rank {} for a matrix of {} customers and {} items", options.rank, customers, items), table,
                          fmt::format("ask for `rank: {}` or less: there are no more {} to tell apart", fewest,
                                      customers <= items ? "customers" : "items"))
      .known_to_all();
}

void check_als_options(const AlsJobOptions& options, const config::Node& node, config::Diagnostics& diagnostics) {
  const bool implicit = options.feedback == Feedback::implicit;
  const auto report = [&](const char* key, const char* with, const char* advice) {
    diagnostics.error(config::locate(node, key), fmt::format("`{}` means nothing with `{}`", key, with), advice);
  };
  // Defaults are let pass: the echo of a job has them.
  constexpr recommendation::AlsOptions defaults;
  if (!implicit && options.alpha != defaults.alpha) report("alpha", "feedback: explicit", "leave it out: every rating counts 1");
  if (implicit && options.range) report("range", "feedback: implicit", "leave it out: values are to be more than 0");
  if (options.solver == Solver::cholesky && options.steps != defaults.steps)
    report("steps", "solver: cholesky", "leave it out: each row is solved at once");
}

}  // namespace fullbase::jobs
