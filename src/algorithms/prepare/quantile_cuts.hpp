// Where the values of a number column are cut so that each piece has its share of the rows.
#pragma once

#include <span>
#include <vector>

#include "comm/communicator.hpp"
#include "data/block_source.hpp"

namespace fullbase::prepare {

/// Quantiles (type 1) of a column of numbers or booleans, missing values aside; ascending, equal ones once. None without a value.
/// Collective; reads, memory and traffic are those of comm::quantiles().
std::vector<double> quantile_cuts(comm::Communicator& communicator, const data::BlockSource& source, int column,
                                  std::span<const double> probabilities);

}  // namespace fullbase::prepare
