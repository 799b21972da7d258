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
  const auto only_for = [&](const char* key, bool fits, const char* advice) {
    if (fits || node.find(key) == nullptr) return;
    diagnostics.error(config::locate(node, key),
                      fmt::format("`{}` means nothing with `feedback: {}`", key, implicit ? "implicit" : "explicit"), advice);
  };
  only_for("alpha", implicit, "leave it out: every rating counts 1");
  only_for("biases", !implicit, "leave it out, or write `feedback: explicit`");
  only_for("range", !implicit, "leave it out: values are to be more than 0");
  if (node.find("steps") != nullptr && options.solver == Solver::cholesky)
    diagnostics.error(config::locate(node, "steps"), "`solver: cholesky` takes no steps", "leave it out");
}

}  // namespace fullbase::jobs
