#include "algorithms/kernel_machines/smo.hpp"

#include <algorithm>
#include <cmath>
#include <memory>

#include "algorithms/kernel_machines/column_cache.hpp"
#include "algorithms/kernel_machines/kernel.hpp"
#include "algorithms/kernel_machines/working_set.hpp"
#include "base/contract.hpp"
#include "base/exact_sum.hpp"
#include "comm/agreement.hpp"
#include "parallel/for_each.hpp"

namespace fullbase::kernel_machines {

namespace {

/// Features of a row from which on a kernel column is sooner read from memory than computed again.
constexpr std::int64_t worth_keeping = 48;

constexpr std::int64_t group_values = kernel::point_group * base::block_rows;

/// What a rank holds while it solves.
class Solver {
 public:
  Solver(const SmoProblem& problem, std::int64_t all_rows, data::Budget& budget)
      : problem_(problem),
        reservation_(budget.require(smo_bytes(problem.rows.rows(), problem.rows.columns()), "a support vector machine's rows")),
        set_(problem.rows.columns(), problem.gamma),
        alphas_(static_cast<std::size_t>(problem.rows.rows()), 0.0),
        // The kernels compute whole groups of rows.
        scores_(static_cast<std::size_t>(problem.rows.blocks() * base::block_rows), 0.0),
        buffers_(static_cast<std::size_t>(parallel::thread_count() * group_values)),
        cache_(problem.rows.blocks() * base::block_rows, problem.rows.columns() < worth_keeping ? 0 : all_rows, budget) {
    std::ranges::copy(problem.signs, scores_.begin());
  }

  /// Not collective.
  void go_on_with(const SmoState& state) {
    FULLBASE_EXPECTS(state.alphas.size() == alphas_.size() && state.scores.size() == alphas_.size(),
                     "the state has an alpha and a score for each row");
    std::ranges::copy(state.alphas, alphas_.begin());
    std::ranges::copy(state.scores, scores_.begin());
  }

  WorkingSet& set() noexcept { return set_; }
  std::vector<double>& alphas() noexcept { return alphas_; }
  std::span<double> scores() noexcept { return std::span(scores_).first(static_cast<std::size_t>(problem_.rows.rows())); }
  LocalRows local() noexcept {
    return {&problem_.rows, problem_.numbers, problem_.signs, problem_.bounds, std::span(alphas_), scores()};
  }

  /// Brings alphas and scores up to date with what the round changed.
  void take_over(int rank, std::int64_t round) {
    const auto rows = local();
    std::vector<Column> columns;
    std::vector<double> points;  // of columns to compute, side by side
    std::int64_t missing = 0;
    for (const auto place : set_.changed()) {
      const auto number = set_.number(place);
      if (set_.is_mine(place, rank)) alphas_[static_cast<std::size_t>(rows.position(number))] = set_.alpha(place);
      Column column{-set_.growth(place), cache_.find(number, round), -1};
      if (column.kept == nullptr) {
        column.kept = cache_.take(number, round);
        column.computed = missing++;
        const auto point = set_.point(place);
        points.insert(points.end(), point.begin(), point.end());
      }
      columns.push_back(column);
    }
    parallel::for_each(0, problem_.rows.blocks(), [&](std::int64_t block, int thread) {
      add_columns(block, columns, points, missing, buffers_.data() + thread * group_values);
    });
  }

 private:
  /// A changed row's column: by what factor it enters, where it is kept (null: nowhere), which one of those to compute (-1:
  /// none).
  struct Column {
    double factor = 0;
    double* kept = nullptr;
    std::int64_t computed = -1;
  };

  void add_columns(std::int64_t block, std::span<const Column> columns, std::span<const double> points, std::int64_t missing,
                   double* buffer) {
    const auto& loops = kernel::active();
    const std::int64_t width = problem_.rows.columns();
    const std::int64_t rows = problem_.rows.rows_in(block);
    double* const scores = scores_.data() + block * base::block_rows;
    for (const auto& column : columns) {
      if (column.computed < 0) {
        loops.add_scaled(column.kept + block * base::block_rows, column.factor, rows, scores);
        continue;
      }
      const std::int64_t within = column.computed % kernel::point_group;
      if (within == 0) {
        const std::int64_t count = std::min(kernel::point_group, missing - column.computed);
        rbf_values(problem_.rows.block(block), rows, points.subspan(static_cast<std::size_t>(column.computed * width)), count,
                   width, problem_.gamma, buffer);
      }
      const double* const values = buffer + within * base::block_rows;
      if (column.kept != nullptr) std::copy_n(values, base::block_rows, column.kept + block * base::block_rows);
      loops.add_scaled(values, column.factor, rows, scores);
    }
  }

