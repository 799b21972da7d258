#include "algorithms/prepare/transform_fit.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <mutex>
#include <utility>

#include "algorithms/prepare/column_values.hpp"
#include "base/contract.hpp"
#include "base/error.hpp"
#include "base/exact_sum.hpp"
#include "base/math.hpp"
#include "base/size.hpp"
#include "comm/agreement.hpp"
#include "comm/own_rows.hpp"
#include "comm/quantiles.hpp"
#include "parallel/for_each.hpp"
#include "parallel/scan.hpp"

namespace fullbase::prepare {
namespace {

using Kind = Transform::Kind;

constexpr std::int64_t no_row = std::numeric_limits<std::int64_t>::max();

bool is_fitted(Kind kind) {
  return kind == Kind::impute_mean || kind == Kind::impute_median || kind >= Kind::standardize;
}
bool needs_quantiles(Kind kind) {
  return kind == Kind::impute_median || kind == Kind::robust;
}

/// What one block says about one column.
struct BlockMoments {
  std::int64_t count = 0;
  double sum = 0;
  double mean = 0;
  double squares = 0;     ///< of deviations from that mean
  double deviations = 0;  ///< their sum: what rounding left between that mean and the true one
  double lowest = std::numeric_limits<double>::infinity();
  double highest = -std::numeric_limits<double>::infinity();
};

struct Moments {
  std::int64_t count = 0;
  double mean = 0;
  double variance = 0;  ///< divided by count
  double lowest = 0;
  double highest = 0;
};

/// What the first pass counts in one column.
struct Census {
  std::int64_t missing = 0;
  std::int64_t infinite = 0;
  std::int64_t first_missing = no_row;
  std::int64_t first_infinite = no_row;

  void add(const Census& other) {
    missing += other.missing;
    infinite += other.infinite;
    first_missing = std::min(first_missing, other.first_missing);
    first_infinite = std::min(first_infinite, other.first_infinite);
  }
};

class Fit {
 public:
  Fit(comm::Communicator& communicator, const data::BlockSource& source, std::span<const ColumnPlan> plans,
      const TransformOptions& options, data::Budget& budget, const std::vector<FittedColumn>* fitted)
      : communicator_(communicator),
        source_(source),
        options_(options),
        budget_(budget),
        rows_(comm::own_rows(communicator, source.rows())) {
    for (const ColumnPlan& plan : plans) {
      check_plan(plan, source.schema());
      FittedColumn column{.column = plan.column, .position = source.schema().at(plan.column, {})};
      for (const Transform& transform : plan.transforms)
        column.transforms.push_back({.transform = transform, .fill = transform.constant});
      result_.columns.push_back(std::move(column));
      done_.push_back(0);
      if (fitted == nullptr) continue;
      column_with(*fitted, result_.columns.back());
      done_.back() = result_.columns.back().transforms.size();
    }
  }

  FittedTransforms run() {
    pass(true);
    while (!all_fitted()) pass(false);
    return std::move(result_);
  }

 private:
  static void column_with(const std::vector<FittedColumn>& fitted, FittedColumn& column) {
    const auto found = std::ranges::find(fitted, column.column, &FittedColumn::column);
    FULLBASE_EXPECTS(found != fitted.end() && found->transforms.size() == column.transforms.size(),
                     "what is fitted are the plans' transforms");
    column.transforms = found->transforms;
  }

  /// The place of a column's next fitted transform; its number of transforms if there is none.
  std::size_t next_fitted(std::size_t c) const {
    std::size_t t = done_[c];
    const auto& transforms = result_.columns[c].transforms;
    while (t < transforms.size() && !is_fitted(transforms[t].transform.kind)) ++t;
    return t;
  }
  bool is_done(std::size_t c) const { return next_fitted(c) == result_.columns[c].transforms.size(); }
  bool all_fitted() const {
    for (std::size_t c = 0; c < done_.size(); ++c) {
      if (!is_done(c)) return false;
    }
    return true;
  }

