// Decision functions as sums of kernels around points: what every kernel machine comes down to.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "algorithms/learning/model_words.hpp"

namespace fullbase::kernel_machines {

enum class Scheme : std::uint8_t {
  one_vs_one,   ///< a machine for each pair of classes, positive for the later one: (0, 1), (0, 2), ..., (1, 2), ...
  one_vs_rest,  ///< of two classes one machine, positive for the second; else one a class, positive for it
};

/// Machines that `classes` classes take.
constexpr std::int64_t machine_count(Scheme scheme, std::int64_t classes) noexcept {
  return classes == 2 ? 1 : scheme == Scheme::one_vs_one ? classes * (classes - 1) / 2 : classes;
}
/// The machine of the pair of classes a < b.
constexpr std::int64_t pair_machine(std::int64_t a, std::int64_t b, std::int64_t classes) noexcept {
  return a * (2 * classes - a - 1) / 2 + (b - a - 1);
}

/// f_m(x) = sum_s coefficient_sm exp(-gamma ||x - p_s||^2) + bias_m. A point speaks in `slots` machines: with one_vs_one in those
/// of its class, in the order of the other classes, else in all.
struct KernelExpansion {
  Scheme scheme = Scheme::one_vs_one;
  std::int64_t classes = 2;
  std::int64_t columns = 0;
  double gamma = 1;
  std::vector<double> points = {};               ///< features side by side
  std::vector<std::int32_t> point_classes = {};  ///< one_vs_one: class of each point, ascending
  std::vector<double> coefficients = {};         ///< slots() a point
  std::vector<double> biases = {};               ///< one a machine

  std::int64_t machines() const noexcept { return machine_count(scheme, classes); }
  std::int64_t slots() const noexcept { return scheme == Scheme::one_vs_one ? classes - 1 : machines(); }
  std::int64_t count() const noexcept { return slots() == 0 ? 0 : static_cast<std::int64_t>(coefficients.size()) / slots(); }
  std::span<const double> point(std::int64_t s) const noexcept {
    return std::span(points).subspan(static_cast<std::size_t>(s * columns), static_cast<std::size_t>(columns));
  }
  double coefficient(std::int64_t s, std::int64_t slot) const noexcept {
    return coefficients[static_cast<std::size_t>(s * slots() + slot)];
  }
  std::int64_t machine(std::int64_t s, std::int64_t slot) const noexcept;

  /// By how much point s moves the mean of the machines' decisions for class `c` (for the second class of two, the decision).
  double weight_for(std::int64_t s, std::int64_t c) const noexcept;
};

/// Decisions of a block's rows (row_panel.hpp): of machine m and row i at out[m * base::block_rows + i]. `buffer` holds
/// kernel::point_group * base::block_rows values. The same bits on every CPU. Cost: a kernel value a point and row.
void decide(const KernelExpansion& expansion, const double* block, std::int64_t rows, double* buffer, double* out);

/// What decisions of the machines (of machine m at decisions[m * stride]) say for each class. Two classes: -f and f. One-vs-rest:
/// f_k. One-vs-one: votes (ties to the earlier class) plus a third of s / (|s| + 1), s the sum of the decisions for the class,
/// as scikit-learn's decision_function_shape="ovr".
void class_scores(Scheme scheme, std::int64_t classes, const double* decisions, std::int64_t stride, double* out);

void write_expansion(learning::ModelWriter& writer, const KernelExpansion& expansion);
/// Throws input errors for what does not fit together.
KernelExpansion read_expansion(const learning::ModelReader& reader);

}  // namespace fullbase::kernel_machines
