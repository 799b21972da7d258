#include "algorithms/trees/cuts.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "algorithms/trees/key_sort.hpp"
#include "base/contract.hpp"
#include "base/error.hpp"
#include "comm/agreement.hpp"
#include "comm/cut_positions.hpp"
#include "comm/own_rows.hpp"
#include "parallel/for_each.hpp"
#include "parallel/scan.hpp"

namespace fullbase::trees {
namespace {

using Keys = std::vector<std::uint32_t>;

base::RowRange local_rows(const comm::Communicator& communicator, const data::BlockSource& source) {
  return comm::own_rows(communicator, source.rows());
}

/// The column's values as keys, row by row; no_value where one is missing.
void read_keys(const data::BlockSource& source, base::RowRange rows, const learning::Feature& feature, Keys& keys) {
  const learning::FeatureReader reader(source, std::span(&feature, 1));
  parallel::scan(source, rows, reader.columns(), [&](data::Batch&& batch, int) {
    std::vector<double> values(static_cast<std::size_t>(base::block_rows));
    for (std::int64_t first = 0; first < batch.rows.size(); first += base::block_rows) {
      const auto last = std::min(first + base::block_rows, batch.rows.size());
      reader.read(batch, first, last, values.data(), base::block_rows);
      auto* const out = keys.data() + (batch.rows.first - rows.first) + first;
      for (std::int64_t i = 0; i < last - first; ++i) {
        const double value = values[static_cast<std::size_t>(i)];
        out[i] = std::isnan(value) ? no_value : ordered_key(static_cast<float>(value));
      }
    }
  });
}

/// At most `most` + 1 distinct keys of a sorted run, ascending.
Keys first_distinct(std::span<const std::uint32_t> sorted, std::size_t most) {
  Keys distinct;
  for (auto at = sorted.begin(); at != sorted.end() && distinct.size() <= most; at = std::upper_bound(at, sorted.end(), *at))
    distinct.push_back(*at);
  return distinct;
}

std::vector<float> values_of(std::span<const std::uint32_t> keys) {
  std::vector<float> values;
  for (const auto key : keys) values.push_back(value_of_key(key));
  return values;
}

/// Collective. Bins of a column of numbers whose keys on this rank are `sorted`.
FeatureBins cut_numbers(comm::Communicator& communicator, std::span<const std::uint32_t> sorted, std::int64_t count) {
  constexpr std::size_t most = most_bins;
  auto distinct = communicator.all_gather_all(std::span<const std::uint32_t>(first_distinct(sorted, most))).values;
  std::ranges::sort(distinct);
  distinct.erase(std::unique(distinct.begin(), distinct.end()), distinct.end());
  if (distinct.size() <= most) {
    const auto values = values_of(distinct);
    const auto all = std::span(values);
    return values.empty() ? FeatureBins() : bins_between(all.first(all.size() - 1), all.subspan(1));
  }

  // The row at a target is the lowest of those that ranks have behind the cut.
  std::vector<std::int64_t> targets;
  for (std::int64_t i = 1; i < most_bins; ++i)
    targets.push_back(static_cast<std::int64_t>((static_cast<base::int128>(i) * count + most_bins - 1) / most_bins) - 1);
  const auto words = [&](std::int64_t position, int) { return std::uint64_t{sorted[static_cast<std::size_t>(position)]}; };
  const auto cuts = comm::cut_positions(communicator, std::ssize(sorted), words, 1, targets, comm::Cut::exact);
  std::vector<std::uint64_t> lowers;
  for (const auto cut : cuts) lowers.push_back(cut < std::ssize(sorted) ? sorted[static_cast<std::size_t>(cut)] : no_value);
  communicator.min(std::span(lowers));
  lowers.erase(std::unique(lowers.begin(), lowers.end()), lowers.end());
  std::vector<std::uint64_t> nexts;
  for (const auto lower : lowers) {
    const auto next = std::upper_bound(sorted.begin(), sorted.end(), static_cast<std::uint32_t>(lower));
    nexts.push_back(next == sorted.end() ? no_value : *next);
  }
  communicator.min(std::span(nexts));
  // Nothing lies above the greatest value: the last bin has no end.
  if (nexts.back() == no_value) {
    nexts.pop_back();
    lowers.pop_back();
  }
  const Keys low(lowers.begin(), lowers.end());
  const Keys high(nexts.begin(), nexts.end());
  return bins_between(values_of(low), values_of(high));
}

/// Rows of each category (by feature and position), those without one last.
using CategoryRows = std::vector<std::vector<std::int64_t>>;

/// Collective.
CategoryRows count_categories(comm::Communicator& communicator, const data::BlockSource& source,
                              std::span<const learning::Feature> features) {
  CategoryRows rows;
  for (const auto& feature : features) rows.emplace_back(feature.categories.size() + 1, 0);
  if (features.empty()) return rows;
  const learning::FeatureReader reader(source, features);
  std::vector<CategoryRows> by_thread(static_cast<std::size_t>(parallel::thread_count()), rows);
  comm::collective_try(communicator, "rows of categories", [&] {
    parallel::scan(source, local_rows(communicator, source), reader.columns(), [&](data::Batch&& batch, int thread) {
      auto& own = by_thread[static_cast<std::size_t>(thread)];
      std::vector<double> values(features.size() * static_cast<std::size_t>(batch.rows.size()));
      reader.read(batch, 0, batch.rows.size(), values.data(), batch.rows.size());
      for (std::size_t f = 0; f < features.size(); ++f) {
        const auto of_feature = std::span(values).subspan(f * static_cast<std::size_t>(batch.rows.size()),
                                                          static_cast<std::size_t>(batch.rows.size()));
        for (const double value : of_feature)
          ++own[f][value >= 0 ? static_cast<std::size_t>(value) : features[f].categories.size()];
      }
    });
  });
  for (std::size_t f = 0; f < features.size(); ++f) {
    for (const auto& own : by_thread)
      std::transform(rows[f].begin(), rows[f].end(), own[f].begin(), rows[f].begin(), std::plus<>());
    communicator.sum(std::span(rows[f]));
  }
  return rows;
}

/// `rows` by category; what shares the last bin is added to `rare`.
FeatureBins cut_categories(std::span<const std::int64_t> rows, int feature, std::vector<RareCategories>& rare) {
  FeatureBins bins{.categorical = true};
  bins.bin_of_category.resize(rows.size());
  bins.bins = static_cast<int>(std::clamp<std::int64_t>(std::ssize(rows), 1, most_bins));
  std::vector<std::size_t> by_rows(rows.size());
  std::iota(by_rows.begin(), by_rows.end(), std::size_t{0});
  if (std::ssize(rows) > most_bins) {
    std::ranges::stable_sort(by_rows, [&](std::size_t a, std::size_t b) { return rows[a] > rows[b]; });
    RareCategories shared{.feature = feature};
    for (auto i = static_cast<std::size_t>(most_bins - 1); i < by_rows.size(); ++i) {
      bins.bin_of_category[by_rows[i]] = most_bins - 1;
      ++shared.categories;
      shared.rows += rows[by_rows[i]];
    }
    rare.push_back(shared);
    by_rows.resize(most_bins - 1);
    std::ranges::sort(by_rows);
  }
  for (std::size_t i = 0; i < by_rows.size(); ++i) bins.bin_of_category[by_rows[i]] = static_cast<std::uint8_t>(i);
  return bins;
}

}  // namespace

FeatureBins bins_between(std::span<const float> lowers, std::span<const float> nexts) {
  FULLBASE_EXPECTS(lowers.size() == nexts.size() && std::ssize(lowers) < most_bins, "every cut lies between two values");
  FeatureBins bins;
  for (std::size_t i = 0; i < lowers.size(); ++i) {
    const auto middle = static_cast<float>((static_cast<double>(lowers[i]) + static_cast<double>(nexts[i])) / 2);
    // Between neighbouring floats there is none.
    bins.uppers.push_back(middle < nexts[i] ? middle : lowers[i]);
  }
  bins.bins = static_cast<int>(std::ssize(lowers)) + 1;
  return bins;
}

Cuts find_cuts(comm::Communicator& communicator, const data::BlockSource& source, std::span<const learning::Feature> features,
               data::Budget& budget) {
  const comm::StageScope scope(communicator.statistics(), "cuts");
  const auto rows = local_rows(communicator, source);
  std::vector<learning::Feature> categorical;
  for (const auto& feature : features) {
    if (feature.categorical) categorical.push_back(feature);
  }
  const auto category_rows = count_categories(communicator, source, categorical);
  Cuts cuts;
  auto next_categories = category_rows.begin();
  data::Reservation reservation;
  Keys keys;
  Keys scratch;
  for (std::size_t f = 0; f < features.size(); ++f) {
    if (features[f].categorical) {
      const std::span<const std::int64_t> all(*next_categories++);
      cuts.missing.push_back(all.back());
      cuts.bins.push_back(cut_categories(all.first(all.size() - 1), static_cast<int>(f), cuts.rare));
      continue;
    }
    const auto present = comm::collective_try(communicator, "values of a feature", [&] {
      if (reservation.bytes() == 0)
        reservation =
            budget.require(2 * rows.size() * static_cast<std::int64_t>(sizeof(std::uint32_t)), "the values of a feature");
      keys.resize(static_cast<std::size_t>(rows.size()));
      scratch.resize(keys.size());
      read_keys(source, rows, features[f], keys);
      sort_keys(keys, scratch);
      return std::lower_bound(keys.begin(), keys.end(), no_value) - keys.begin();
    });
    const auto count = communicator.sum_value<std::int64_t>(present);
    cuts.missing.push_back(source.rows() - count);
    cuts.bins.push_back(cut_numbers(communicator, std::span(keys).first(static_cast<std::size_t>(present)), count));
  }
  bool all_constant = true;
  for (std::size_t f = 0; f < features.size(); ++f) all_constant = all_constant && cuts.is_constant(f, source.rows());
  if (all_constant)
    throw base::input_error("every feature has the same value in all rows: there is nothing to split by", source.name(),
                            "learn from other columns, or look at the condition `where`")
        .known_to_all();
  return cuts;
}

}  // namespace fullbase::trees
