#include "jobs/evaluated_methods.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "algorithms/recommendation/recommend.hpp"
#include "comm/agreement.hpp"
#include "config/tagged.hpp"

namespace fullbase::jobs {
namespace {

using recommendation::HeldOut;
using recommendation::Pair;

config::Description<FactoriseMethod> factorise_description() {
  config::Description<FactoriseMethod> description("factorise", "Factors by alternating least squares, as a factorise step");
  describe_als(description);
  return description;
}

/// Of this rank's customers, whose numbers count from the first of the matrix.
std::vector<Pair> held_out_pairs(const HeldOut& parts, std::int64_t first_row) {
  std::vector<Pair> pairs;
  pairs.reserve(static_cast<std::size_t>(parts.held_out.entries()));
  for (std::int64_t row = 0; row < parts.held_out.rows(); ++row) {
    for (const auto item : parts.held_out.columns_of(row)) pairs.push_back({static_cast<std::int32_t>(first_row + row), item});
  }
  return pairs;
}

std::int64_t matrix_bytes(const recommendation::Interactions& matrix) noexcept {
  const auto bytes = [](const recommendation::SparseRows& rows) { return 8 * (rows.entries() + rows.rows()); };
  return bytes(matrix.of_customers) + bytes(matrix.of_items);
}

class Run {
 public:
  Run(runtime::StepContext& context, const HeldOut& parts, std::int64_t top,
      const std::function<void(const std::string&)>& observe)
      : context_(context), communicator_(context.communicator()), parts_(parts), observe_(observe) {
    top_.top = top;
  }

  MethodOutcome operator()(const PopularMethod&) const {
    return {recommendation::top_by_popularity(communicator_, parts_.training, top_, context_.budget()), {}, {}};
  }

  MethodOutcome operator()(const FactoriseMethod& options) const {
    const auto factors = fit(options);
    MethodOutcome outcome;
    outcome.lists = recommendation::top_by_factors(communicator_, parts_.training, factors, top_, context_.budget());
    if (tells_values(options)) {
      const auto pairs = comm::collective_try(communicator_, "pairs to predict", [&] {
        return held_out_pairs(parts_, parts_.training.customers.rows_of(communicator_.rank()).first);
      });
      const auto scores = recommendation::scores_by_factors(communicator_, parts_.training, factors, pairs, context_.budget());
      outcome.predictions.assign(scores.begin(), scores.end());
    }
    return outcome;
  }

 private:
  /// Of a copy of the matrix: the fit uses its own up.
  recommendation::Factors fit(const FactoriseMethod& options) const {
    recommendation::Interactions used;
    const auto memory = comm::collective_try(communicator_, "training", [&] {
      auto reserved = context_.budget().require(matrix_bytes(parts_.training), "the matrix that factors are fitted to");
      used = parts_.training;
      return reserved;
    });
    return recommendation::fit_als(communicator_, used, options, random::Generator(context_.key("factors")), context_.budget(),
                                   [&](const recommendation::AlsRound& round) {
                                     observe_(fmt::format("iteration {} of {}", round.iteration, options.iterations));
                                   });
  }

  runtime::StepContext& context_;
  comm::Communicator& communicator_;
  const HeldOut& parts_;
  const std::function<void(const std::string&)>& observe_;
  recommendation::TopOptions top_;
};

}  // namespace

config::Form<RecommendationMethod> recommendation_method_form() {
  return config::Tagged<RecommendationMethod>("method")
      .name<PopularMethod>("popular", "What most customers have: what every other method has to surpass.")
      .argument<FactoriseMethod>("factorise", "Factors by alternating least squares; columns are those of this step.",
                                 config::structure(factorise_description()), true)
      .form();
}

bool tells_values(const RecommendationMethod& method) noexcept {
  const auto* const factorise = std::get_if<FactoriseMethod>(&method);
  return factorise != nullptr && factorise->feedback == recommendation::Feedback::explicit_;
}

recommendation::ValueRange range_of(const std::vector<std::pair<std::string, RecommendationMethod>>& methods) noexcept {
  recommendation::ValueRange all;
  for (const auto& [name, method] : methods) {
    const auto* const factorise = std::get_if<FactoriseMethod>(&method);
    if (factorise == nullptr) continue;
    const auto range = value_range(*factorise);
    all.least = std::max(all.least, range.least);
    all.most = std::min(all.most, range.most);
    all.positive = all.positive || range.positive;
  }
  return all;
}

void require_sizes(const std::vector<std::pair<std::string, RecommendationMethod>>& methods,
                   const recommendation::Interactions& matrix, const std::string& table) {
  for (const auto& [name, method] : methods) {
    if (const auto* const factorise = std::get_if<FactoriseMethod>(&method)) require_rank(*factorise, matrix, table);
  }
}

std::int64_t method_bytes(const RecommendationMethod& method, std::int64_t entries) noexcept {
  return std::holds_alternative<FactoriseMethod>(method) ? 16 * entries : 0;
}

MethodOutcome run_method(runtime::StepContext& context, const RecommendationMethod& method, const recommendation::HeldOut& parts,
                         std::int64_t top, const std::function<void(const std::string& round)>& observe) {
  return std::visit(Run(context, parts, top, observe), method);
}

}  // namespace fullbase::jobs
