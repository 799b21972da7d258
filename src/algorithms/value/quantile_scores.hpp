// Scores 1..n by quantiles: the same score for equal values, always.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "comm/communicator.hpp"
#include "comm/quantiles.hpp"

namespace fullbase::value {

class QuantileScores {
 public:
  /// Collective. The cuts are the quantiles 1/n, ..., (n - 1)/n (type 1, the inverse of the empirical distribution) of all ranks'
  /// values, none of them NaN, which `read` passes on. Cost and traffic: comm::quantiles().
  QuantileScores(comm::Communicator& communicator, const comm::ValuesReader& read, std::int64_t scores);

  /// Scores by cuts that are given, ascending: those of an earlier night.
  explicit QuantileScores(std::vector<double> cuts);

  /// 1 + the number of cuts below the value: from 1 to n. With many equal values some scores are given to nobody.
  std::int64_t score(double value) const noexcept {
    return 1 + (std::lower_bound(cuts_.begin(), cuts_.end(), value) - cuts_.begin());
  }
  /// Ascending; empty if there was no value.
  const std::vector<double>& cuts() const noexcept { return cuts_; }

 private:
  std::vector<double> cuts_;
};

}  // namespace fullbase::value
