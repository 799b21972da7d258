// Half a step of alternating least squares: one side is solved while the other stands.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <vector>

#include "algorithms/recommendation/needed_rows.hpp"
#include "algorithms/recommendation/row_solver.hpp"

namespace fullbase::recommendation {

/// Solves this rank's rows of a side, a round of pieces of work after the other. Rows of several pieces are put together from
/// their normal equations in the order of pieces, by whichever thread has the last. Memory: bytes().
class HalfStep {
 public:
  /// Keeps references. `entries`: this rank's rows of the side that is solved, columns as NeededRows left them.
  HalfStep(const SparseRows& entries, const AlsOptions& options, const StandingSide& side, FactorRows& into);
  ~HalfStep();
  HalfStep(const HalfStep&) = delete;
  HalfStep& operator=(const HalfStep&) = delete;

  /// A RowSolver a thread; and where there are rows of several pieces NormalEquations for each piece that a thread works on or
  /// that waits for one before it, work_grain + 1 a thread, and for the row that goes on in the next round. `longest`: entries of
  /// the longest row.
  static std::int64_t bytes(const AlsOptions& options, std::int64_t longest) noexcept;

  /// The pieces of a round, in their order. Not collective. Throws an input error for a row whose factors are not determined or
  /// not finite, that of the first such row.
  void solve(std::span<const NeededRows::Work> pieces);

 private:
  struct LongRow;
  void solve_part(const NeededRows::Work& piece, RowSolver& solver);

  const SparseRows& entries_;
  const AlsOptions& options_;
  StandingSide side_;
  FactorRows& into_;
  std::vector<std::unique_ptr<RowSolver>> solvers_;  ///< by thread
  std::mutex mutex_;
  std::map<std::int64_t, LongRow> long_rows_;  ///< those that are not complete yet
};

}  // namespace fullbase::recommendation
