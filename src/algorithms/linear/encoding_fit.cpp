#include "algorithms/linear/encoding_fit.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "algorithms/linear/seen_values.hpp"
#include "algorithms/prepare/column_values.hpp"
#include "base/error.hpp"
#include "base/exact_sum.hpp"
#include "base/math.hpp"
#include "base/size.hpp"
#include "comm/agreement.hpp"
#include "parallel/for_each.hpp"
#include "parallel/scan.hpp"

namespace fullbase::linear {
namespace {

/// Greatest magnitude of a value: squares of as many as there may be can still be added.
constexpr double greatest_allowed = 1e140;

using Visit = std::function<void(std::int64_t block, const double* values)>;

class Fit {
 public:
  Fit(comm::Communicator& communicator, const data::BlockSource& source, std::span<const learning::Feature> features,
      const learning::FeatureReader& reader, const DesignOptions& options, const Visit& visit)
      : communicator_(communicator),
        source_(source),
        features_(features),
        reader_(reader),
        options_(options),
        local_(base::Partition(source.rows(), communicator.size()).blocks_of(communicator.rank())),
        visit_(visit),
        encoding_(lay_out(source, features)) {
    moments_.resize(encoding_.numbers.size() * static_cast<std::size_t>(local_.size()));
  }

  Encoding run() {
    SeenValues seen = pass();
    refuse(seen);
    settle_means();
    settle_deviations(seen);
    for (const auto count : seen.categories)
      encoding_.shares.push_back(static_cast<double>(count) / static_cast<double>(std::max<std::int64_t>(1, seen.rows)));
    return std::move(encoding_);
  }

 private:
  SeenValues fresh() const {
    SeenValues seen(features_.size());
    seen.categories.assign(static_cast<std::size_t>(encoding_.places() - encoding_.dense()), 0);
    return seen;
  }

  SeenValues pass() {
    std::vector<SeenValues> seen(static_cast<std::size_t>(parallel::thread_count()), fresh());
    comm::collective_try(communicator_, "fit encoding", [&] {
      const auto rows = base::rows_of_blocks(local_, source_.rows());
      parallel::scan(source_, rows, reader_.columns(), [&](data::Batch&& batch, int thread) {
        std::vector<double> values(features_.size() * static_cast<std::size_t>(base::block_rows));
        prepare::for_blocks(batch.rows, [&](base::RowRange block) {
          reader_.read(batch, block.first - batch.rows.first, block.last - batch.rows.first, values.data(), base::block_rows);
          if (visit_) visit_(base::block_of_row(block.first), values.data());
          look_at(block, values, seen[static_cast<std::size_t>(thread)]);
        });
      });
    });
    for (std::size_t t = 1; t < seen.size(); ++t) seen.front().add(seen[t]);
    seen.front().reduce(communicator_);
    return std::move(seen.front());
  }

  void look_at(base::RowRange rows, const std::vector<double>& values, SeenValues& seen) {
    const auto count = static_cast<std::size_t>(rows.size());
    seen.rows += rows.size();
    std::vector<double> known;
    for (std::size_t j = 0; j < encoding_.numbers.size(); ++j) {
      const auto f = static_cast<std::size_t>(encoding_.numbers[j]);
      take_values(f, std::span(values).subspan(f * static_cast<std::size_t>(base::block_rows), count), rows.first, seen, known);
      const auto place = (base::block_of_row(rows.first) - local_.first) * std::ssize(encoding_.numbers);
      moments_[static_cast<std::size_t>(place) + j] = moments_of(known);
    }
    for (std::size_t c = 0; c < encoding_.categoricals.size(); ++c) {
      const auto f = static_cast<std::size_t>(encoding_.categoricals[c]);
      for (std::size_t i = 0; i < count; ++i) {
        const double x = values[f * static_cast<std::size_t>(base::block_rows) + i];
        if (x >= 0) {
          ++seen.categories[static_cast<std::size_t>(encoding_.first[c] - encoding_.dense() + static_cast<std::int64_t>(x))];
        } else if (std::isnan(x)) {
          ++seen.missing[f];
          seen.first_missing[f] = std::min(seen.first_missing[f], rows.first + static_cast<std::int64_t>(i));
        }
      }
    }
  }

  /// The values that count, into `known`.
  static void take_values(std::size_t f, std::span<const double> values, std::int64_t first_row, SeenValues& seen,
                          std::vector<double>& known) {
    // Eight values side by side, for vectors.
    constexpr std::size_t lanes = 8;
    std::array<double, lanes> least;
    std::array<double, lanes> greatest;
    least.fill(std::numeric_limits<double>::infinity());
    greatest.fill(-std::numeric_limits<double>::infinity());
    bool all_known = true;
    const auto take = [&](std::size_t first, std::size_t count) {
      for (std::size_t lane = 0; lane < count; ++lane) {
        const double x = values[first + lane];
        least[lane] = x < least[lane] ? x : least[lane];
        greatest[lane] = x > greatest[lane] ? x : greatest[lane];
        all_known &= std::fabs(x) <= greatest_allowed;
      }
    };
    std::size_t done = 0;
    for (; done + lanes <= values.size(); done += lanes) take(done, lanes);
    take(done, values.size() - done);
    if (all_known) {
      known.assign(values.begin(), values.end());
      seen.least[f] = std::min(seen.least[f], *std::ranges::min_element(least));
      seen.greatest[f] = std::max(seen.greatest[f], *std::ranges::max_element(greatest));
      return;
    }
    known.clear();
    for (std::size_t i = 0; i < values.size(); ++i) {
      const double x = values[i];
      if (std::fabs(x) <= greatest_allowed) {
        known.push_back(x);
        seen.least[f] = std::min(seen.least[f], x);
        seen.greatest[f] = std::max(seen.greatest[f], x);
      } else if (std::isnan(x)) {
        ++seen.missing[f];
        seen.first_missing[f] = std::min(seen.first_missing[f], first_row + static_cast<std::int64_t>(i));
      } else {
        ++seen.infinite[f];
        seen.first_infinite[f] = std::min(seen.first_infinite[f], first_row + static_cast<std::int64_t>(i));
      }
    }
  }

