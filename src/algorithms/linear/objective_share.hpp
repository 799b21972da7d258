// What passes over a design add up: of objective.cpp and objective_block.cpp alone.
#pragma once

#include <cstdint>
#include <limits>
#include <vector>

#include "algorithms/linear/objective.hpp"
#include "base/exact_sum.hpp"

namespace fullbase::linear {

/// What a thread adds up, and where it works on a block.
struct Objective::Share {
  base::ExactSum loss;
  bool beyond = false;  ///< a block's loss was not finite
  std::vector<base::int128> first;
  std::vector<base::int128> second;
  double least = std::numeric_limits<double>::infinity();
  double greatest = -std::numeric_limits<double>::infinity();

  BlockLoss terms;
  std::vector<double> scores;
  std::vector<double> directions;  ///< scores of the vector that is multiplied
  std::vector<double> weights;
  std::vector<std::int32_t> codes;
  std::vector<double> curvature;
  std::vector<double> dense;    ///< sums over a block, by dense column
  std::vector<double> partial;  ///< places x places sums over a block
};

/// What takes sums to integers: those of first derivatives by dense column (times units_) and by row, those of second ones.
struct Objective::Scales {
  double first = 0;
  double first_row = 0;
  double second = 0;
  double second_row = 0;
};

}  // namespace fullbase::linear
