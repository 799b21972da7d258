#include "algorithms/association/feature_measures.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "algorithms/association/feature_bins.hpp"
#include "algorithms/describe/value_counts.hpp"
#include "algorithms/prepare/column_values.hpp"
#include "base/block.hpp"
#include "base/exact_sum.hpp"
#include "comm/agreement.hpp"
#include "comm/own_rows.hpp"
#include "comm/quantiles.hpp"
#include "parallel/for_each.hpp"
#include "parallel/scan.hpp"

namespace fullbase::association {
namespace {

/// Sums of blocks' sums; one that is beyond float64 is unknown.
struct BlockSums {
  base::ExactSum sum;
  std::int64_t overflowing = 0;

  void add(std::span<const double> block) {
    const double added = base::ordered_sum(block);
    if (std::isfinite(added)) {
      sum.add(added);
    } else {
      ++overflowing;
    }
  }
  void add(const BlockSums& other) {
    sum.add(other.sum);
    overflowing += other.overflowing;
  }
  void reduce(comm::Communicator& communicator) {
    communicator.sum(std::span(&sum, 1));
    overflowing = communicator.sum_value(overflowing);
  }
  double value() const { return overflowing > 0 ? data::missing_float64 : sum.value(); }
};

double known(double value) {
  return std::isfinite(value) ? value + 0.0 : data::missing_float64;
}

/// One pass over a column beside the label.
class Reading {
 public:
  Reading(comm::Communicator& communicator, const data::BlockSource& source, int column, const LabelClasses& label)
      : communicator_(communicator),
        source_(source),
        column_(column),
        label_(label),
        local_(comm::own_rows(communicator, source.rows())) {}

  /// Collective.
  ContingencyTable count(const FeatureBins& bins, data::Budget& budget) const {
    std::vector<ContingencyTable> tables(static_cast<std::size_t>(parallel::thread_count()));
    const auto reservation = comm::collective_try(communicator_, "count", [&] {
      auto reserved = budget.require(8 * bins.count() * label_.count() * std::ssize(tables), "the rows by bin and class");
      for (auto& table : tables) table = ContingencyTable(bins.count(), label_.count());
      scan([&](const data::Batch& batch, int thread) {
        auto& table = tables[static_cast<std::size_t>(thread)];
        const auto codes = bins.bins_of(batch[0]);
        for (std::int64_t i = 0; i < batch.rows.size(); ++i)
          ++table.at(codes[static_cast<std::size_t>(i)], label_.code(batch.rows.first - local_.first + i));
      });
      return reserved;
    });
    for (std::size_t t = 1; t < tables.size(); ++t) tables.front().add(tables[t]);
    communicator_.sum(tables.front().counts());
    return std::move(tables.front());
  }

  /// Sums over the rows with a finite value: of value and label, or of their squares and product less the means.
  struct Sums {
    std::int64_t rows = 0;
    std::array<BlockSums, 3> of;
  };
  /// Collective.
  Sums add_up(const std::array<double, 2>* means) const {
    std::vector<Sums> by_thread(static_cast<std::size_t>(parallel::thread_count()));
    comm::collective_try(communicator_, "moments", [&] {
      scan([&](const data::Batch& batch, int thread) {
        std::array<double, base::block_rows> values;
        std::array<std::vector<double>, 3> terms;
        for (std::int64_t first = 0; first < batch.rows.size(); first += base::block_rows) {
          const auto last = std::min(batch.rows.size(), first + base::block_rows);
          prepare::to_doubles(batch[0], first, last, std::span(values).first(static_cast<std::size_t>(last - first)));
          for (auto& one : terms) one.clear();
          for (auto i = first; i < last; ++i)
            add_terms(values[static_cast<std::size_t>(i - first)], batch.rows.first - local_.first + i, means, terms);
          auto& mine = by_thread[static_cast<std::size_t>(thread)];
          mine.rows += std::ssize(terms[0]);
          for (std::size_t k = 0; k < terms.size(); ++k) mine.of[k].add(terms[k]);
        }
      });
    });
    auto& all = by_thread.front();
    for (std::size_t t = 1; t < by_thread.size(); ++t) {
      all.rows += by_thread[t].rows;
      for (std::size_t k = 0; k < all.of.size(); ++k) all.of[k].add(by_thread[t].of[k]);
    }
    all.rows = communicator_.sum_value(all.rows);
    for (auto& one : all.of) one.reduce(communicator_);
    return all;
  }