  /// The columns `chosen`, and those that decide which rows are kept.
  std::vector<int> positions(const std::vector<std::size_t>& chosen) const {
    std::vector<int> read;
    const auto add = [&](int position) {
      if (std::ranges::find(read, position) == read.end()) read.push_back(position);
    };
    for (const std::size_t c : chosen) add(result_.columns[c].position);
    for (const FittedColumn& column : result_.columns) {
      if (drops_rows(column)) add(column.position);
    }
    return read;
  }

  /// One pass for every column whose next fitted transform needs no quantiles; then a scan each for those that do.
  void pass(bool first) {
    std::vector<std::size_t> chosen;
    for (std::size_t c = 0; c < done_.size(); ++c) {
      if (first || (!is_done(c) && !needs_quantiles(next_kind(c)))) chosen.push_back(c);
    }
    const auto moments = chosen.empty() ? std::vector<Moments>() : collect(chosen, first);
    for (std::size_t i = 0; i < chosen.size(); ++i) {
      const std::size_t c = chosen[i];
      if (!is_done(c) && !needs_quantiles(next_kind(c))) settle(c, moments[i]);
    }
    for (std::size_t c = 0; c < done_.size(); ++c) {
      if (!is_done(c) && needs_quantiles(next_kind(c))) settle_quantiles(c);
    }
  }
  bool needs_mean(std::size_t c) const {
    return !is_done(c) && (next_kind(c) == Kind::impute_mean || next_kind(c) == Kind::standardize);
  }
  Kind next_kind(std::size_t c) const { return result_.columns[c].transforms[next_fitted(c)].transform.kind; }

  /// Values of a column in one block: through what is fitted, without missing ones and rows that are dropped.
  void values_of(std::size_t c, const data::Batch& batch, std::span<const int> read, base::RowRange block,
                 const std::vector<std::uint8_t>& kept, std::vector<double>& values, Census* census) const {
    const FittedColumn& column = result_.columns[c];
    values.resize(static_cast<std::size_t>(block.size()));
    const auto place = static_cast<std::size_t>(std::ranges::find(read, column.position) - read.begin());
    to_doubles(batch.columns[place], block.first - batch.rows.first, block.last - batch.rows.first, values);
    const auto offset = static_cast<std::size_t>(block.first - batch.rows.first);
    for (std::size_t i = 0; i < values.size(); ++i) {
      if (!kept.empty() && kept[offset + i] == 0) {
        values[i] = data::missing_float64;  // a row that is left out cannot fail
        continue;
      }
      if (std::isfinite(values[i])) continue;
      const std::int64_t row = block.first + static_cast<std::int64_t>(i);
      const bool infinite = std::isinf(values[i]);
      values[i] = data::missing_float64;  // an infinity that is an error is reported after the pass
      if (census != nullptr) census->add(infinite ? Census{0, 1, no_row, row} : Census{1, 0, row, no_row});
    }
    apply_transforms(column, next_fitted(c), values, block.first, source_);
    compact(values, kept, offset);
  }

  /// Leaves out rows that are dropped, and missing values.
  static void compact(std::vector<double>& values, const std::vector<std::uint8_t>& kept, std::size_t offset) {
    std::size_t n = 0;
    for (std::size_t i = 0; i < values.size(); ++i) {
      const bool in = !std::isnan(values[i]) && (kept.empty() || kept[offset + i] != 0);
      values[n] = values[i];
      n += in ? 1 : 0;
    }
    values.resize(n);
  }

  static BlockMoments moments_of(std::vector<double>& values) {
    BlockMoments moments;
    moments.count = std::ssize(values);
    if (values.empty()) return moments;
    const auto [lowest, highest] = std::ranges::minmax(values);
    moments.lowest = lowest;
    moments.highest = highest;
    moments.sum = base::ordered_sum(values);
    moments.mean = moments.sum / static_cast<double>(moments.count);
    for (double& x : values) x -= moments.mean;
    moments.deviations = base::ordered_sum(values);
    for (double& x : values) x *= x;
    moments.squares = base::ordered_sum(values);
    return moments;
  }

