// The state of a k-means fit, kept and read.
#pragma once

#include <string>
#include <vector>

#include "algorithms/clustering/kmeans.hpp"
#include "data/state.hpp"

namespace fullbase::clustering {

/// Puts a state as arrays whose names begin with `part`, and reads it: 8 k d bytes and 24 an iteration, twice that after the
/// first of several starts. Not collective; reading throws what the reader throws.
void put_state(data::StateWriter& writer, const std::string& part, const KMeansState& state);
KMeansState read_state(const data::StateReader& reader, const std::string& part);

/// The same of the iterations alone.
void put_history(data::StateWriter& writer, const std::string& part, const std::vector<KMeansIteration>& history);
std::vector<KMeansIteration> read_history(const data::StateReader& reader, const std::string& part);

}  // namespace fullbase::clustering
