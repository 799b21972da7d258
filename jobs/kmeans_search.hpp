// How far a step of k-means has come with the numbers of clusters that it tries, for checkpoints.
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "algorithms/clustering/kmeans_state.hpp"
#include "data/state.hpp"
#include "jobs/kmeans_tables.hpp"

namespace fullbase::jobs {

struct KMeansSearch {
  std::vector<Candidate> tried;                         ///< without labels and distances, in the order of k
  std::size_t best = 0;                                 ///< of `tried`
  clustering::KMeansState best_state = {};              ///< its last, from which kmeans() makes its result again in a pass or two
  std::optional<clustering::KMeansState> running = {};  ///< of the next one
};

/// `running` instead of that of `search`.
void put_search(data::StateWriter& writer, const KMeansSearch& search, const clustering::KMeansState& running);
KMeansSearch get_search(const data::StateReader& reader);

}  // namespace fullbase::jobs
