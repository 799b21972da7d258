// Segment numbers that stay from night to night: tonight's clusters matched with the segments of the night before.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "algorithms/prepare/feature_matrix.hpp"
#include "data/batch.hpp"
#include "data/schema.hpp"
#include "jobs/kmeans_model.hpp"
#include "runtime/step.hpp"

namespace fullbase::jobs {

/// So that their transitions are no more than compare::most_transitions.
inline constexpr std::int64_t most_matched_segments = 300;

/// Which number tonight's clusters have.
struct Numbering {
  std::vector<std::int64_t> number_of;  ///< by cluster
  std::vector<int> order;               ///< clusters by ascending number
  data::Batch table;                    ///< matching_schema()
};

/// previous_segment, segment (either may be missing), customers (in both), share (of the previous segment's
/// customers who are in the input tonight), distance (of the centroids, as tonight's transforms scale them). What only a pair has
/// is missing for a segment of one night; customers and share are where rows have no key.
data::Schema matching_schema();

/// Clusters 0, 1, ... of a first night, and an empty table.
Numbering first_numbering(int clusters);

/// What of tonight's result says who is in which cluster.
struct ClusteredRows {
  const prepare::FeatureMatrix& features;
  std::span<const std::int32_t> labels;  ///< of this rank's rows of the matrix
  std::span<const double> centroids;     ///< as the transforms scale them
  int clusters = 0;
  std::optional<int> key;  ///< the input's column that says which row is whose
};

/// Collective; the same on every rank. Clusters are matched with previous segments so that as many customers as possible, of
/// those who are in both nights, keep their number (compare::greatest_matching); a pair without a customer in common is none.
/// Rows without a key are matched so that the squared distances of the centroids sum to the least, to 40 bits of the greatest.
/// What is left has the lowest numbers that are free. `previous_scaled`: the previous centroids as tonight's transforms scale
/// them. With `same` the clusters are the previous segments in their order, whose numbers they keep. Memory and traffic:
/// compare::transitions().
Numbering match_segments(runtime::StepContext& context, const PreviousModel& previous, std::span<const double> previous_scaled,
                         const ClusteredRows& rows, bool same);

}  // namespace fullbase::jobs
