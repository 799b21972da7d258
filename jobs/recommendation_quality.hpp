// How good methods of recommending were, as tables.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "algorithms/recommendation/ranking_metrics.hpp"
#include "data/state.hpp"
#include "jobs/table_builder.hpp"

namespace fullbase::jobs {

/// Of a method when one fold was held out.
struct FoldQuality {
  std::vector<recommendation::RankingMetrics> ranking;          ///< one for each k
  std::optional<recommendation::PredictionErrors> errors = {};  ///< of methods that tell values
  std::optional<std::int64_t> without_neighbours = {};          ///< pairs that were told by means alone
};
struct MethodQuality {
  std::string method;
  std::vector<FoldQuality> folds;
};

/// What was measured so far, as arrays of a checkpoint whose names begin with `prefix`; and back into methods without folds.
/// Reading throws what the reader throws. Not collective.
void put_qualities(data::StateWriter& writer, const std::string& prefix, std::span<const MethodQuality> methods);
std::vector<MethodQuality> read_qualities(const data::StateReader& reader, const std::string& prefix,
                                          std::vector<MethodQuality> methods);

/// Means of folds, of those that have a value; customers are added up.
recommendation::RankingMetrics mean_of_folds(std::span<const FoldQuality> folds, std::size_t k);
/// Likewise of what the fold's `errors` say; pairs are added up.
FoldQuality mean_errors(std::span<const FoldQuality> folds);

/// A row a method and k, its `fold` missing: what was measured, or the mean over folds where there are several. Those are rows
/// before it then, with their `fold`.
TableBuilder quality_table(std::span<const MethodQuality> methods);
/// Likewise a row a method that tells values.
TableBuilder errors_table(std::span<const MethodQuality> methods);

}  // namespace fullbase::jobs
