#include "algorithms/recommendation/objective.hpp"

#include <algorithm>
#include <cmath>
#include <mutex>
#include <span>

#include "algorithms/recommendation/kernel.hpp"
#include "base/block.hpp"
#include "base/exact_sum.hpp"
#include "comm/agreement.hpp"
#include "parallel/for_each.hpp"

namespace fullbase::recommendation {
namespace {

using Work = NeededRows::Work;

/// The terms of a piece of a row's entries.
double error_of(const Work& piece, const SparseRows& entries, const float* row, const float* standing, const StandingSide& side,
                const AlsOptions& options, std::vector<float>& scores) {
  const auto first = static_cast<std::size_t>(piece.first);
  const auto count = static_cast<std::size_t>(piece.last - piece.first);
  scores.resize(count);
  kernel::active().products(row, standing, entries.columns.data() + first, piece.last - piece.first, side.stride, scores.data());
  double sum = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const double score = scores[i];
    const double value = entries.values[first + i];
    if (options.feedback == Feedback::implicit) {
      // c (1 - s)^2 in place of s^2.
      sum += (1 + options.alpha * value) * (1 - score) * (1 - score) - score * score;
    } else {
      const double left = value - side.mean - score;
      sum += left * left;
    }
  }
  return sum;
}

/// An exact sum of what threads add up.
class ThreadSums {
 public:
  ThreadSums() : sums_(static_cast<std::size_t>(parallel::thread_count())) {}
  void add(int thread, double value) { sums_[static_cast<std::size_t>(thread)].add(value); }
  base::ExactSum sum() const {
    base::ExactSum all;
    for (const auto& sum : sums_) all.add(sum);
    return all;
  }

 private:
  std::vector<base::ExactSum> sums_;
};

/// Squares of a side's factors, each row as often as its penalty counts.
void add_squares(const FactorRows& rows, const SparseRows& entries, int bias, const AlsOptions& options, ThreadSums& into) {
  parallel::for_each(0, base::block_count(rows.rows()), [&](std::int64_t block, int thread) {
    const auto range = base::rows_of_block(block, rows.rows());
    double sum = 0;
    for (auto r = range.first; r < range.last; ++r) {
      const float* const row = rows.row(r);
      double squares = 0;
      for (int f = 0; f < options.rank; ++f) squares += static_cast<double>(row[f]) * static_cast<double>(row[f]);
      if (has_biases(options)) squares += static_cast<double>(row[bias]) * static_cast<double>(row[bias]);
      sum += options.weighted ? static_cast<double>(entries.length(r)) * squares : squares;
    }
    into.add(thread, sum);
  });
}

double trace_of_product(const std::vector<double>& a, const std::vector<double>& b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += a[i] * b[i];
  return sum;
}

}  // namespace

ObjectiveValue objective(comm::Communicator& communicator, const SolvedSide& solved, const SolvedSide& standing,
                         const NeededRows& needed, FactorRows& standing_rows, const StandingSide& side,
                         const AlsOptions& options) {
  ThreadSums errors;
  ThreadSums squares;
  std::vector<std::vector<float>> scores(static_cast<std::size_t>(parallel::thread_count()));
  needed.for_each_round_again(communicator, "objective", standing_rows, [&](std::span<const Work> pieces) {
    parallel::for_each(
        0, std::ssize(pieces),
        [&](std::int64_t i, int thread) {
          const Work& piece = pieces[static_cast<std::size_t>(i)];
          errors.add(thread, error_of(piece, *solved.entries, solved.rows->row(piece.row), standing_rows.row(0), side, options,
                                      scores[static_cast<std::size_t>(thread)]));
        },
        work_grain);
  });
  comm::collective_try(communicator, "objective", [&] {
    add_squares(*solved.rows, *solved.entries, side.bias_of_other, options, squares);
    add_squares(*standing.rows, *standing.entries, side.bias, options, squares);
  });
  base::ExactSum sums[] = {errors.sum(), squares.sum()};
  communicator.sum(std::span(sums));
  const auto entries = communicator.sum_value(solved.entries->entries());
  const double squared_errors = sums[0].value();
  ObjectiveValue value;
  value.objective = squared_errors + options.regularisation * sums[1].value();
  if (options.feedback == Feedback::implicit)
    value.objective += trace_of_product(*solved.gram, *standing.gram);
  else
    value.rmse = std::sqrt(squared_errors / static_cast<double>(std::max<std::int64_t>(1, entries)));
  return value;
}

}  // namespace fullbase::recommendation
