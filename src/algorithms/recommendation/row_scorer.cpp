#include "algorithms/recommendation/row_scorer.hpp"

#include <algorithm>
#include <vector>

#include "algorithms/recommendation/likeness_measures.hpp"

namespace fullbase::recommendation {
namespace {

template <class Measure>
class Scorer final : public RowScorer {
 public:
  Scorer(const NeighbourOptions& options, std::span<const double> own_measures, std::int32_t width)
      : own_measures_(own_measures),
        least_common_(static_cast<double>(options.least_common)),
        shrinkage_(options.shrinkage),
        sums_(static_cast<std::size_t>(width)),
        likeness_(static_cast<std::size_t>(width)) {}

  StripLikenesses score(const EntryStrip& strip, std::int32_t row, std::span<const std::int32_t> places,
                        std::span<const float> values) override {
    clear();
    width_ = static_cast<std::size_t>(strip.width);
    const auto additions = accumulate(strip, places, values);
    const double of_row = own_measures_[static_cast<std::size_t>(row)];
    const double* const of_strip = own_measures_.data() + strip.first;
    is_sparse_ = additions < strip.width / 4;
    if (is_sparse_) {
      for (const auto place : places) {
        for (auto entry = strip.starts[static_cast<std::size_t>(place)];
             entry < strip.starts[static_cast<std::size_t>(place) + 1]; ++entry) {
          const auto column = strip.columns[entry];
          if (likeness_[column] != 0) continue;  // by an earlier place
          touched_.push_back(column);
          likeness_[column] = likeness(sums_[column], of_row, of_strip[column]);
        }
      }
    } else {
      for (std::size_t column = 0; column < width_; ++column)
        likeness_[column] = likeness(sums_[column], of_row, of_strip[column]);
    }
    if (row >= strip.first && row < strip.first + strip.width) likeness_[static_cast<std::size_t>(row - strip.first)] = 0;
    return {std::span(likeness_).first(width_), is_sparse_, touched_};
  }

  std::int32_t common(std::int32_t of_strip) const override {
    return static_cast<std::int32_t>(sums_[static_cast<std::size_t>(of_strip)].n());
  }

 private:
  using Sums = typename Measure::Sums;

  /// All sums and likenesses are 0 before a strip.
  void clear() {
    if (is_sparse_) {
      for (const auto column : touched_) {
        sums_[column] = Sums{};
        likeness_[column] = 0;
      }
      touched_.clear();
    } else {
      std::fill_n(sums_.begin(), width_, Sums{});
      std::fill_n(likeness_.begin(), width_, 0.0F);
    }
  }

  std::int64_t accumulate(const EntryStrip& strip, std::span<const std::int32_t> places, std::span<const float> values) {
    // What lies anywhere in memory is asked for before it is its turn: first where a row starts, then the row.
    constexpr std::size_t rows_ahead = 8;
    const auto* const starts = strip.starts.data();
    const auto* const columns = strip.columns.data();
    const auto* const others = strip.values.data();
    auto* const sums = sums_.data();
    std::int64_t additions = 0;
    for (std::size_t i = 0; i < places.size(); ++i) {
      if (i + 2 * rows_ahead < places.size()) {
        __builtin_prefetch(starts + places[i + 2 * rows_ahead]);
        const auto ahead = starts[places[i + rows_ahead]];
        __builtin_prefetch(columns + ahead);
        __builtin_prefetch(columns + ahead + 32);
        __builtin_prefetch(others + ahead);
        __builtin_prefetch(others + ahead + 16);
        __builtin_prefetch(others + ahead + 32);
      }
      const double value = values[i];
      const auto end = starts[places[i] + 1];
      additions += end - starts[places[i]];
      for (auto entry = starts[places[i]]; entry < end; ++entry) sums[columns[entry]].add(value, others[entry]);
    }
    return additions;
  }

  float likeness(const Sums& sums, double of_row, double of_other) const {
    const double n = sums.n();
    double value = Measure::likeness(sums, of_row, of_other);
    if (shrinkage_ > 0) value *= n / (n + shrinkage_);
    return n >= least_common_ ? static_cast<float>(value) : 0;
  }

  std::span<const double> own_measures_;
  double least_common_;
  double shrinkage_;
  std::vector<Sums> sums_;
  std::vector<float> likeness_;
  std::vector<std::uint16_t> touched_;
  std::size_t width_ = 0;
  bool is_sparse_ = false;
};

/// Calls work() with a value of the measure's type.
template <class F>
auto with_measure(const NeighbourOptions& options, F&& work) {
  switch (options.likeness) {
    case Likeness::cosine:
      return options.common_only ? work(CommonCosineMeasure()) : work(CosineMeasure());
    case Likeness::pearson:
      return work(PearsonMeasure());
    case Likeness::msd:
      return work(DifferenceMeasure());
    case Likeness::jaccard:
      return work(JaccardMeasure());
    case Likeness::bm25:
      break;
  }
  return work(ProductMeasure());
}

}  // namespace

std::unique_ptr<RowScorer> make_row_scorer(const NeighbourOptions& options, std::span<const double> own_measures,
                                           std::int32_t width) {
  return with_measure(options, [&](auto measure) -> std::unique_ptr<RowScorer> {
    return std::make_unique<Scorer<decltype(measure)>>(options, own_measures, width);
  });
}

double own_measure(const NeighbourOptions& options, std::span<const float> values) {
  return with_measure(options, [&](auto measure) { return decltype(measure)::own_measure(values); });
}

}  // namespace fullbase::recommendation
