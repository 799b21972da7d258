// How good recommendations and predictions are, told by what was held out of training.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "algorithms/recommendation/ranked_rows.hpp"
#include "algorithms/recommendation/sparse_rows.hpp"
#include "comm/communicator.hpp"
#include "data/budget.hpp"

namespace fullbase::recommendation {

/// Means over the customers who have a relevant item held out, each counting once; those without a list have 0 of everything.
/// Of one of them: R relevant items held out, rel(i) is 1 where the item at place i of the list, from 1 on, is among them, else
/// 0; a place beyond the list's end is not relevant. NaN where there is no such customer.
struct RankingMetrics {
  std::int64_t at = 0;         ///< k: places of a list that count
  std::int64_t customers = 0;  ///< with a relevant item held out
  /// Sum of rel(i) over i <= k, over k (Manning, Raghavan, Schuetze 2008, 8.4).
  double precision = 0;
  /// The same sum over R.
  double recall = 0;
  /// DCG over that of the best list there could be, DCG = sum of rel(i) / log2(i + 1) over i <= k; the best has min(k, R)
  /// relevant items in front (Jaervelin, Kekaelaeinen 2002, of binary gain).
  double ndcg = 0;
  /// Mean average precision: sum of rel(i) * precision at i over i <= k, over min(k, R) (Manning, Raghavan, Schuetze 2008, 8.4;
  /// cut at k, a list can have no more than min(k, R) of them).
  double map = 0;
  /// 1 / i of the first relevant place i <= k, 0 without one (Voorhees 1999).
  double mrr = 0;
  /// Whether any of k places is relevant (Deshpande, Karypis 2004).
  double hit_rate = 0;
  /// Share of all items that are among the first k of anybody's list, evaluated or not: catalogue coverage (Ge,
  /// Delgado-Battenfeld, Jannach 2010).
  double coverage = 0;
};

/// Collective. One for each of `at`, each at least 1. `lists` and `held_out`: of this rank's customers, whose columns are items,
/// 0 to items - 1. An item is relevant where its held-out value is at least `least`. Each customer's values are double sums in
/// the order of places; means are exact sums rounded once: the same bits on any ranks and threads. Sends 6 exact sums for each of
/// `at` and 8 bytes an item. Memory, from the budget: 4 bytes an item. Cost: log R for each place of each of `at`.
std::vector<RankingMetrics> ranking_metrics(comm::Communicator& communicator, const RankedRows& lists, const SparseRows& held_out,
                                            std::span<const std::int64_t> at, float least, std::int64_t items,
                                            data::Budget& budget);

/// Of predicted values p of true ones t, over the pairs that have a prediction. NaN where there is none.
struct PredictionErrors {
  std::int64_t pairs = 0;
  double rmse = 0;  ///< root of the mean of (p - t)^2
  double mae = 0;   ///< mean of |p - t| (both: Herlocker, Konstan, Terveen, Riedl 2004)
};

/// Collective. This rank's pairs; a prediction that is NaN is none. Sums are exact. Sends 3 of them.
PredictionErrors prediction_errors(comm::Communicator& communicator, std::span<const float> truths,
                                   std::span<const double> predictions);

}  // namespace fullbase::recommendation