  std::vector<Moments> collect(const std::vector<std::size_t>& chosen, bool first) {
    const std::vector<int> read = positions(chosen);
    const std::int64_t first_block = base::block_of_row(rows_.first);
    const auto blocks =
        static_cast<std::size_t>(base::block_count(rows_.last) - std::min(first_block, base::block_count(rows_.last)));
    std::vector<std::vector<BlockMoments>> found(chosen.size(), std::vector<BlockMoments>(blocks));
    const auto threads = static_cast<std::size_t>(parallel::thread_count());
    std::vector<std::vector<Census>> census(threads, std::vector<Census>(chosen.size()));
    std::vector<std::int64_t> dropped(threads, 0);
    comm::collective_try(communicator_, "fit transforms", [&] {
      parallel::scan(source_, rows_, read, [&](data::Batch&& batch, int thread) {
        const auto kept = kept_rows(result_.columns, batch, read, options_.infinite_is_missing);
        dropped[static_cast<std::size_t>(thread)] += std::ranges::count(kept, std::uint8_t{0});
        std::vector<double> values;
        for_blocks(batch.rows, [&](base::RowRange block) {
          for (std::size_t i = 0; i < chosen.size(); ++i) {
            values_of(chosen[i], batch, read, block, kept, values,
                      first ? &census[static_cast<std::size_t>(thread)][i] : nullptr);
            found[i][static_cast<std::size_t>(base::block_of_row(block.first) - first_block)] = moments_of(values);
          }
        });
      });
    });
    if (first) {
      std::int64_t sum = 0;
      for (const std::int64_t count : dropped) sum += count;
      result_.dropped = communicator_.sum_value(sum);
      report(census);
    }
    return reduce(chosen, found);
  }

  /// Missing and infinite values of all ranks, against the plans.
  void report(const std::vector<std::vector<Census>>& by_thread) {
    const std::size_t columns = result_.columns.size();
    std::vector<std::int64_t> counts(2 * columns, 0);
    std::vector<std::int64_t> firsts(2 * columns, no_row);
    for (std::size_t c = 0; c < columns; ++c) {
      Census census;
      for (const auto& thread : by_thread) census.add(thread[c]);
      counts[2 * c] = census.missing;
      counts[2 * c + 1] = census.infinite;
      firsts[2 * c] = census.first_missing;
      firsts[2 * c + 1] = census.first_infinite;
    }
    communicator_.sum(std::span(counts));
    communicator_.min(std::span(firsts));
    for (std::size_t c = 0; c < columns; ++c) {
      FittedColumn& column = result_.columns[c];
      column.missing = counts[2 * c];
      column.infinite = counts[2 * c + 1];
      if (column.infinite > 0 && !options_.infinite_is_missing) {
        refuse(column, column.infinite, "infinite", firsts[2 * c + 1],
               "leave such rows out by 'where', or set infinite_is_missing: true");
      }
      const bool imputed = std::ranges::any_of(column.transforms, [](const FittedTransform& t) {
        return t.transform.imputes() && t.transform.kind != Kind::impute_error;
      });
      if (!imputed && column.missing > 0) {
        refuse(column, column.missing, "missing", firsts[2 * c], "add impute to the column's transforms");
      }
      if (!imputed && column.infinite > 0) {
        refuse(column, column.infinite, "infinite", firsts[2 * c + 1], "add impute to the column's transforms");
      }
    }
  }

  [[noreturn]] void refuse(const FittedColumn& column, std::int64_t count, std::string_view what, std::int64_t row,
                           std::string advice) const {
    // Every rank is here with the same row, and each looks its number up.
    const auto shown = comm::collective_try(communicator_, "row number", [&] { return source_.source_row(row); });
    throw base::input_error(fmt::format("{} value{} {} {}; the first is in row {}", base::format_count(count),
                                        count == 1 ? "" : "s", count == 1 ? "is" : "are", what, shown),
                            place(column), std::move(advice))
        .known_to_all();
  }
  std::string place(const FittedColumn& column) const { return fmt::format("{}.{}", source_.name(), column.column); }

