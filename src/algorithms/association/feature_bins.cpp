#include "algorithms/association/feature_bins.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "algorithms/prepare/column_values.hpp"
#include "algorithms/prepare/quantile_cuts.hpp"
#include "algorithms/prepare/value_slots.hpp"

namespace fullbase::association {

std::int32_t bin_of(double value, const std::vector<double>& cuts) noexcept {
  return static_cast<std::int32_t>(std::ranges::lower_bound(cuts, value) - cuts.begin());
}

std::vector<double> bin_ends() {
  std::vector<double> ends;
  for (int i = 1; i < number_bins; ++i) ends.push_back(static_cast<double>(i) / number_bins);
  return ends;
}

FeatureBins FeatureBins::find(comm::Communicator& communicator, const data::BlockSource& source, int column,
                              data::Budget& budget) {
  FeatureBins bins;
  bins.is_category_ = source.schema()[column].type == data::Type::category;
  if (!bins.is_category_) {
    bins.cuts_ = prepare::quantile_cuts(communicator, source, column, bin_ends());
    bins.bins_ = std::ssize(bins.cuts_) + 1;
    return bins;
  }
  const std::int64_t categories = source.dictionary(column)->size();
  bins.of_codes_.resize(static_cast<std::size_t>(categories));
  std::iota(bins.of_codes_.begin(), bins.of_codes_.end(), 0);
  bins.bins_ = categories;
  if (categories <= most_categories) return bins;
  const auto slots = prepare::ValueSlots::build(communicator, source, column, budget);
  const auto rows = prepare::rows_of_slots(communicator, source, column, slots, budget);
  auto order = bins.of_codes_;
  std::ranges::stable_sort(order, [&](std::int32_t a, std::int32_t b) {
    return rows[static_cast<std::size_t>(a)] > rows[static_cast<std::size_t>(b)];
  });
  for (std::size_t i = 0; i < order.size(); ++i) {
    const auto code = static_cast<std::size_t>(order[i]);
    bins.of_codes_[code] = static_cast<std::int32_t>(std::min(static_cast<std::int64_t>(i), most_categories));
    if (static_cast<std::int64_t>(i) >= most_categories && rows[code] > 0) ++bins.pooled_;
  }
  bins.bins_ = most_categories + 1;
  return bins;
}

std::vector<std::int32_t> FeatureBins::bins_of(const data::Column& column) const {
  const auto rows = static_cast<std::size_t>(column.rows());
  const auto missing = static_cast<std::int32_t>(bins_);
  std::vector<std::int32_t> bins(rows);
  if (is_category_) {
    const auto codes = column.int32s();
    for (std::size_t i = 0; i < rows; ++i) bins[i] = codes[i] < 0 ? missing : of_codes_[static_cast<std::size_t>(codes[i])];
    return bins;
  }
  std::vector<double> values(rows);
  prepare::to_doubles(column, 0, column.rows(), values);
  for (std::size_t i = 0; i < rows; ++i) bins[i] = std::isnan(values[i]) ? missing : bin_of(values[i], cuts_);
  return bins;
}

}  // namespace fullbase::association
