#include "algorithms/itemsets/set_prediction.hpp"

#include <algorithm>
#include <cmath>

#include "algorithms/itemsets/class_miner.hpp"
#include "comm/agreement.hpp"
#include "parallel/for_each.hpp"

namespace fullbase::itemsets {
namespace {

constexpr std::int64_t paths = 64;

/// Bits of `number` behind the point, backwards (van der Corput): fills (0, 1) evenly.
double radical_inverse(std::int64_t number) {
  double value = 0;
  double digit = 0.5;
  for (; number > 0; number /= 2, digit /= 2) value += static_cast<double>(number % 2) * digit;
  return value + 0.5 / paths;
}

/// Ends of the classes' shares of (0, 1): half by what is expected of each, half alike, since what pairs say may be far off.
std::vector<double> share_ends(std::span<const ClassOutline> classes) {
  double costs = 0;
  for (const auto& outline : classes) costs += outline.cost;
  std::vector<double> ends;
  double end = 0;
  for (const auto& outline : classes) {
    end += 0.5 / static_cast<double>(classes.size()) + (costs > 0 ? 0.5 * outline.cost / costs : 0);
    ends.push_back(end);
  }
  return ends;
}

}  // namespace

SetPrediction predict_sets(comm::Communicator& communicator, std::span<const ClassOutline> classes, std::span<const int> owners,
                           std::span<const OccurrenceClass> owned, const MiningOptions& options, data::Budget& budget) {
  if (classes.empty()) return {};
  const auto ends = share_ends(classes);
  std::vector<std::size_t> places(classes.size(), 0);  // among `owned`
  std::size_t mine = 0;
  for (std::size_t c = 0; c < classes.size(); ++c) {
    if (owners[c] == communicator.rank()) places[c] = mine++;
  }
  std::vector<double> values(static_cast<std::size_t>(paths), 0.0);
  comm::collective_try(communicator, "predict the number of sets", [&] {
    SetAllowance none(0);
    std::vector<std::unique_ptr<ClassMiner>> miners(static_cast<std::size_t>(parallel::thread_count()));
    parallel::for_each(0, paths, [&](std::int64_t path, int thread) {
      const double at = (static_cast<double>(path) + 0.5) / paths * ends.back();
      const auto c = std::min(static_cast<std::size_t>(std::ranges::upper_bound(ends, at) - ends.begin()), classes.size() - 1);
      if (owners[c] != communicator.rank()) return;
      auto& miner = miners[static_cast<std::size_t>(thread)];
      if (!miner) miner = std::make_unique<ClassMiner>(options, none, budget);
      const auto& rows = owned[places[c]];
      double pairs = 0;
      for (const auto count : rows.counts) pairs += count >= options.least ? 1 : 0;
      const double share = (ends[c] - (c == 0 ? 0 : ends[c - 1])) / ends.back();
      values[static_cast<std::size_t>(path)] = (miner->estimate(rows, radical_inverse(path)) - pairs) / share;
    });
  });
  const auto all = communicator.all_gather_all(std::span<const double>(values));
  SetPrediction prediction;
  double squares = 0;
  for (std::int64_t path = 0; path < paths; ++path) {
    double value = 0;
    for (int rank = 0; rank < communicator.size(); ++rank) value += all.from(rank)[static_cast<std::size_t>(path)];
    prediction.sets += value / paths;
    squares += value * value / paths;
  }
  const double variance = std::max(0.0, squares - prediction.sets * prediction.sets);
  prediction.standard_error = std::sqrt(variance / (paths - 1));
  return prediction;
}

std::optional<std::int64_t> fitting_count(comm::Communicator& communicator, std::span<const ClassOutline> classes,
                                          std::span<const int> owners, std::span<const OccurrenceClass> owned,
                                          const MiningOptions& options, double most, data::Budget& budget) {
  MiningOptions tried = options;
  while (tried.least < options.baskets) {
    tried.least = std::min(options.baskets, tried.least + std::max<std::int64_t>(1, tried.least / 4));
    if (predict_sets(communicator, classes, owners, owned, tried, budget).sets <= most) return tried.least;
  }
  return std::nullopt;
}

}  // namespace fullbase::itemsets
