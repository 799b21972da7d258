#include "algorithms/kernel_machines/expansion.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "algorithms/kernel_machines/kernel.hpp"
#include "algorithms/kernel_machines/row_panel.hpp"
#include "algorithms/learning/target.hpp"
#include "base/error.hpp"

namespace fullbase::kernel_machines {

std::int64_t KernelExpansion::machine(std::int64_t s, std::int64_t slot) const noexcept {
  if (scheme == Scheme::one_vs_rest) return slot;
  const std::int64_t own = point_classes[static_cast<std::size_t>(s)];
  return slot < own ? pair_machine(slot, own, classes) : pair_machine(own, slot + 1, classes);
}

double KernelExpansion::weight_for(std::int64_t s, std::int64_t c) const noexcept {
  if (scheme == Scheme::one_vs_rest) return classes == 2 ? coefficient(s, 0) : coefficient(s, c);
  if (classes == 2) return coefficient(s, 0);
  // Each machine of class c in which the point speaks; its decision counts against the earlier class of the pair.
  const std::int64_t own = point_classes[static_cast<std::size_t>(s)];
  double sum = 0;
  for (std::int64_t slot = 0; slot < slots(); ++slot) {
    const std::int64_t other = slot < own ? slot : slot + 1;
    if (own != c && other != c) continue;
    sum += c == std::max(own, other) ? coefficient(s, slot) : -coefficient(s, slot);
  }
  return sum / static_cast<double>(classes - 1);
}

void decide(const KernelExpansion& expansion, const double* block, std::int64_t rows, double* buffer, double* out) {
  const auto& loops = kernel::active();
  for (std::int64_t m = 0; m < expansion.machines(); ++m)
    std::fill_n(out + m * base::block_rows, base::block_rows, expansion.biases[static_cast<std::size_t>(m)]);
  for (std::int64_t s = 0; s < expansion.count(); s += kernel::point_group) {
    const std::int64_t count = std::min(kernel::point_group, expansion.count() - s);
    rbf_values(block, rows, std::span(expansion.points).subspan(static_cast<std::size_t>(s * expansion.columns)), count,
               expansion.columns, expansion.gamma, buffer);
    for (std::int64_t p = s; p < s + count; ++p)
      for (std::int64_t slot = 0; slot < expansion.slots(); ++slot) {
        const double coefficient = expansion.coefficient(p, slot);
        if (coefficient == 0) continue;
        loops.add_scaled(buffer + (p - s) * base::block_rows, coefficient, rows,
                         out + expansion.machine(p, slot) * base::block_rows);
      }
  }
}

void class_scores(Scheme scheme, std::int64_t classes, const double* decisions, std::int64_t stride, double* out) {
  if (classes == 2) {
    out[0] = 0 - decisions[0];
    out[1] = decisions[0] + 0.0;
    return;
  }
  if (scheme == Scheme::one_vs_rest) {
    for (std::int64_t c = 0; c < classes; ++c) out[c] = decisions[c * stride] + 0.0;
    return;
  }
  for (std::int64_t c = 0; c < classes; ++c) {
    std::int64_t votes = 0;
    double sum = 0;
    for (std::int64_t other = 0; other < classes; ++other) {
      if (other == c) continue;
      const double decision = decisions[pair_machine(std::min(c, other), std::max(c, other), classes) * stride];
      votes += c < other ? decision <= 0 : decision > 0;
      sum += c < other ? -decision : decision;
    }
    out[c] = static_cast<double>(votes) + sum / (3 * (std::fabs(sum) + 1));
  }
}

void write_expansion(learning::ModelWriter& writer, const KernelExpansion& expansion) {
  const std::vector<std::int64_t> classes(expansion.point_classes.begin(), expansion.point_classes.end());
  writer.integer("scheme", static_cast<std::int64_t>(expansion.scheme))
      .integer("columns", expansion.columns)
      .number("gamma", expansion.gamma)
      .numbers("points", expansion.points)
      .integers("point_classes", classes)
      .numbers("coefficients", expansion.coefficients)
      .numbers("biases", expansion.biases)
      .integer("machine_classes", expansion.classes);
}

KernelExpansion read_expansion(const learning::ModelReader& reader) {
  const auto damaged = [&](const char* what) {
    return base::input_error(fmt::format("the model's {}", what), reader.where(), "train it anew");
  };
  KernelExpansion expansion;
  const auto scheme = reader.integer("scheme");
  if (scheme != 0 && scheme != 1) throw damaged("scheme is none that there is");
  expansion.scheme = static_cast<Scheme>(scheme);
  expansion.classes = reader.integer("machine_classes");
  expansion.columns = reader.integer("columns");
  expansion.gamma = reader.number("gamma");
  expansion.points = reader.numbers("points");
  expansion.coefficients = reader.numbers("coefficients");
  expansion.biases = reader.numbers("biases");
  for (const auto c : reader.integers("point_classes")) {
    if (c < 0 || c >= expansion.classes) throw damaged("points are of classes that there are not");
    expansion.point_classes.push_back(static_cast<std::int32_t>(c));
  }
  if (expansion.classes < 2 || expansion.classes > learning::most_classes || expansion.columns < 1)
    throw damaged("classes or columns are too few or too many");
  if (!std::isfinite(expansion.gamma) || expansion.gamma <= 0) throw damaged("gamma is no positive number");
  const auto fits = [](std::size_t size, std::int64_t count, std::int64_t each) {
    return static_cast<std::int64_t>(size) % each == 0 && static_cast<std::int64_t>(size) / each == count;
  };
  const auto count = expansion.count();
  const bool has_classes = expansion.scheme == Scheme::one_vs_one;
  if (!fits(expansion.coefficients.size(), count, expansion.slots()) ||
      !fits(expansion.points.size(), count, expansion.columns) || std::ssize(expansion.biases) != expansion.machines() ||
      std::ssize(expansion.point_classes) != (has_classes ? count : std::int64_t{0}))
    throw damaged("arrays do not fit together");
  return expansion;
}

}  // namespace fullbase::kernel_machines
