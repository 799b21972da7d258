// The exact classifier with the rbf kernel: a machine for each pair of classes.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "algorithms/kernel_machines/expansion.hpp"
#include "algorithms/kernel_machines/row_panel.hpp"
#include "algorithms/kernel_machines/smo.hpp"
#include "comm/communicator.hpp"
#include "data/budget.hpp"

namespace fullbase::kernel_machines {

/// This rank's rows.
struct SvcRows {
  const RowPanel& rows;
  std::int64_t first = 0;                 ///< number of the first, over all ranks
  std::span<const std::int32_t> classes;  ///< of each row; -1: does not take part
};

struct SvcOptions {
  double gamma = 1;
  double cost = 1;                        ///< C
  std::span<const double> class_weights;  ///< one a class: C of its rows is C times that
  SmoOptions smo = {};
};

/// What became of a machine.
struct Machine {
  std::int32_t first = 0;  ///< class that it speaks against
  std::int32_t second = 1;
  std::int64_t rows = 0;
  std::int64_t support = 0;
  double bias = 0;
  double objective = 0;
  double gap = 0;
  std::int64_t steps = 0;
  std::int64_t rounds = 0;
  bool converged = false;
  friend bool operator==(const Machine&, const Machine&) = default;
};

struct Svc {
  KernelExpansion expansion;      ///< the same on every rank; points by class, then row
  std::vector<Machine> machines;  ///< the same on every rank
  std::vector<double>
      coefficients;               ///< of the local rows, slots() each: alpha y in the machines of the row's class; 0: no support
  data::Reservation reservation;  ///< of these coefficients
};

/// What an interrupted fit needs to go on with the same result, on any ranks (svc_state.hpp).
struct SvcState {
  std::span<const Machine> machines;     ///< that are done; the same on every rank
  std::span<const double> coefficients;  ///< of the local rows, as Svc has them
  SmoState running;                      ///< of the next machine: alphas and scores of all local rows, 0 of other classes'
};

/// Called on every rank at the end of each round of a machine; what the state refers to is there while the call lasts. It may
/// communicate and, on all ranks alike, throw.
using SvcObserver = std::function<void(const SvcState& state)>;

/// Where an interrupted fit stood, but for what it has of each row.
struct SvcProgress {
  std::vector<Machine> machines;  ///< that are done
  SmoState running;               ///< of the next machine, but for alphas and scores
};
/// Puts what a state has of the local rows, as SvcState has it, to where a fit has its own, and gives the rest. Called once on
/// every rank, not collectively.
using SvcResume = std::function<SvcProgress(std::span<double> coefficients, std::span<double> alphas, std::span<double> scores)>;

/// Collective. Solves the problem of each pair of classes, one after the other, as LIBSVM does (C.-C. Chang, C.-J. Lin 2011).
///
/// Memory: what solve_smo() takes for the rows of two classes, a copy of these rows, 8 (K + 1) bytes a local row, and the points
/// that support (8 bytes a feature and slot each) on every rank. Sends what solve_smo() sends, and those points.
Svc fit_svc(comm::Communicator& communicator, const SvcRows& rows, std::int64_t classes, const SvcOptions& options,
            data::Budget& budget, const SvcObserver& observer = {}, const SvcResume& resume = {});

}  // namespace fullbase::kernel_machines
