// The state of an interrupted k-means fit as arrays.
#pragma once

#include <string>

#include "algorithms/clustering/kmeans.hpp"
#include "data/state.hpp"

namespace fullbase::clustering {

/// Puts arrays whose names begin with `name` and a dot. 8 k d bytes and 24 an iteration, twice that after the first of several
/// starts.
void put_state(data::StateWriter& writer, const std::string& name, const KMeansState& state);
KMeansState get_kmeans_state(const data::StateReader& reader, const std::string& name);

/// The same of the iterations alone.
void put_history(data::StateWriter& writer, const std::string& name, const std::vector<KMeansIteration>& history);
std::vector<KMeansIteration> get_history(const data::StateReader& reader, const std::string& name);

}  // namespace fullbase::clustering