 private:
  void add_terms(double value, std::int64_t row, const std::array<double, 2>* means,
                 std::array<std::vector<double>, 3>& terms) const {
    if (!std::isfinite(value)) return;
    const double label = label_.is_number() ? label_.number(row) : 0;
    if (means == nullptr) {
      terms[0].push_back(value);
      terms[1].push_back(label);
      return;
    }
    const double x = value - (*means)[0];
    const double y = label - (*means)[1];
    terms[0].push_back(x * x);
    terms[1].push_back(y * y);
    terms[2].push_back(x * y);
  }
  template <class Work>
  void scan(Work&& work) const {
    parallel::scan(source_, local_, std::span(&column_, 1), [&](data::Batch&& batch, int thread) { work(batch, thread); });
  }

  comm::Communicator& communicator_;
  const data::BlockSource& source_;
  int column_;
  const LabelClasses& label_;
  base::RowRange local_;
};

/// Variance and correlation. Collective.
void add_moments(const Reading& reading, const LabelClasses& label, FeatureMeasures& measures) {
  measures.variance = data::missing_float64;
  measures.correlation = data::missing_float64;
  if (!measures.is_number) return;
  const auto sums = reading.add_up(nullptr);
  if (sums.rows == 0) return;
  const auto rows = static_cast<double>(sums.rows);
  const std::array<double, 2> means = {sums.of[0].value() / rows, sums.of[1].value() / rows};
  if (!std::isfinite(means[0]) || !std::isfinite(means[1])) return;
  const auto squares = reading.add_up(&means);
  const double of_value = squares.of[0].value();
  const double of_label = squares.of[1].value();
  measures.variance = known(of_value / rows);
  if (!label.is_number() || !(of_value > 0) || !(of_label > 0)) return;
  const double correlation = squares.of[2].value() / (std::sqrt(of_value) * std::sqrt(of_label));
  measures.correlation = known(correlation);
  if (std::isfinite(correlation)) measures.correlation = std::clamp(correlation, -1.0, 1.0) + 0.0;
}

}  // namespace

LabelClasses::LabelClasses(comm::Communicator& communicator, const learning::Target& target, data::Budget& budget)
    : target_(target), codes_(target.codes) {
  if (target.task != learning::Task::regression) {
    count_ = target.class_count();
    is_number_ = count_ == 2 || target.type == data::Type::int64;
    for (std::int64_t k = 0; is_number_ && k < count_; ++k) {
      const auto& name = target.classes[static_cast<std::size_t>(k)];
      double number = static_cast<double>(k);
      if (target.type == data::Type::int64) std::from_chars(name.data(), name.data() + name.size(), number);
      numbers_.push_back(number);
    }
    return;
  }
  is_number_ = true;
  auto cuts = comm::quantiles(communicator, std::span<const double>(target.values), bin_ends());
  cuts.erase(std::ranges::unique(cuts).begin(), cuts.end());
  count_ = std::ssize(cuts) + 1;
  comm::collective_try(communicator, "label", [&] {
    reservation_ = budget.require(4 * std::ssize(target.values), "the bins of this rank's labels");
    own_codes_.reserve(target.values.size());
    for (const double value : target.values) own_codes_.push_back(bin_of(value, cuts));
  });
  codes_ = own_codes_;
}

FeatureMeasures measure_feature(comm::Communicator& communicator, const data::BlockSource& source, int column,
                                const LabelClasses& label, data::Budget& budget) {
  const comm::StageScope scope(communicator.statistics(), "measure features");
  FeatureMeasures measures;
  measures.feature = source.schema()[column].name;
  measures.is_number = source.schema()[column].type != data::Type::category;
  const auto values = describe::count_values(communicator, source, column, 0, budget);
  measures.distinct = values.distinct;
  measures.missing = source.rows() - values.present;
  const auto bins = FeatureBins::find(communicator, source, column, budget);
  measures.pooled = bins.pooled();
  const Reading reading(communicator, source, column, label);
  const auto table = reading.count(bins, budget);
  measures.mutual_information = mutual_information(table);
  measures.chi_square = chi_square(table);
  add_moments(reading, label, measures);
  return measures;
}

}  // namespace fullbase::association
