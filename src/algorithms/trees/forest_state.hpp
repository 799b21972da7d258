// Trees that have grown, kept and read.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "algorithms/trees/forest.hpp"
#include "data/state.hpp"

namespace fullbase::trees {

/// Puts trees, which every rank has alike, as arrays whose names begin with `part`: 30 bytes a node, 8 a value, 32 a subset. Not
/// collective. Memory while it runs: 8 bytes a node or value.
void put_trees(data::StateWriter& writer, const std::string& part, std::span<const Tree> trees);
/// Of a node in it where its value is one, and its split no subset.
inline constexpr double state_bytes_of_node = 30 + 8;
/// Not collective; throws what reading throws. Memory: the trees, twice.
std::vector<Tree> read_trees(const data::StateReader& reader, const std::string& part);

}  // namespace fullbase::trees
