#include "algorithms/recommendation/half_step.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "base/error.hpp"
#include "parallel/for_each.hpp"

namespace fullbase::recommendation {
namespace {

using Work = NeededRows::Work;

[[noreturn]] void throw_undetermined() {
  throw base::input_error("the factors of a row with few entries are not determined", {},
                          "ask for some regularisation, or for fewer factors");
}

/// Whatever a solver made of the numbers it was given.
void check_row(const float* row, std::int64_t stride) {
  if (std::all_of(row, row + stride, [](float value) { return std::isfinite(value); })) return;
  throw base::input_error("factors grew beyond what a float32 holds", {}, "ask for more regularisation, or for a smaller alpha");
}

}  // namespace

/// What is known of a row of several pieces.
struct HalfStep::LongRow {
  std::int64_t next = 0;                                 ///< first entry that is not in `sum`
  std::unique_ptr<NormalEquations> sum;                  ///< of the pieces before
  std::map<std::int64_t, NormalEquations> waiting = {};  ///< by their first entry
};

HalfStep::HalfStep(const SparseRows& entries, const AlsOptions& options, const StandingSide& side, FactorRows& into)
    : entries_(entries),
      options_(options),
      side_(side),
      into_(into),
      solvers_(static_cast<std::size_t>(parallel::thread_count())) {}

HalfStep::~HalfStep() = default;

std::int64_t HalfStep::bytes(const AlsOptions& options, std::int64_t longest) noexcept {
  const std::int64_t threads = parallel::thread_count();
  const auto solvers = threads * RowSolver::bytes(options, std::min(longest, work_entries));
  if (longest <= work_entries) return solvers;
  const auto stride = FactorRows::stride_of(options.rank + (has_biases(options) ? 2 : 0));
  return solvers + (threads * (work_grain + 1) + 1) * NormalEquations::bytes(stride);
}

void HalfStep::solve(std::span<const Work> pieces) {
  parallel::for_each(
      0, std::ssize(pieces),
      [&](std::int64_t i, int thread) {
        auto& solver = solvers_[static_cast<std::size_t>(thread)];
        if (!solver) solver = std::make_unique<RowSolver>(options_, side_);
        const Work& piece = pieces[static_cast<std::size_t>(i)];
        if (entries_.length(piece.row) > work_entries) return solve_part(piece, *solver);
        if (!solver->solve(entries_.columns_of(piece.row), entries_.values_of(piece.row), into_.row(piece.row)))
          throw_undetermined();
        check_row(into_.row(piece.row), into_.stride());
      },
      work_grain);
}

void HalfStep::solve_part(const Work& piece, RowSolver& solver) {
  const auto first = static_cast<std::size_t>(piece.first);
  const auto count = static_cast<std::size_t>(piece.last - piece.first);
  NormalEquations part(side_.stride);
  solver.set_equations(std::span(entries_.columns).subspan(first, count), std::span(entries_.values).subspan(first, count), part);
  std::unique_ptr<NormalEquations> whole;
  {
    const std::scoped_lock lock(mutex_);
    auto& row = long_rows_[piece.row];
    const auto begin = entries_.starts[static_cast<std::size_t>(piece.row)];
    if (!row.sum) {
      row.sum = std::make_unique<NormalEquations>(side_.stride);
      row.next = begin;
    }
    row.waiting.emplace(piece.first, std::move(part));
    for (auto next = row.waiting.find(row.next); next != row.waiting.end(); next = row.waiting.find(row.next)) {
      row.sum->add(next->second);
      row.next = std::min(row.next + work_entries, begin + entries_.length(piece.row));
      row.waiting.erase(next);
    }
    if (row.next < begin + entries_.length(piece.row)) return;
    whole = std::move(row.sum);
    long_rows_.erase(piece.row);
  }
  if (!solver.solve(*whole, entries_.length(piece.row), into_.row(piece.row))) throw_undetermined();
  check_row(into_.row(piece.row), into_.stride());
}

}  // namespace fullbase::recommendation
