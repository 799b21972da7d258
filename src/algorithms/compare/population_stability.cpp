#include "algorithms/compare/population_stability.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>
#include <utility>

#include "algorithms/prepare/column_values.hpp"
#include "algorithms/prepare/quantile_cuts.hpp"
#include "base/exact_sum.hpp"
#include "base/math.hpp"
#include "comm/agreement.hpp"
#include "comm/own_rows.hpp"
#include "parallel/for_each.hpp"
#include "parallel/scan.hpp"

namespace fullbase::compare {
namespace {

using NightOf = GroupLabels::NightOf;

constexpr std::array<double, 9> deciles = {0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9};

/// Rows and numbers of one column on one night, by group and bin. The last bin is that of missing values.
struct Tally {
  std::vector<std::int64_t> rows;      ///< group by group
  std::vector<std::int64_t> infinite;  ///< by group
  std::vector<base::ExactSum> sums;    ///< by group, of finite numbers

  Tally(std::size_t groups, std::size_t bins, bool numbers)
      : rows(groups * bins, 0), infinite(groups, 0), sums(numbers ? groups : 0) {}
  static std::int64_t bytes(std::int64_t groups, std::int64_t bins) {
    return groups * (8 * bins + 8 + static_cast<std::int64_t>(sizeof(base::ExactSum)));
  }
  void add(const Tally& other) {
    for (std::size_t i = 0; i < rows.size(); ++i) rows[i] += other.rows[i];
    for (std::size_t i = 0; i < infinite.size(); ++i) infinite[i] += other.infinite[i];
    for (std::size_t i = 0; i < sums.size(); ++i) sums[i].add(other.sums[i]);
  }
};

/// A column with its bins.
struct Binned {
  ComparedColumn column;
  std::vector<double> cuts;           ///< of numbers, ascending, all different
  std::optional<GroupLabels> labels;  ///< by value

  std::size_t bins() const { return (labels ? static_cast<std::size_t>(labels->size()) : cuts.size() + 1) + 1; }
  int position(NightOf night) const { return night == NightOf::before ? column.before : column.after; }
};

/// One night's table counted in the bins of all columns.
class Census {
 public:
  Census(comm::Communicator& communicator, const data::BlockSource& source, NightOf night, const std::vector<Binned>& columns,
         const Grouping& grouping)
      : communicator_(communicator), source_(source), night_(night), columns_(columns), grouping_(grouping) {
    for (const auto& column : columns) read_.push_back(column.position(night));
    if (grouping.labels != nullptr) read_.push_back(night == NightOf::before ? grouping.before : grouping.after);
  }

  /// Collective: the tallies of all ranks, by column.
  std::vector<Tally> take() {
    const auto threads = static_cast<std::size_t>(parallel::thread_count());
    std::vector<std::vector<Tally>> by_thread(threads);
    for (auto& tallies : by_thread) {
      for (const auto& column : columns_) tallies.emplace_back(groups(), column.bins(), !column.labels.has_value());
    }
    const auto local = comm::own_rows(communicator_, source_.rows());
    comm::collective_try(communicator_, "count", [&] {
      parallel::scan(source_, local, read_,
                     [&](data::Batch&& batch, int thread) { add(batch, by_thread[static_cast<std::size_t>(thread)]); });
    });
    auto tallies = std::move(by_thread.front());
    for (std::size_t t = 1; t < threads; ++t) {
      for (std::size_t c = 0; c < tallies.size(); ++c) tallies[c].add(by_thread[t][c]);
    }
    for (auto& tally : tallies) {
      communicator_.sum(std::span(tally.rows));
      communicator_.sum(std::span(tally.infinite));
      communicator_.sum(std::span(tally.sums));
    }
    return tallies;
  }

  std::size_t groups() const { return grouping_.labels == nullptr ? 1 : static_cast<std::size_t>(grouping_.labels->size()) + 1; }

 private:
  void add(const data::Batch& batch, std::vector<Tally>& tallies) const {
    const auto rows = static_cast<std::size_t>(batch.rows.size());
    std::vector<std::int32_t> group(rows, 0);
    if (grouping_.labels != nullptr) group = grouping_.labels->codes(night_, batch.columns.back());
    std::vector<double> values(rows);
    for (std::size_t c = 0; c < columns_.size(); ++c) {
      const auto& column = columns_[c];
      auto& tally = tallies[c];
      const auto bins = column.bins();
      if (column.labels) {
        const auto codes = column.labels->codes(night_, batch[c]);
        for (std::size_t i = 0; i < rows; ++i)
          ++tally.rows[static_cast<std::size_t>(group[i]) * bins + static_cast<std::size_t>(codes[i])];
        continue;
      }
      prepare::to_doubles(batch[c], 0, batch.rows.size(), values);
      for (std::size_t i = 0; i < rows; ++i) {
        const auto at = static_cast<std::size_t>(group[i]);
        ++tally.rows[at * bins + bin(column, values[i])];
        if (std::isfinite(values[i])) {
          tally.sums[at].add(values[i]);
        } else if (!std::isnan(values[i])) {
          ++tally.infinite[at];
        }
      }
    }
  }
  static std::size_t bin(const Binned& column, double value) {
    if (std::isnan(value)) return column.cuts.size() + 1;
    return static_cast<std::size_t>(std::ranges::lower_bound(column.cuts, value) - column.cuts.begin());
  }

