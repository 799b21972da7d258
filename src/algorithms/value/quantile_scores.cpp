#include "algorithms/value/quantile_scores.hpp"

#include <utility>

#include "base/contract.hpp"

namespace fullbase::value {

QuantileScores::QuantileScores(comm::Communicator& communicator, const comm::ValuesReader& read, std::int64_t scores) {
  FULLBASE_EXPECTS(scores >= 1, "there is at least one score");
  std::vector<double> probabilities;
  for (std::int64_t k = 1; k < scores; ++k) probabilities.push_back(static_cast<double>(k) / static_cast<double>(scores));
  if (!probabilities.empty()) cuts_ = comm::quantiles(communicator, read, probabilities);
}

QuantileScores::QuantileScores(std::vector<double> cuts) : cuts_(std::move(cuts)) {
  FULLBASE_EXPECTS(std::ranges::is_sorted(cuts_), "cuts ascend");
}

}  // namespace fullbase::value