  /// Exact sums over blocks and ranks: counts and sums, then deviations from the mean and their squares, of which the first
  /// corrects both for what the mean was rounded by.
  std::vector<Moments> reduce(const std::vector<std::size_t>& chosen, const std::vector<std::vector<BlockMoments>>& found) {
    const std::size_t columns = found.size();
    std::vector<Moments> moments(columns);
    std::vector<base::ExactSum> sums(columns);
    std::vector<std::int64_t> counts(columns, 0);
    std::vector<double> lowest(columns, std::numeric_limits<double>::infinity());
    std::vector<double> highest(columns, -std::numeric_limits<double>::infinity());
    comm::collective_try(communicator_, "fit transforms", [&] {
      for (std::size_t c = 0; c < columns; ++c) {
        for (const BlockMoments& block : found[c]) {
          counts[c] += block.count;
          if (needs_mean(chosen[c])) add_finite(sums[c], block.sum, chosen[c]);
          lowest[c] = std::min(lowest[c], block.lowest);
          highest[c] = std::max(highest[c], block.highest);
        }
      }
    });
    communicator_.sum(std::span(counts));
    communicator_.min(std::span(lowest));
    communicator_.max(std::span(highest));
    communicator_.sum(std::span(sums));
    for (std::size_t c = 0; c < columns; ++c) {
      if (counts[c] == 0) continue;
      moments[c] = {counts[c], sums[c].value() / static_cast<double>(counts[c]), 0, lowest[c] + 0.0, highest[c] + 0.0};
    }
    std::vector<base::ExactSum> squares(2 * columns);  // and deviations after them
    comm::collective_try(communicator_, "fit transforms", [&] {
      for (std::size_t c = 0; c < columns; ++c) {
        for (const BlockMoments& block : found[c]) {
          if (block.count == 0 || !needs_mean(chosen[c])) continue;
          const auto n = static_cast<double>(block.count);
          const double distance = block.mean - moments[c].mean;
          add_finite(squares[c], block.squares + distance * (2 * block.deviations + n * distance), chosen[c]);
          add_finite(squares[columns + c], block.deviations + n * distance, chosen[c]);
        }
      }
    });
    communicator_.sum(std::span(squares));
    for (std::size_t c = 0; c < columns; ++c) {
      if (counts[c] == 0) continue;
      const auto n = static_cast<double>(counts[c]);
      const double correction = squares[columns + c].value() / n;
      moments[c].mean = moments[c].mean + correction + 0.0;
      moments[c].variance = std::max(0.0, squares[c].value() / n - correction * correction);
    }
    return moments;
  }

  void add_finite(base::ExactSum& sum, double x, std::size_t c) const {
    if (!std::isfinite(x)) {
      throw base::input_error("the values are too large for their mean and variance to be float64", place(result_.columns[c]),
                              "clip the column, or use asinh before");
    }
    sum.add(x);
  }

  // ---- what a transform takes from the statistics; the same on every rank, so errors are too

  void settle(std::size_t c, const Moments& moments) {
    const std::size_t t = next_fitted(c);
    FittedColumn& column = result_.columns[c];
    FittedTransform& fitted = column.transforms[t];
    if (fitted.transform.kind == Kind::impute_mean) {
      need_values(column, moments.count);
      fitted.fill = moments.mean;
    } else if (fitted.transform.kind == Kind::standardize) {
      const double spread = moments.highest - moments.lowest;
      scale_by(column, fitted, moments.mean, spread == 0 ? 0.0 : base::sqrt(moments.variance), spread, moments.count);
      if (spread == 0) fitted.shift = moments.lowest;
    } else {
      const double spread = moments.highest - moments.lowest;
      scale_by(column, fitted, moments.lowest, spread, spread, moments.count);
    }
    done_[c] = t + 1;
  }

