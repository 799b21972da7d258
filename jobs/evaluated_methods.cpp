#include "jobs/evaluated_methods.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "algorithms/recommendation/neighbours.hpp"
#include "algorithms/recommendation/predict_by_neighbours.hpp"
#include "algorithms/recommendation/recommend.hpp"
#include "comm/agreement.hpp"
#include "config/tagged.hpp"
#include "jobs/als_fit.hpp"

namespace fullbase::jobs {
namespace {

using recommendation::HeldOut;
using recommendation::Pair;

config::Description<FactoriseMethod> factorise_description() {
  config::Description<FactoriseMethod> description("factorise", "Factors by alternating least squares, as a factorise step");
  describe_als(description);
  return description;
}

config::Description<NeighboursMethod> neighbours_description() {
  config::Description<NeighboursMethod> description("neighbours", "What neighbours have, as a neighbours step finds them");
  describe_neighbours(description);
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
  Run(const HeldOut& parts, const ContentVectors* content, std::int64_t top, StepPart& part,
      const std::function<Round(const std::string&)>& describe)
      : context_(part.context()),
        communicator_(context_.communicator()),
        parts_(parts),
        content_(content),
        part_(part),
        describe_(describe) {
    top_.top = top;
  }

  MethodOutcome operator()(const PopularMethod&) const {
    auto outcome = reserve(0);
    outcome.lists = recommendation::top_by_popularity(communicator_, parts_.training, top_, context_.budget());
    return outcome;
  }

  MethodOutcome operator()(const ContentMethod&) const {
    auto outcome = reserve(0);
    outcome.lists = recommendation::top_by_content(communicator_, parts_.training, content_->vectors.rows, content_->terms, top_,
                                                   context_.budget());
    return outcome;
  }

  MethodOutcome operator()(const FactoriseMethod& options) const {
    const auto factors = fit(options);
    auto outcome = reserve(tells_values(options) ? pair_bytes + 4 : 0);
    outcome.lists = recommendation::top_by_factors(communicator_, parts_.training, factors, top_, context_.budget());
    if (!tells_values(options)) return outcome;
    const auto scores = recommendation::scores_by_factors(communicator_, parts_.training, factors, pairs(), context_.budget());
    outcome.predictions.assign(scores.begin(), scores.end());
    return outcome;
  }

  MethodOutcome operator()(const NeighboursMethod& options) const {
    auto outcome = reserve(pair_bytes + 4);
    {
      const auto found = recommendation::find_neighbours(communicator_, parts_.training, options, context_.budget());
      part_.end_round(describe_("neighbours"));
      outcome.lists =
          recommendation::top_by_neighbours(communicator_, parts_.training, found.lists, options.of, top_, context_.budget());
    }
    part_.end_round(describe_("lists"));
    auto predicted =
        recommendation::predict_by_neighbours(communicator_, parts_.training, options, options, pairs(), context_.budget());
    outcome.predictions = std::move(predicted.values);
    const auto range = value_range(options);
    for (auto& prediction : outcome.predictions) prediction = std::clamp(prediction, range.least, range.most);
    outcome.without_neighbours = std::ranges::count(predicted.neighbours, 0);
    return outcome;
  }

 private:
  static constexpr std::int64_t pair_bytes = 16;  ///< and what a method says of it besides

  /// Room for lists, and so many bytes a pair that is held out.
  MethodOutcome reserve(std::int64_t bytes) const {
    return comm::collective_try(communicator_, "lists and predictions", [&] {
      const auto& training = parts_.training;
      MethodOutcome outcome;
      outcome.memory =
          context_.budget().require(recommendation::bytes_of_lists(training.of_customers.rows(), training.items.rows(), top_) +
                                        bytes * parts_.held_out.entries(),
                                    "lists of the best items and predictions");
      return outcome;
    });
  }

  std::vector<Pair> pairs() const {
    return comm::collective_try(communicator_, "pairs to predict", [&] {
      return held_out_pairs(parts_, parts_.training.customers.rows_of(communicator_.rank()).first);
    });
  }

  /// Of a copy of the matrix: the fit uses its own up.
  recommendation::Factors fit(const FactoriseMethod& options) const {
    recommendation::Interactions used;
    const auto memory = comm::collective_try(communicator_, "training", [&] {
      auto reserved = context_.budget().require(matrix_bytes(parts_.training), "the matrix that factors are fitted to");
      used = parts_.training;
      return reserved;
    });
    return fit_factors(part_, used, options, {}, [&](const recommendation::AlsRound& round) {
      return describe_(fmt::format("iteration {} of {}", round.iteration, options.iterations));
    });
  }

  runtime::StepContext& context_;
  comm::Communicator& communicator_;
  const HeldOut& parts_;
  const ContentVectors* content_;
  StepPart& part_;
  const std::function<Round(const std::string&)>& describe_;
  recommendation::TopOptions top_;
};

}  // namespace

config::Form<RecommendationMethod> recommendation_method_form() {
  return config::Tagged<RecommendationMethod>("method")
      .name<PopularMethod>("popular", "What most customers have: what every other method has to surpass.")
      .argument<FactoriseMethod>("factorise", "Factors by alternating least squares; columns are those of this step.",
                                 config::structure(factorise_description()), true)
      .argument<NeighboursMethod>("neighbours", "What neighbours have; columns are those of this step.",
                                  config::structure(neighbours_description()), true)
      .name<ContentMethod>("content",
                           "What is written about items, by the `vectors` of a content step: from: {matrix: ..., vectors: ...}.")
      .form();
}

bool tells_values(const RecommendationMethod& method) noexcept {
  if (const auto* const factorise = std::get_if<FactoriseMethod>(&method))
    return factorise->feedback == recommendation::Feedback::explicit_;
  return std::holds_alternative<NeighboursMethod>(method);
}

recommendation::ValueRange range_of(const std::vector<std::pair<std::string, RecommendationMethod>>& methods) noexcept {
  recommendation::ValueRange all;
  for (const auto& [name, method] : methods) {
    recommendation::ValueRange range;
    if (const auto* const factorise = std::get_if<FactoriseMethod>(&method)) range = value_range(*factorise);
    if (const auto* const neighbours = std::get_if<NeighboursMethod>(&method)) range = value_range(*neighbours);
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

std::int64_t method_bytes(const RecommendationMethod& method, std::int64_t training, std::int64_t held_out) noexcept {
  if (std::holds_alternative<FactoriseMethod>(method)) return 16 * training + 24 * held_out;
  if (const auto* const neighbours = std::get_if<NeighboursMethod>(&method))
    return 64 * training + (12 * std::min(neighbours->neighbours, training) + 192) * held_out;
  return 0;
}

void forecast_method(runtime::Forecast& forecast, const RecommendationMethod& method, double pairs, int ranks) {
  if (const auto* const factorise = std::get_if<FactoriseMethod>(&method)) forecast_als(forecast, *factorise, pairs, ranks);
  if (std::holds_alternative<NeighboursMethod>(method)) forecast.values += neighbours_values_a_pair * pairs;
}

MethodOutcome run_method(const RecommendationMethod& method, const recommendation::HeldOut& parts, const ContentVectors* content,
                         std::int64_t top, StepPart& part, const std::function<Round(const std::string& round)>& describe) {
  return std::visit(Run(parts, content, top, part, describe), method);
}

}  // namespace fullbase::jobs
