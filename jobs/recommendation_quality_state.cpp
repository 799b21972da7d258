#include <array>

#include "jobs/recommendation_quality.hpp"

namespace fullbase::jobs {
namespace {

using recommendation::RankingMetrics;

constexpr std::array<double RankingMetrics::*, 7> shares = {
    &RankingMetrics::precision, &RankingMetrics::recall,   &RankingMetrics::ndcg,    &RankingMetrics::map,
    &RankingMetrics::mrr,       &RankingMetrics::hit_rate, &RankingMetrics::coverage};

}  // namespace

void put_qualities(data::StateWriter& writer, const std::string& prefix, std::span<const MethodQuality> methods) {
  std::vector<std::int64_t> folds, counts;
  std::vector<double> values;
  for (const auto& method : methods) {
    folds.push_back(std::ssize(method.folds));
    for (const auto& fold : method.folds) {
      counts.insert(counts.end(), {std::ssize(fold.ranking), fold.errors ? 1 : 0, fold.errors ? fold.errors->pairs : 0,
                                   fold.without_neighbours ? 1 : 0, fold.without_neighbours.value_or(0)});
      if (fold.errors) values.insert(values.end(), {fold.errors->rmse, fold.errors->mae});
      for (const auto& ranking : fold.ranking) {
        counts.insert(counts.end(), {ranking.at, ranking.customers});
        for (const auto share : shares) values.push_back(ranking.*share);
      }
    }
  }
  writer.put(prefix + "folds", folds);
  writer.put(prefix + "counts", counts);
  writer.put(prefix + "values", values);
}

std::vector<MethodQuality> read_qualities(const data::StateReader& reader, const std::string& prefix,
                                          std::vector<MethodQuality> methods) {
  const auto folds = reader.get<std::int64_t>(prefix + "folds");
  const auto counts = reader.get<std::int64_t>(prefix + "counts");
  const auto values = reader.get<double>(prefix + "values");
  std::size_t count = 0;
  std::size_t value = 0;
  for (std::size_t m = 0; m < methods.size(); ++m) {
    for (std::int64_t i = 0; i < folds.at(m); ++i) {
      auto& fold = methods[m].folds.emplace_back();
      const auto ks = counts.at(count++);
      const bool has_errors = counts.at(count++) != 0;
      const auto pairs = counts.at(count++);
      const bool has_without = counts.at(count++) != 0;
      const auto without = counts.at(count++);
      if (has_errors) {
        const double rmse = values.at(value++);
        fold.errors = {pairs, rmse, values.at(value++)};
      }
      if (has_without) fold.without_neighbours = without;
      for (std::int64_t k = 0; k < ks; ++k) {
        auto& ranking = fold.ranking.emplace_back();
        ranking.at = counts.at(count++);
        ranking.customers = counts.at(count++);
        for (const auto share : shares) ranking.*share = values.at(value++);
      }
    }
  }
  return methods;
}

}  // namespace fullbase::jobs
