// The upper part of one tree, and where its nodes stand in its growing.
#pragma once

#include <cstdint>
#include <vector>

#include "algorithms/trees/rules.hpp"

namespace fullbase::trees {

struct Place {
  enum class State : std::uint8_t { open, settled, small };
  Path path = 1;
  int depth = 0;
  int draw = 0;  ///< of features, for an open node
  State state = State::open;
  std::int32_t parent = -1;
  std::int32_t slot = -1;  ///< of a small node, in Frontier::small_nodes()
};

struct UpperTree {
  int number = 0;  ///< in the forest
  GrowingTree grown;
  std::vector<Place> places;  ///< a node
};

}  // namespace fullbase::trees
