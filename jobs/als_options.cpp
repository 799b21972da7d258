#include "jobs/als_options.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "algorithms/recommendation/factor_rows.hpp"
#include "algorithms/recommendation/factor_tables.hpp"
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

void forecast_als(runtime::Forecast& forecast, const recommendation::AlsOptions& options, double pairs, int ranks) {
  const double systems = pairs / 10;
  const double f = options.rank;
  const bool is_exact = options.solver == Solver::cholesky || (options.solver == Solver::automatic && f <= 128);
  const double steps = options.steps + 1;
  const double round = is_exact ? pairs * f * f + systems * f * f * f / 6 : (2 * pairs * f + systems * f * f) * steps;
  forecast.multiply_adds += options.iterations * round;
  forecast.bytes_sent += options.iterations * systems * f * 4 * (ranks - 1);
  const auto columns = recommendation::FactorsShape{options.rank, recommendation::has_biases(options)}.columns();
  const auto state = recommendation::FactorRows::bytes(static_cast<std::int64_t>(systems), columns);
  forecast.state_bytes = std::max(forecast.state_bytes, static_cast<double>(state));
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
