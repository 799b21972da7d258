// Lists from sparse sums of scores, whatever is summed.
#pragma once

#include <cstdint>
#include <functional>

#include "algorithms/recommendation/ranked_rows.hpp"
#include "algorithms/recommendation/recommend.hpp"
#include "algorithms/recommendation/score_sums.hpp"
#include "algorithms/recommendation/sparse_rows.hpp"
#include "data/budget.hpp"

namespace fullbase::recommendation {

/// Of each wanted customer the items of the greatest sums above 0, rounded once to float32. `add_scores(customer, thread, sums)`:
/// adds to the sums of items; customers are counted from this rank's first. Not collective; threads share the customers. Memory,
/// from the budget: ScoreSums::bytes(items) a thread, 16 bytes a customer.
RankedRows top_of_sums(const Interactions& matrix, const TopOptions& options,
                       const std::function<void(std::int64_t customer, int thread, ScoreSums& sums)>& add_scores,
                       data::Budget& budget);

}  // namespace fullbase::recommendation
