#include "jobs/recommendation_quality.hpp"

#include <cmath>

#include "data/column.hpp"

namespace fullbase::jobs {
namespace {

using recommendation::PredictionErrors;
using recommendation::RankingMetrics;

/// Of values in the order of folds; NaN ones do not count.
class Mean {
 public:
  void add(double value) noexcept {
    if (std::isnan(value)) return;
    sum_ += value;
    ++count_;
  }
  double value() const noexcept { return count_ == 0 ? data::missing_float64 : sum_ / static_cast<double>(count_); }

 private:
  double sum_ = 0;
  std::int64_t count_ = 0;
};

template <class Get>
double mean(std::span<const FoldQuality> folds, Get&& get) {
  Mean mean;
  for (const auto& fold : folds) mean.add(get(fold));
  return mean.value();
}

class QualityColumns {
 public:
  explicit QualityColumns(TableBuilder& table)
      : method_(table.strings("method")),
        fold_(table.optional_int64s("fold")),
        k_(table.int64s("k")),
        precision_(table.float64s("precision")),
        recall_(table.float64s("recall")),
        ndcg_(table.float64s("ndcg")),
        map_(table.float64s("map")),
        mrr_(table.float64s("mrr")),
        hit_rate_(table.float64s("hit_rate")),
        coverage_(table.float64s("coverage")),
        customers_(table.int64s("customers")) {}

  void add(const std::string& method, std::optional<std::int64_t> fold, const RankingMetrics& one) {
    method_.push_back(method);
    fold_.push_back(fold);
    k_.push_back(one.at);
    precision_.push_back(one.precision);
    recall_.push_back(one.recall);
    ndcg_.push_back(one.ndcg);
    map_.push_back(one.map);
    mrr_.push_back(one.mrr);
    hit_rate_.push_back(one.hit_rate);
    coverage_.push_back(one.coverage);
    customers_.push_back(one.customers);
  }

 private:
  data::Strings& method_;
  OptionalIntegers& fold_;
  std::vector<std::int64_t>& k_;
  std::vector<double>& precision_;
  std::vector<double>& recall_;
  std::vector<double>& ndcg_;
  std::vector<double>& map_;
  std::vector<double>& mrr_;
  std::vector<double>& hit_rate_;
  std::vector<double>& coverage_;
  std::vector<std::int64_t>& customers_;
};

/// add(fold, quality) for each fold where there are several, then add_mean().
template <class Add, class AddMean>
void for_each_fold(const MethodQuality& method, Add&& add, AddMean&& add_mean) {
  if (method.folds.size() > 1) {
    for (std::size_t fold = 0; fold < method.folds.size(); ++fold) add(static_cast<std::int64_t>(fold), method.folds[fold]);
  }
  add_mean();
}

}  // namespace

RankingMetrics mean_of_folds(std::span<const FoldQuality> folds, std::size_t k) {
  const auto of = [&](double RankingMetrics::*member) {
    return mean(folds, [&](const FoldQuality& fold) { return fold.ranking[k].*member; });
  };
  RankingMetrics result{.at = folds.front().ranking[k].at};
  for (const auto& fold : folds) result.customers += fold.ranking[k].customers;
  for (const auto member : {&RankingMetrics::precision, &RankingMetrics::recall, &RankingMetrics::ndcg, &RankingMetrics::map,
                            &RankingMetrics::mrr, &RankingMetrics::hit_rate, &RankingMetrics::coverage})
    result.*member = of(member);
  return result;
}

FoldQuality mean_errors(std::span<const FoldQuality> folds) {
  PredictionErrors errors;
  FoldQuality result;
  for (const auto& fold : folds) {
    errors.pairs += fold.errors->pairs;
    if (fold.without_neighbours) result.without_neighbours = result.without_neighbours.value_or(0) + *fold.without_neighbours;
  }
  errors.rmse = mean(folds, [](const FoldQuality& fold) { return fold.errors->rmse; });
  errors.mae = mean(folds, [](const FoldQuality& fold) { return fold.errors->mae; });
  result.errors = errors;
  return result;
}

TableBuilder quality_table(std::span<const MethodQuality> methods) {
  TableBuilder table;
  QualityColumns columns(table);
  for (const auto& method : methods) {
    for_each_fold(
        method,
        [&](std::int64_t fold, const FoldQuality& quality) {
          for (const auto& one : quality.ranking) columns.add(method.method, fold, one);
        },
        [&] {
          for (std::size_t k = 0; k < method.folds.front().ranking.size(); ++k)
            columns.add(method.method, std::nullopt, mean_of_folds(method.folds, k));
        });
  }
  return table;
}

TableBuilder errors_table(std::span<const MethodQuality> methods) {
  TableBuilder table;
  auto& names = table.strings("method");
  auto& folds = table.optional_int64s("fold");
  auto& rmse = table.float64s("rmse");
  auto& mae = table.float64s("mae");
  auto& pairs = table.int64s("pairs");
  auto& without = table.optional_int64s("without_neighbours");
  for (const auto& method : methods) {
    if (!method.folds.front().errors) continue;
    const auto add = [&](std::optional<std::int64_t> fold, const FoldQuality& quality) {
      names.push_back(method.method);
      folds.push_back(fold);
      rmse.push_back(quality.errors->rmse);
      mae.push_back(quality.errors->mae);
      pairs.push_back(quality.errors->pairs);
      without.push_back(quality.without_neighbours);
    };
    for_each_fold(method, add, [&] { add(std::nullopt, mean_errors(method.folds)); });
  }
  return table;
}

}  // namespace fullbase::jobs
