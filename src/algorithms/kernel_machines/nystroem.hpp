// The rbf kernel by a sample of rows (C. K. I. Williams, M. Seeger 2001), for tables too large for the exact machine.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "algorithms/kernel_machines/expansion.hpp"
#include "algorithms/learning/features.hpp"
#include "algorithms/linear/design.hpp"
#include "algorithms/linear/encoding.hpp"
#include "algorithms/linear/fit.hpp"
#include "comm/communicator.hpp"
#include "data/block_source.hpp"
#include "data/budget.hpp"
#include "data/spill.hpp"
#include "random/generator.hpp"

namespace fullbase::kernel_machines {

/// Collective; the same on every rank. `count` different rows of `rows`, all sets equally likely: those of the lowest (random
/// word, row), ascending; all rows where there are no more. Sends 16 bytes an offered row, of which each rank has at most
/// `count`.
std::vector<std::int64_t> draw_rows(comm::Communicator& communicator, random::Key key, std::int64_t rows, std::int64_t count);

/// Collective; the same on every rank. Encoded features of these rows (ascending) side by side. Sends them once to every rank.
std::vector<double> gather_rows(comm::Communicator& communicator, const data::BlockSource& source,
                                std::span<const learning::Feature> features, const linear::Encoding& encoding,
                                std::span<const std::int64_t> rows);

/// Features phi(x) = L^-1 k(x), k_j(x) = exp(-gamma ||x - landmark_j||^2), L L' the landmarks' own kernel with 1e-8 more on its
/// diagonal: phi(x)'phi(y) is Nystroem's approximation of the kernel. They differ from K^-1/2 k(x) by a rotation, which no
/// penalised fit sees.
class NystroemMap {
 public:
  NystroemMap(double gamma, std::int64_t columns, std::vector<double> landmarks);

  std::int64_t count() const noexcept { return count_; }
  /// Maps rows of a block (row_panel.hpp): feature p of row i at out[p * base::block_rows + i]. `buffer` holds count() *
  /// base::block_rows values. The same bits on every CPU. Cost: a kernel value and m / 2 multiplications a feature.
  void map(const double* block, std::int64_t rows, double* buffer, double* out) const;
  /// The decision functions that a linear fit in these features is, as sums of kernels around the landmarks.
  KernelExpansion expansion(const linear::LinearFit& fit, std::int64_t classes) const;

  /// 8 (2 m^2 + m d) bytes.
  static std::int64_t bytes(std::int64_t count, std::int64_t columns) noexcept;

 private:
  double gamma_;
  std::int64_t columns_;
  std::int64_t count_;
  std::vector<double> landmarks_;
  std::vector<double> inverse_;  ///< of L, row by row
};

/// What map_rows() requires while it runs: 16 KiB a landmark and thread.
std::int64_t map_bytes(std::int64_t count) noexcept;

/// Collective. The table's rows in these features, as a linear fit takes them: 8 (m + 1) bytes a row, spilled beyond the budget,
/// of which `beside` is left to the fit.
linear::Design map_rows(comm::Communicator& communicator, const data::BlockSource& source,
                        std::span<const learning::Feature> features, const linear::Encoding& encoding, const NystroemMap& map,
                        data::Budget& budget, data::Spill& spill, std::int64_t beside);

}  // namespace fullbase::kernel_machines
