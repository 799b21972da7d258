// Options of neighbours, and of what they predict, for every job that has them.
#pragma once

#include <array>
#include <concepts>
#include <optional>
#include <tuple>

#include "algorithms/recommendation/neighbours.hpp"
#include "algorithms/recommendation/predict_by_neighbours.hpp"
#include "config/description.hpp"
#include "jobs/stated_range.hpp"

namespace fullbase::recommendation {

// Found by config through the enum's namespace.
inline std::array<std::tuple<Side, const char*, const char*>, 2> enum_names(Side) {
  return {{{Side::items, "items", "Items are alike that the same customers have."},
           {Side::customers, "customers", "Customers are alike who have the same items."}}};
}
inline std::array<std::tuple<Likeness, const char*, const char*>, 5> enum_names(Likeness) {
  return {{{Likeness::cosine, "cosine",
            "The cosine of the angle between both rows of values: the sum of products over the product of lengths."},
           {Likeness::pearson, "pearson", "The correlation of values over what both have; for ratings."},
           {Likeness::msd, "msd", "1 / (1 + the mean squared difference over what both have); for ratings."},
           {Likeness::jaccard, "jaccard", "The share of what either has that both have; values don't count."},
           {Likeness::bm25, "bm25",
            "The product of BM25 weights, which a value raises ever less and what many have hardly; for quantities."}}};
}

}  // namespace fullbase::recommendation

namespace fullbase::jobs {

/// A job's struct inherits them.
struct NeighbourJobOptions : recommendation::NeighbourOptions, recommendation::PredictionOptions {
  std::optional<StatedRange> range = {};
};

/// Of the work of finding neighbours, for `plan`: every pair meets the other pairs of its customer, some 30 of them.
inline constexpr double neighbours_values_a_pair = 30;

/// What values a matrix may have, and what predictions are cut off at.
recommendation::ValueRange value_range(const NeighbourJobOptions& options) noexcept;

/// Reports options that do not go together.
void check_neighbour_options(const NeighbourJobOptions& options, const config::Node& node, config::Diagnostics& diagnostics);

/// Adds the options to the description of a job's struct.
template <std::derived_from<NeighbourJobOptions> Job>
config::Description<Job>& describe_neighbours(config::Description<Job>& description) {
  using recommendation::NeighbourOptions;
  using recommendation::PredictionOptions;
  const auto own = []<class Own, class M>(M Own::*member) { return static_cast<M Job::*>(member); };
  return description.option("of", own(&NeighbourOptions::of), "Whose neighbours are found.")
      .option("likeness", own(&NeighbourOptions::likeness), "How alike two are, by what they have in common.")
      .option("neighbours", own(&NeighbourOptions::neighbours),
              "Neighbours of each at most: the most alike, of those equally alike the first by key.", config::between(1, 10'000))
      .option("shrinkage", own(&NeighbourOptions::shrinkage),
              "A likeness counts n / (n + shrinkage) times, n being what both have in common: less where that is little.",
              config::at_least(0))
      .option("least_common", own(&NeighbourOptions::least_common),
              "Those who have less in common than this are not alike at all.", config::at_least(1))
      .option("common_only", own(&NeighbourOptions::common_only),
              "Cosine: whether lengths are taken over what both have, as scikit-surprise has it; else over all that each has.")
      .option("bm25_k1", own(&NeighbourOptions::bm25_k1), "BM25: how fast more of the same counts ever less.",
              config::at_least(0))
      .option("bm25_b", own(&NeighbourOptions::bm25_b), "BM25: how much it counts against a row that it has much.",
              config::between(0, 1))
      .option("means", own(&PredictionOptions::means),
              "Predictions: whether it is told how far neighbours lie above their own mean, which is added to the mean of the "
              "one in\n"
              "question; else their values themselves.")
      .option("least_neighbours", own(&PredictionOptions::least_neighbours),
              "Predictions: fewer neighbours than this tell nothing; then it is the mean.", config::at_least(1))
      .option("range", static_cast<std::optional<StatedRange> Job::*>(&NeighbourJobOptions::range),
              "What values lie between; one outside is an error, and predictions are cut off at it.",
              config::default_means("all numbers"))
      .check([](const Job& job, const config::Node& node, config::Diagnostics& diagnostics) {
        check_neighbour_options(job, node, diagnostics);
      });
}

}  // namespace fullbase::jobs
