// How far a step of k-means has come with the numbers of clusters that it tries, for checkpoints.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "algorithms/clustering/kmeans_state.hpp"
#include "data/state.hpp"
#include "jobs/kmeans_tables.hpp"

namespace fullbase::jobs {

struct KMeansSearch {
  std::vector<Candidate> tried = {};        ///< without labels and distances, in the order of k
  std::size_t best = 0;                     ///< of `tried`
  clustering::KMeansState best_state = {};  ///< of its fit, which has ended
};

/// Puts it as arrays whose names begin with `part`, and reads it. Not collective; reading throws what the reader throws.
void put_search(data::StateWriter& writer, const std::string& part, const KMeansSearch& search);
KMeansSearch read_search(const data::StateReader& reader, const std::string& part);

}  // namespace fullbase::jobs
