#include "algorithms/recommendation/ranking_metrics.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "algorithms/metrics/exact_sums.hpp"
#include "base/contract.hpp"
#include "base/math.hpp"
#include "comm/agreement.hpp"

namespace fullbase::recommendation {
namespace {

/// What is added up over customers: their number, then for each of `at` these.
enum Term : std::size_t { precision, recall, ndcg, map, mrr, hit_rate, term_count };

/// 1 / log2(place + 1) by place less 1, and the sums of the first of them: the DCG of lists that are relevant all through.
struct Discounts {
  explicit Discounts(std::int64_t places) {
    const double log_2 = base::log(2);
    sums.push_back(0);
    for (std::int64_t place = 1; place <= places; ++place) {
      of_place.push_back(log_2 / base::log(static_cast<double>(place + 1)));
      sums.push_back(sums.back() + of_place.back());
    }
  }

  std::vector<double> of_place;
  std::vector<double> sums;
};

/// Of one customer.
void add_terms(std::span<const std::int32_t> list, std::span<const std::int32_t> relevant, std::int64_t at,
               const Discounts& discounts, std::size_t first_term, metrics::RowSums& sums) {
  const auto places = std::min(static_cast<std::size_t>(at), list.size());
  std::int64_t hits = 0;
  double gain = 0;
  double precisions = 0;
  double first_hit = 0;
  for (std::size_t i = 0; i < places; ++i) {
    if (!std::ranges::binary_search(relevant, list[i])) continue;
    const auto place = static_cast<double>(i + 1);
    ++hits;
    if (hits == 1) first_hit = 1 / place;
    gain += discounts.of_place[i];
    precisions += static_cast<double>(hits) / place;
  }
  const std::int64_t best = std::min(at, std::ssize(relevant));
  const auto found = static_cast<double>(hits);
  sums.add(first_term + precision, found / static_cast<double>(at));
  sums.add(first_term + recall, found / static_cast<double>(relevant.size()));
  sums.add(first_term + ndcg, gain / discounts.sums[static_cast<std::size_t>(best)]);
  sums.add(first_term + map, precisions / static_cast<double>(best));
  sums.add(first_term + mrr, first_hit);
  sums.add(first_term + hit_rate, hits > 0 ? 1 : 0);
}

/// By item the first place that it has in any list of any rank. Collective.
std::vector<std::int32_t> first_places(comm::Communicator& communicator, const RankedRows& lists, std::int64_t items) {
  std::vector<std::int32_t> places(static_cast<std::size_t>(items), std::numeric_limits<std::int32_t>::max());
  for (std::int64_t row = 0; row < lists.rows(); ++row) {
    std::int32_t place = 0;
    for (const auto item : lists.ids_of(row)) {
      auto& first = places[static_cast<std::size_t>(item)];
      first = std::min(first, ++place);
    }
  }
  if (communicator.size() == 1) return places;
  constexpr std::size_t piece = std::size_t{1} << 20;
  for (std::size_t begin = 0; begin < places.size(); begin += piece) {
    const auto part = std::span(places).subspan(begin, std::min(piece, places.size() - begin));
    std::vector<std::int64_t> least(part.begin(), part.end());
    communicator.min(std::span(least));
    std::ranges::transform(least, part.begin(), [](std::int64_t place) { return static_cast<std::int32_t>(place); });
  }
  return places;
}

double mean(const metrics::RowSums& sums, std::size_t term, std::int64_t of) {
  return of == 0 ? data::missing_float64 : sums.value(term) / static_cast<double>(of);
}

}  // namespace

std::vector<RankingMetrics> ranking_metrics(comm::Communicator& communicator, const RankedRows& lists, const SparseRows& held_out,
                                            std::span<const std::int64_t> at, float least, std::int64_t items,
                                            data::Budget& budget) {
  FULLBASE_EXPECTS(lists.rows() == held_out.rows() && items > 0, "lists and what is held out are of the same customers");
  const auto memory = comm::collective_try(communicator, "measure recommendations",
                                           [&] { return budget.require(4 * items, "the first places of items in lists"); });
  const Discounts discounts(std::min(std::ranges::max(at), items));
  const std::size_t terms = 1 + at.size() * term_count;
  const comm::StageScope stage(communicator.statistics(), "measure recommendations");
  const auto sums = metrics::sum_rows(communicator, held_out.rows(), terms, [&](std::int64_t row, metrics::RowSums& into) {
    std::vector<std::int32_t> relevant;
    const auto held = held_out.columns_of(row);
    const auto values = held_out.values_of(row);
    for (std::size_t i = 0; i < held.size(); ++i) {
      if (values[i] >= least) relevant.push_back(held[i]);
    }
    if (relevant.empty()) return;
    into.add(0, 1);
    for (std::size_t k = 0; k < at.size(); ++k)
      add_terms(lists.ids_of(row), relevant, at[k], discounts, 1 + k * term_count, into);
  });
  const auto places = first_places(communicator, lists, items);
  const auto customers = static_cast<std::int64_t>(sums.value(0));
  std::vector<RankingMetrics> result;
  for (std::size_t k = 0; k < at.size(); ++k) {
    const auto first = 1 + k * term_count;
    RankingMetrics one{.at = at[k], .customers = customers};
    one.precision = mean(sums, first + precision, customers);
    one.recall = mean(sums, first + recall, customers);
    one.ndcg = mean(sums, first + ndcg, customers);
    one.map = mean(sums, first + map, customers);
    one.mrr = mean(sums, first + mrr, customers);
    one.hit_rate = mean(sums, first + hit_rate, customers);
    const auto listed = std::ranges::count_if(places, [&](std::int32_t place) { return place <= at[k]; });
    one.coverage = static_cast<double>(listed) / static_cast<double>(items);
    result.push_back(one);
  }
  return result;
}

PredictionErrors prediction_errors(comm::Communicator& communicator, std::span<const float> truths,
                                   std::span<const double> predictions) {
  FULLBASE_EXPECTS(truths.size() == predictions.size(), "every pair has a place for its prediction");
  enum : std::size_t { pairs, squares, magnitudes, terms };
  const comm::StageScope stage(communicator.statistics(), "measure predictions");
  const auto sums = metrics::sum_rows(communicator, std::ssize(truths), terms, [&](std::int64_t row, metrics::RowSums& into) {
    const double predicted = predictions[static_cast<std::size_t>(row)];
    if (std::isnan(predicted)) return;
    const double error = predicted - static_cast<double>(truths[static_cast<std::size_t>(row)]);
    into.add(pairs, 1);
    into.add(squares, error * error);
    into.add(magnitudes, std::abs(error));
  });
  PredictionErrors errors{.pairs = static_cast<std::int64_t>(sums.value(pairs))};
  errors.rmse = base::sqrt(mean(sums, squares, errors.pairs));
  errors.mae = mean(sums, magnitudes, errors.pairs);
  return errors;
}

}  // namespace fullbase::recommendation