  comm::Communicator& communicator_;
  const data::BlockSource& source_;
  NightOf night_;
  const std::vector<Binned>& columns_;
  const Grouping& grouping_;
  std::vector<int> read_;
};

/// Which bins of a column by value are one, because few rows are in them: bin -> place in what is shown.
struct Pooling {
  std::vector<std::size_t> place;
  std::vector<StabilityBin> bins;
};

Pooling ranges(const Binned& column) {
  Pooling pooling;
  for (std::size_t b = 0; b <= column.cuts.size(); ++b) {
    StabilityBin bin;
    if (b > 0) bin.lower = column.cuts[b - 1];
    if (b < column.cuts.size()) bin.upper = column.cuts[b];
    pooling.place.push_back(b);
    pooling.bins.push_back(std::move(bin));
  }
  return pooling;
}

Pooling values(const GroupLabels& labels, const std::vector<std::int64_t>& before, const std::vector<std::int64_t>& after,
               double rare) {
  const auto total = [](const std::vector<std::int64_t>& rows) {
    std::int64_t sum = 0;
    for (const auto count : rows) sum += count;
    return static_cast<double>(sum);
  };
  const double least_before = rare * total(before);
  const double least_after = rare * total(after);
  Pooling pooling;
  std::vector<std::size_t> pooled;
  for (std::size_t b = 0; b < static_cast<std::size_t>(labels.size()); ++b) {
    if (static_cast<double>(before[b]) < least_before && static_cast<double>(after[b]) < least_after) {
      pooled.push_back(b);
      pooling.place.push_back(0);
      continue;
    }
    if (before[b] == 0 && after[b] == 0) {  // where rare is 0: a label that does not occur
      pooled.push_back(b);
      pooling.place.push_back(0);
      continue;
    }
    StabilityBin bin;
    bin.kind = StabilityBin::Kind::value;
    bin.value = labels.text(static_cast<std::int32_t>(b));
    pooling.place.push_back(pooling.bins.size());
    pooling.bins.push_back(std::move(bin));
  }
  for (const auto b : pooled) pooling.place[b] = pooling.bins.size();
  StabilityBin others;
  others.kind = StabilityBin::Kind::others;
  pooling.bins.push_back(std::move(others));
  return pooling;
}

/// One group's rows of a tally by shown bin.
std::vector<std::int64_t> shown(const Pooling& pooling, std::span<const std::int64_t> rows) {
  std::vector<std::int64_t> result(pooling.bins.size(), 0);
  for (std::size_t b = 0; b < rows.size(); ++b) result[pooling.place[b]] += rows[b];
  return result;
}

std::vector<std::int64_t> over_groups(const Tally& tally, std::size_t bins) {
  std::vector<std::int64_t> rows(bins, 0);
  for (std::size_t i = 0; i < tally.rows.size(); ++i) rows[i % bins] += tally.rows[i];
  return rows;
}

double mean(const std::vector<base::ExactSum>& sums, std::span<const std::int64_t> infinite, std::int64_t count) {
  base::ExactSum sum;
  for (const auto& part : sums) sum.add(part);
  const bool finite = std::ranges::all_of(infinite, [](std::int64_t rows) { return rows == 0; });
  if (count == 0 || sums.empty() || !finite) return data::missing_float64;
  return sum.value() / static_cast<double>(count) + 0.0;
}

ColumnStability conclude(const Binned& column, const Tally& before, const Tally& after, std::size_t groups,
                         const StabilityOptions& options) {
  const auto bins = column.bins();
  const auto all_before = over_groups(before, bins);
  const auto all_after = over_groups(after, bins);
  auto pooling = column.labels ? values(*column.labels, all_before, all_after, options.rare) : ranges(column);
  StabilityBin missing;
  missing.kind = StabilityBin::Kind::missing;
  pooling.place.push_back(pooling.bins.size());
  pooling.bins.push_back(std::move(missing));

  ColumnStability result;
  result.column = column.column.name;
  const auto measure = [&](std::int32_t group, std::span<const std::int64_t> rows_before,
                           std::span<const std::int64_t> rows_after, const std::vector<base::ExactSum>& sums_before,
                           const std::vector<base::ExactSum>& sums_after, std::span<const std::int64_t> infinite_before,
                           std::span<const std::int64_t> infinite_after) {
    StabilityMeasures measures;
    measures.group = group;
    measures.index = stability_index(shown(pooling, rows_before), shown(pooling, rows_after));
    for (const auto rows : rows_before) measures.rows_before += rows;
    for (const auto rows : rows_after) measures.rows_after += rows;
    measures.missing_before = rows_before.back();
    measures.missing_after = rows_after.back();
    measures.mean_before = mean(sums_before, infinite_before, measures.rows_before - measures.missing_before);
    measures.mean_after = mean(sums_after, infinite_after, measures.rows_after - measures.missing_after);
    if (group < 0 || measures.rows_before + measures.rows_after > 0) result.measures.push_back(measures);
  };
  measure(-1, all_before, all_after, before.sums, after.sums, before.infinite, after.infinite);
  for (std::size_t g = 0; groups > 1 && g < groups; ++g) {
    const auto sum_of = [&](const Tally& tally) {
      return tally.sums.empty() ? std::vector<base::ExactSum>() : std::vector<base::ExactSum>{tally.sums[g]};
    };
    measure(static_cast<std::int32_t>(g), std::span(before.rows).subspan(g * bins, bins),
            std::span(after.rows).subspan(g * bins, bins), sum_of(before), sum_of(after),
            std::span(before.infinite).subspan(g, 1), std::span(after.infinite).subspan(g, 1));
  }
  const auto shown_before = shown(pooling, all_before);
  const auto shown_after = shown(pooling, all_after);
  for (std::size_t b = 0; b < pooling.bins.size(); ++b) {
    auto& bin = pooling.bins[b];
    bin.before = shown_before[b];
    bin.after = shown_after[b];
    const bool is_range = bin.kind == StabilityBin::Kind::range;
    if (is_range || bin.before + bin.after > 0) result.bins.push_back(std::move(bin));
  }
  return result;
}

}  // namespace

double stability_index(std::span<const std::int64_t> before, std::span<const std::int64_t> after) {
  FULLBASE_EXPECTS(before.size() == after.size(), "both nights have the same bins");
  std::int64_t rows_before = 0, rows_after = 0;
  for (const auto rows : before) rows_before += rows;
  for (const auto rows : after) rows_after += rows;
  if (rows_before == 0 || rows_after == 0) return data::missing_float64;
  double index = 0;
  for (std::size_t b = 0; b < before.size(); ++b) {
    if (before[b] == 0 && after[b] == 0) continue;
    const double share_before = std::max(0.5, static_cast<double>(before[b])) / static_cast<double>(rows_before);
    const double share_after = std::max(0.5, static_cast<double>(after[b])) / static_cast<double>(rows_after);
    index += (share_after - share_before) * base::log(share_after / share_before);
  }
  return index + 0.0;
}

std::vector<ColumnStability> population_stability(comm::Communicator& communicator, const data::BlockSource& before,
                                                  const data::BlockSource& after, std::span<const ComparedColumn> columns,
                                                  const Grouping& grouping, const StabilityOptions& options,
                                                  data::Budget& budget) {
  std::vector<Binned> binned;
  std::vector<bool> left_out;
  for (const auto& column : columns) {
    Binned one{column, {}, {}};
    if (column.by_value) one.labels = GroupLabels::build(communicator, {&before, column.before}, {&after, column.after}, budget);
    left_out.push_back(column.by_value && !one.labels);
    if (left_out.back()) continue;
    if (!column.by_value) one.cuts = prepare::quantile_cuts(communicator, before, column.before, deciles);
    binned.push_back(std::move(one));
  }
  Census census_before(communicator, before, NightOf::before, binned, grouping);
  Census census_after(communicator, after, NightOf::after, binned, grouping);
  const auto groups = census_before.groups();
  const auto reservation = comm::collective_try(communicator, "bins", [&] {
    std::int64_t bytes = 0;
    for (const auto& column : binned)
      bytes += Tally::bytes(static_cast<std::int64_t>(groups), static_cast<std::int64_t>(column.bins()));
    return budget.require(bytes * (parallel::thread_count() + 1), "the rows by column, bin and group");
  });
  const auto tallies_before = census_before.take();
  const auto tallies_after = census_after.take();
  std::vector<ColumnStability> result;
  std::size_t next = 0;
  for (std::size_t c = 0; c < columns.size(); ++c) {
    if (left_out[c]) {
      result.push_back({columns[c].name, true, {}, {}});
      continue;
    }
    result.push_back(conclude(binned[next], tallies_before[next], tallies_after[next], groups, options));
    ++next;
  }
  return result;
}

}  // namespace fullbase::compare
