// The small tables of a k-means step.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "algorithms/clustering/criteria.hpp"
#include "algorithms/clustering/kmeans.hpp"
#include "jobs/segment_names.hpp"
#include "jobs/table_builder.hpp"

namespace fullbase::jobs {

/// One k: what was fitted, and how good it is.
struct Candidate {
  int k = 0;
  clustering::KMeansResult fit;
  clustering::Criteria criteria;
};

/// A segment and its centroid, in own units or as its transforms scale it.
struct CentroidRow {
  std::int64_t segment = 0;
  std::int64_t rows = 0;
  std::int64_t of = 0;
  std::vector<double> values;
};

/// segment, name (where the job has names), rows, share, and a column a feature.
TableBuilder centroid_table(const std::vector<std::string>& features, const std::vector<CentroidRow>& centroids,
                            const NamesByNumber& names);
/// segment, and a column a feature.
TableBuilder scaled_table(const std::vector<std::string>& features, const std::vector<CentroidRow>& centroids);
/// Every k that was tried, with its measures and which was chosen.
TableBuilder quality_table(const std::vector<Candidate>& tried, int chosen);
/// Every iteration of every k.
TableBuilder history_table(const std::vector<Candidate>& tried);

}  // namespace fullbase::jobs