  void settle_quantiles(std::size_t c) {
    const std::size_t t = next_fitted(c);
    FittedColumn& column = result_.columns[c];
    FittedTransform& fitted = column.transforms[t];
    const auto found = quartiles(c);
    if (fitted.transform.kind == Kind::impute_median) {
      need_values(column, std::ssize(found));
      if (!found.empty()) fitted.fill = found[1];
    } else if (!found.empty()) {
      scale_by(column, fitted, found[1], found[2] - found[0], found[2] - found[0], 1);
    }
    done_[c] = t + 1;
  }

  /// The quartiles of a column's values: of a copy where every rank's budget has room for one, else read again for each round.
  std::vector<double> quartiles(std::size_t c) {
    constexpr std::array<double, 3> probabilities = {0.25, 0.5, 0.75};
    const auto reservation = budget_.try_reserve(rows_.size() * 8);
    if (communicator_.min_value(std::int64_t{reservation.has_value()}) == 0)
      return comm::quantiles(
          communicator_, [&](const comm::ValuesConsumer& consume) { read_values(c, consume); }, probabilities);
    const auto values = comm::collective_try(communicator_, "fit transforms", [&] {
      std::vector<double> all;
      all.reserve(static_cast<std::size_t>(rows_.size()));
      read_values(c, [&](std::span<const double> some) { all.insert(all.end(), some.begin(), some.end()); });
      return all;
    });
    return comm::quantiles(communicator_, std::span<const double>(values), probabilities);
  }

  /// This rank's values of a column in any order, from one thread at a time.
  void read_values(std::size_t c, const comm::ValuesConsumer& consume) const {
    const std::vector<int> read = positions({c});
    std::mutex one_at_a_time;
    parallel::scan(source_, rows_, read, [&](data::Batch&& batch, int) {
      const auto kept = kept_rows(result_.columns, batch, read, options_.infinite_is_missing);
      std::vector<double> values;
      for_blocks(batch.rows, [&](base::RowRange block) {
        values_of(c, batch, read, block, kept, values, nullptr);
        const std::scoped_lock lock(one_at_a_time);
        consume(values);
      });
    });
  }

  void need_values(const FittedColumn& column, std::int64_t count) const {
    if (count > 0 || source_.rows() == result_.dropped) return;
    throw base::input_error("every value is missing", place(column), "impute a constant, or leave the column out").known_to_all();
  }

  /// `spread` is 0 where there is none; a scale of 0 beside another spread has underflowed.
  void scale_by(const FittedColumn& column, FittedTransform& fitted, double shift, double scale, double spread,
                std::int64_t count) {
    if (count == 0) return;  // no rows: shift 0, scale 1
    if (!std::isfinite(scale)) {
      throw base::input_error("the column's range does not fit float64", place(column), "clip the column, or use asinh before")
          .known_to_all();
    }
    fitted.shift = shift;
    fitted.scale = scale;
    if (scale > 0) return;
    fitted.scale = 1;
    const auto name = transform_name(fitted.transform.kind);
    const auto what = spread > 0                              ? "the values differ by too little for float64"
                      : fitted.transform.kind == Kind::robust ? "the quartiles are equal"
                                                              : "all values are equal";
    if (options_.constant_is_error) {
      throw base::input_error(fmt::format("{} cannot scale the column: {}", name, what), place(column), "leave the column out")
          .known_to_all();
    }
    result_.warnings.push_back(fmt::format("{}: {}, so {} only shifts it", place(column), what, name));
  }

  comm::Communicator& communicator_;
  const data::BlockSource& source_;
  const TransformOptions& options_;
  data::Budget& budget_;
  base::RowRange rows_;
  FittedTransforms result_;
  std::vector<std::size_t> done_;  ///< by column: transforms before this place are fitted
};

}  // namespace

std::vector<std::string> FittedTransforms::names() const {
  std::vector<std::string> names;
  for (const FittedColumn& column : columns) names.push_back(column.column);
  return names;
}

FittedTransforms fit_transforms(comm::Communicator& communicator, const data::BlockSource& source,
                                std::span<const ColumnPlan> plans, const TransformOptions& options, data::Budget& budget,
                                const std::vector<FittedColumn>* fitted) {
  return Fit(communicator, source, plans, options, budget, fitted).run();
}

}  // namespace fullbase::prepare
