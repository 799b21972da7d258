// The ways to recommend that are compared: each learns from a part of a matrix, then tells.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "algorithms/recommendation/hold_out.hpp"
#include "algorithms/recommendation/ranked_rows.hpp"
#include "algorithms/recommendation/read_interactions.hpp"
#include "config/form.hpp"
#include "jobs/als_options.hpp"
#include "jobs/content_vectors.hpp"
#include "jobs/neighbour_options.hpp"
#include "jobs/step_part.hpp"
#include "runtime/forecast.hpp"

namespace fullbase::jobs {

struct PopularMethod {};
struct FactoriseMethod : AlsJobOptions {};
struct NeighboursMethod : NeighbourJobOptions {};
struct ContentMethod {};
using RecommendationMethod = std::variant<PopularMethod, FactoriseMethod, NeighboursMethod, ContentMethod>;

/// `popular`, `content`, `{factorise: {rank: 32}}`, or `{neighbours: {likeness: bm25}}`.
config::Form<RecommendationMethod> recommendation_method_form();

/// Whether a method tells what value a pair has, not only which item comes first.
bool tells_values(const RecommendationMethod& method) noexcept;
/// What all of these may learn from.
recommendation::ValueRange range_of(const std::vector<std::pair<std::string, RecommendationMethod>>& methods) noexcept;
/// Throws an input error about `table`, known to all ranks, where the matrix is too small for one of them.
void require_sizes(const std::vector<std::pair<std::string, RecommendationMethod>>& methods,
                   const recommendation::Interactions& matrix, const std::string& table);
/// About how many bytes on a rank beside its matrix, for so many of its pairs in training and held out; rows of customers and
/// items, of which nothing is known before they are read, are not counted in.
std::int64_t method_bytes(const RecommendationMethod& method, std::int64_t training, std::int64_t held_out) noexcept;

/// Adds the work of learning from so many pairs. Not of the lists: how many customers and items there are, only pairs that were
/// read tell.
void forecast_method(runtime::Forecast& forecast, const RecommendationMethod& method, double pairs, int ranks);

struct MethodOutcome {
  data::Reservation memory;
  recommendation::RankedRows lists;                     ///< of this rank's customers, without what they have in training
  std::vector<double> predictions;                      ///< by held-out pair of this rank; empty where !tells_values()
  std::optional<std::int64_t> without_neighbours = {};  ///< of those of this rank, predicted by means alone
};

/// Collective. Learns from `parts.training` and lists the best `top` of each customer. `content` is what a method of content
/// reads, null where there is none. Ends rounds of the step as the part of it that `part` is, which say what `describe` makes of
/// them.
MethodOutcome run_method(const RecommendationMethod& method, const recommendation::HeldOut& parts, const ContentVectors* content,
                         std::int64_t top, StepPart& part, const std::function<Round(const std::string& round)>& describe);

}  // namespace fullbase::jobs