  const SmoProblem& problem_;
  data::Reservation reservation_;
  WorkingSet set_;
  std::vector<double> alphas_;
  std::vector<double> scores_;
  std::vector<double> buffers_;
  ColumnCache cache_;
};

/// Bias, objective and support of the alphas that were found.
void conclude(comm::Communicator& communicator, const SmoProblem& problem, std::span<const double> scores, const Gap& gap,
              SmoResult& result) {
  base::ExactSum sums[2];
  std::int64_t counts[2] = {};
  for (std::size_t i = 0; i < scores.size(); ++i) {
    const double alpha = result.alphas[i];
    if (alpha == 0) continue;
    ++counts[0];
    sums[0].add(-alpha * (problem.signs[i] * scores[i] + 1));
    if (alpha == problem.bounds[i]) continue;
    ++counts[1];
    sums[1].add(scores[i]);
  }
  communicator.sum(std::span<base::ExactSum>(sums));
  communicator.sum(std::span<std::int64_t>(counts));
  result.support = counts[0];
  result.objective = sums[0].value() / 2;
  result.gap = std::isfinite(gap.width()) ? std::max(gap.width(), 0.0) : 0.0;
  const bool highest = std::isfinite(gap.highest);
  const bool lowest = std::isfinite(gap.lowest);
  if (counts[1] > 0)
    result.bias = sums[1].value() / static_cast<double>(counts[1]);
  else if (highest && lowest)
    result.bias = (gap.highest + gap.lowest) / 2;
  else
    result.bias = highest ? gap.highest : lowest ? gap.lowest : 0;
}

}  // namespace

SmoResult solve_smo(comm::Communicator& communicator, const SmoProblem& problem, const SmoOptions& options, data::Budget& budget,
                    const SmoObserver& observer, const SmoState* resume) {
  const comm::StageScope stage(communicator.statistics(), "pairs of rows");
  const std::int64_t all_rows = communicator.sum_value(problem.rows.rows());
  Offers offers;
  auto solver = comm::collective_try(communicator, "prepare a support vector machine", [&] {
    FULLBASE_EXPECTS(problem.numbers.size() == static_cast<std::size_t>(problem.rows.rows()) &&
                         problem.signs.size() == problem.numbers.size() && problem.bounds.size() == problem.numbers.size(),
                     "each row has a number, a sign and a bound");
    auto made = std::make_unique<Solver>(problem, all_rows, budget);
    if (resume != nullptr) made->go_on_with(*resume);
    offers = best_offers(made->local());
    return made;
  });
  SmoResult result;
  if (resume != nullptr) {
    result.steps = resume->steps;
    result.rounds = resume->rounds;
    solver->set().set_places(communicator, solver->local(), resume->set);
  }
  Gap gap;
  for (;;) {
    gap = solver->set().choose(communicator, solver->local(), offers, options.tolerance);
    result.converged = gap.width() < options.tolerance;
    if (result.converged || result.steps >= options.max_steps) break;
    ++result.rounds;
    // A tenth of the gap is enough while other rows wait; a tight end saves a last round.
    const double inner = std::max(gap.width() / 10, options.tolerance / 2);
    result.steps += solver->set().optimise(inner, options.max_steps - result.steps);
    // Steps too small for doubles: no further round would do more.
    if (solver->set().changed().empty()) break;
    comm::collective_try(communicator, "pairs of rows", [&] {
      solver->take_over(communicator.rank(), result.rounds);
      offers = best_offers(solver->local());
    });
    if (observer)
      observer({solver->alphas(), solver->scores(), solver->set().places(), result.steps, result.rounds, gap.width()});
  }
  result.alphas = std::move(solver->alphas());
  conclude(communicator, problem, solver->scores(), gap, result);
  return result;
}

std::int64_t smo_bytes(std::int64_t local_rows, std::int64_t columns) noexcept {
  constexpr auto value = static_cast<std::int64_t>(sizeof(double));
  const std::int64_t padded = base::block_count(local_rows) * base::block_rows;
  // Alphas, scores and the offers of both sides; points of a round's columns; a buffer a thread.
  return padded * (2 * value + 2 * static_cast<std::int64_t>(sizeof(Offer))) + WorkingSet::bytes(columns) +
         value * working_rows * columns + parallel::thread_count() * group_values * value;
}

}  // namespace fullbase::kernel_machines
