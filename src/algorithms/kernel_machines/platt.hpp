// Probabilities from decision values: J. Platt's sigmoid, fitted as H.-T. Lin, C.-J. Lin and R. C. Weng (2007) do.
#pragma once

#include <cstdint>
#include <span>

#include "comm/communicator.hpp"

namespace fullbase::kernel_machines {

/// P(yes | f) = 1 / (1 + exp(slope f + offset)).
struct Sigmoid {
  double slope = -1;
  double offset = 0;

  double probability(double decision) const noexcept;
};

/// Collective; the same on every rank. Fits the sigmoid to decision values of rows that the machine was not trained on, by
/// Newton's method with backtracking on the cross-entropy with targets (n_yes + 1) / (n_yes + 2) and 1 / (n_no + 2), until the
/// gradient is below 1e-5 or 100 iterations are done. Sums over rows are exact. Decision values are finite; `yes` is 0 or 1.
/// Sends 5 exact sums (552 bytes each) an iteration and one a backtracking step.
Sigmoid fit_sigmoid(comm::Communicator& communicator, std::span<const double> decisions, std::span<const std::uint8_t> yes);

}  // namespace fullbase::kernel_machines