  void refuse(const SeenValues& seen) const {
    const auto fail = [&](std::size_t f, std::int64_t count, std::int64_t row, const char* what, const char* advice) {
      throw base::input_error(fmt::format("{} {} {}, the first in row {}", base::format_count(count),
                                          count == 1 ? "value is" : "values are", what, source_.source_row(row)),
                              fmt::format("{}.{}", source_.name(), features_[f].name), advice)
          .known_to_all();
    };
    for (std::size_t f = 0; f < features_.size(); ++f) {
      if (seen.infinite[f] > 0)
        fail(f, seen.infinite[f], seen.first_infinite[f], "infinite or beyond 1e140",
             "leave such rows out with `where`, or clip the column");
      if (seen.missing[f] == 0) continue;
      if (options_.missing == Missing::error)
        fail(f, seen.missing[f], seen.first_missing[f], "missing",
             "write `missing: mean`, leave such rows out with `where`, or leave the column out");
      if (seen.missing[f] == seen.rows)
        fail(f, seen.missing[f], seen.first_missing[f], "missing: all that there are", "leave the column out");
    }
  }

  /// An exact sum a number column of what `term` makes of each block's moments, over all ranks.
  template <class F>
  std::vector<base::ExactSum> sums(F term) {
    const auto columns = encoding_.numbers.size();
    std::vector<base::ExactSum> all(columns);
    for (std::size_t i = 0; i < moments_.size(); ++i) all[i % columns].add(term(moments_[i], i % columns));
    communicator_.sum(std::span(all));
    return all;
  }

  void settle_means() {
    const auto total = sums([](const BlockMoments& block, std::size_t) { return block.sum; });
    const auto count = sums([](const BlockMoments& block, std::size_t) { return block.count; });
    for (std::size_t j = 0; j < total.size(); ++j) encoding_.mean.push_back(total[j].value() / std::max(1.0, count[j].value()));
  }

  void settle_deviations(const SeenValues& seen) {
    const auto squares = sums([&](const BlockMoments& block, std::size_t j) {
      const double shift = block.mean - encoding_.mean[j];
      return block.squares + 2 * shift * block.deviations + block.count * shift * shift;
    });
    for (std::size_t j = 0; j < encoding_.numbers.size(); ++j) {
      const auto f = static_cast<std::size_t>(encoding_.numbers[j]);
      const bool constant = !(seen.least[f] < seen.greatest[f]);
      // The mean of equal values may be off by a rounding, which would not be scaled to nothing.
      if (constant) encoding_.mean[j] = seen.rows > 0 ? seen.least[f] : 0;
      // Of the column with its missing values filled: they add nothing to the squares.
      const double variance = std::max(0.0, squares[j].value() / static_cast<double>(std::max<std::int64_t>(1, seen.rows)));
      const double deviation = base::sqrt(variance);
      encoding_.spread.push_back(constant ? 0.0 : deviation);
      encoding_.deviation.push_back(options_.standardize && !constant && deviation > 0 ? deviation : 1.0);
      const double mean = encoding_.mean[j];
      encoding_.greatest.push_back(constant ? 0.0
                                            : std::max(std::fabs(seen.least[f] - mean), std::fabs(seen.greatest[f] - mean)) /
                                                  encoding_.deviation.back());
    }
  }

  comm::Communicator& communicator_;
  const data::BlockSource& source_;
  std::span<const learning::Feature> features_;
  const learning::FeatureReader& reader_;
  const DesignOptions& options_;
  base::BlockRange local_;
  const Visit& visit_;
  Encoding encoding_;
  std::vector<BlockMoments> moments_;  ///< by local block, then number column
};

}  // namespace

Encoding lay_out(const data::BlockSource& source, std::span<const learning::Feature> features) {
  auto encoding = Encoding::of(features);
  if (encoding.places() > std::numeric_limits<std::int32_t>::max())
    throw base::input_error("a linear model has at most 2^31 coefficients an output", source.name(),
                            "leave out the columns with the most categories")
        .known_to_all();
  return encoding;
}

std::int64_t encoding_fit_bytes(std::int64_t blocks, std::int64_t numbers) noexcept {
  return blocks * numbers * static_cast<std::int64_t>(sizeof(BlockMoments));
}

Encoding fit_encoding(comm::Communicator& communicator, const data::BlockSource& source,
                      std::span<const learning::Feature> features, const learning::FeatureReader& reader,
                      const DesignOptions& options, const Visit& visit) {
  return Fit(communicator, source, features, reader, options, visit).run();
}

}  // namespace fullbase::linear
