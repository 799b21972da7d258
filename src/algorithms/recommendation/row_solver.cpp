#include "algorithms/recommendation/row_solver.hpp"

#include <algorithm>

#include "algorithms/recommendation/kernel.hpp"

namespace fullbase::recommendation {
namespace {

constexpr int most_unknowns_of_cholesky = 128;

std::size_t size_of(std::int64_t count) noexcept {
  return static_cast<std::size_t>(count);
}

}  // namespace

bool uses_conjugate_gradient(const AlsOptions& options) noexcept {
  if (options.solver != Solver::automatic) return options.solver == Solver::conjugate_gradient;
  return options.rank > most_unknowns_of_cholesky;
}

void NormalEquations::add(const NormalEquations& other) {
  for (std::size_t i = 0; i < matrix.size(); ++i) matrix[i] += other.matrix[i];
  for (std::size_t i = 0; i < right.size(); ++i) right[i] += other.right[i];
}

RowSolver::RowSolver(const AlsOptions& options, const StandingSide& side)
    : options_(options),
      side_(side),
      biases_(has_biases(options)),
      stride_(side.stride),
      unknowns_(options.rank + (biases_ ? 1 : 0)),
      equations_(stride_),
      piece_(size_of(stride_ * stride_)),
      piece_right_(size_of(stride_)),
      piece_bias_(size_of(stride_)),
      weights_(size_of(kernel::panel_rows)),
      targets_(size_of(kernel::panel_rows)),
      ones_(size_of(kernel::panel_rows), 1.0F),
      work_(size_of(32 * stride_)),
      sums_(size_of(stride_)),
      x_(size_of(stride_)),
      residual_(x_.size()),
      direction_(x_.size()),
      image_(x_.size()) {}

std::int64_t RowSolver::bytes(const AlsOptions& options, std::int64_t entries) noexcept {
  const auto stride = FactorRows::stride_of(options.rank + (has_biases(options) ? 2 : 0));
  const auto of_pieces = 4 * stride * (stride + 2) + 4 * 3 * kernel::panel_rows;
  const auto of_vectors = 8 * (32 + 1) * stride + 4 * 4 * stride;
  const auto of_entries = uses_conjugate_gradient(options) ? (4 * stride + 12) * entries : 0;
  return NormalEquations::bytes(stride) + of_pieces + of_vectors + of_entries;
}

bool RowSolver::solve(std::span<const std::int32_t> columns, std::span<const float> values, float* row) {
  if (columns.empty()) {
    std::ranges::fill(x_, 0.0F);
    put(x_.data(), row);
    return true;
  }
  if (uses_conjugate_gradient(options_)) return solve_by_gradient(columns, values, row);
  set_equations(columns, values, equations_);
  return solve(equations_, std::ssize(columns), row);
}

void RowSolver::set_equations(std::span<const std::int32_t> columns, std::span<const float> values, NormalEquations& equations) {
  std::ranges::fill(equations.matrix, 0.0);
  std::ranges::fill(equations.right, 0.0);
  for (std::size_t first = 0; first < columns.size(); first += piece_entries) {
    const auto count = std::min<std::size_t>(piece_entries, columns.size() - first);
    add_piece(columns.subspan(first, count), values.subspan(first, count), equations);
  }
}

void RowSolver::add_piece(std::span<const std::int32_t> columns, std::span<const float> values, NormalEquations& equations) {
  const auto& kernels = kernel::active();
  const auto count = std::ssize(columns);
  const bool implicit = options_.feedback == Feedback::implicit;
  std::ranges::fill(piece_, 0.0F);
  std::ranges::fill(piece_right_, 0.0F);
  std::ranges::fill(piece_bias_, 0.0F);
  float targets = 0;
  for (std::int64_t first = 0; first < count; first += kernel::panel_rows) {
    const auto rows = std::min(kernel::panel_rows, count - first);
    const auto ahead = std::min(kernel::panel_rows, count - first - rows);
    const std::int32_t* const places = columns.data() + first;
    weigh(columns.subspan(size_of(first), size_of(rows)), values.subspan(size_of(first), size_of(rows)));
    kernels.gram(side_.rows, places, implicit ? weights_.data() : nullptr, rows, ahead, options_.rank, stride_, piece_.data());
    kernels.weighted_sum(side_.rows, places, targets_.data(), rows, stride_, piece_right_.data());
    if (!biases_) continue;
    // A bias is the factor of a feature that is 1 in every entry.
    kernels.weighted_sum(side_.rows, places, ones_.data(), rows, stride_, piece_bias_.data());
    for (std::int64_t i = 0; i < rows; ++i) targets += targets_[size_of(i)];
  }
  if (biases_) {
    const auto bias = size_of(options_.rank);
    for (std::size_t a = 0; a < bias; ++a) piece_[a * size_of(stride_) + bias] = piece_bias_[a];
    piece_[bias * size_of(stride_) + bias] = static_cast<float>(count);
    piece_right_[bias] = targets;
  }
  kernels.add(piece_.data(), stride_ * stride_, equations.matrix.data());
  kernels.add(piece_right_.data(), stride_, equations.right.data());
}

void RowSolver::weigh(std::span<const std::int32_t> columns, std::span<const float> values) {
  if (options_.feedback == Feedback::implicit) {
    const auto alpha = static_cast<float>(options_.alpha);
    for (std::size_t i = 0; i < values.size(); ++i) {
      weights_[i] = alpha * values[i];
      targets_[i] = 1 + weights_[i];
    }
    return;
  }
  for (std::size_t i = 0; i < values.size(); ++i) {
    weights_[i] = 1;
    targets_[i] = values[i];
    if (!biases_) continue;
    const auto bias = static_cast<double>(side_.rows[columns[i] * side_.stride + side_.bias]);
    targets_[i] = static_cast<float>(static_cast<double>(values[i]) - side_.mean - bias);
  }
}

bool RowSolver::solve(NormalEquations& equations, std::int64_t entries, float* row) {
  const double weight = penalty(entries);
  for (std::int64_t a = 0; a < std::ssize(side_.gram) / options_.rank; ++a) {
    const double* const gram = side_.gram.data() + a * options_.rank;
    double* const into = equations.matrix.data() + a * stride_;
    for (std::int64_t b = a; b < options_.rank; ++b) into[b] += gram[b];
  }
  for (std::int64_t a = 0; a < unknowns_; ++a) equations.matrix[size_of(a * (stride_ + 1))] += weight;
  if (!uses_conjugate_gradient(options_)) return solve_exactly(equations, row);
  take(row);
  const auto image_of = [&](const Floats& of, Floats& image) {
    for (std::int64_t a = 0; a < unknowns_; ++a) {
      double sum = 0;
      for (std::int64_t b = 0; b < unknowns_; ++b)
        sum += equations.matrix[size_of(std::min(a, b) * stride_ + std::max(a, b))] * static_cast<double>(of[size_of(b)]);
      image[size_of(a)] = static_cast<float>(sum);
    }
  };
  image_of(x_, image_);
  for (std::int64_t a = 0; a < unknowns_; ++a)
    residual_[size_of(a)] = static_cast<float>(equations.right[size_of(a)] - static_cast<double>(image_[size_of(a)]));
  descend(image_of);
  put(x_.data(), row);
  return true;
}

bool RowSolver::solve_exactly(NormalEquations& equations, float* row) {
  if (!kernel::active().solve(equations.matrix.data(), work_.data(), unknowns_, stride_, equations.right.data())) return false;
  for (std::int64_t a = 0; a < unknowns_; ++a) x_[size_of(a)] = static_cast<float>(equations.right[size_of(a)]);
  put(x_.data(), row);
  return true;
}

bool RowSolver::solve_by_gradient(std::span<const std::int32_t> columns, std::span<const float> values, float* row) {
  const auto& kernels = kernel::active();
  const auto count = std::ssize(columns);
  rows_.resize(std::max(rows_.size(), size_of(count * stride_)));
  for (auto* const values_of_entries : {&weights_, &targets_, &products_})
    values_of_entries->resize(std::max(values_of_entries->size(), size_of(count)));
  kernels.gather(side_.rows, columns.data(), count, stride_, rows_.data());
  weigh(columns, values);
  for (std::int64_t i = 0; biases_ && i < count; ++i) {
    rows_[size_of(i * stride_ + options_.rank)] = 1;
    rows_[size_of(i * stride_ + options_.rank + 1)] = 0;
  }
  const auto weight = static_cast<float>(penalty(count));
  // image = penalty of + G of, and then the sum over entries of coefficient_of(entry, row . of) times the row.
  const auto image_of = [&](const Floats& of, Floats& image, const auto& coefficient_of) {
    std::ranges::fill(sums_, 0.0);
    for (std::int64_t first = 0; first < count; first += piece_entries) {
      const auto rows = std::min(piece_entries, count - first);
      const float* const piece = rows_.data() + first * stride_;
      kernels.products(of.data(), piece, nullptr, rows, stride_, products_.data());
      for (std::int64_t i = 0; i < rows; ++i) products_[size_of(i)] = coefficient_of(size_of(first + i), products_[size_of(i)]);
      std::ranges::fill(piece_right_, 0.0F);
      kernels.weighted_sum(piece, nullptr, products_.data(), rows, stride_, piece_right_.data());
      kernels.add(piece_right_.data(), stride_, sums_.data());
    }
    std::ranges::fill(image, 0.0F);
    if (!side_.gram_floats.empty())
      kernels.weighted_sum(side_.gram_floats.data(), nullptr, of.data(), options_.rank, stride_, image.data());
    for (std::int64_t a = 0; a < unknowns_; ++a) image[size_of(a)] = weight * of[size_of(a)] + image[size_of(a)];
  };
  take(row);
  image_of(x_, image_, [&](std::size_t i, float product) { return targets_[i] - weights_[i] * product; });
  for (std::size_t a = 0; a < residual_.size(); ++a) residual_[a] = static_cast<float>(sums_[a] - static_cast<double>(image_[a]));
  descend([&](const Floats& of, Floats& image) {
    image_of(of, image, [&](std::size_t i, float product) { return weights_[i] * product; });
    for (std::size_t a = 0; a < image.size(); ++a) image[a] = static_cast<float>(sums_[a] + static_cast<double>(image[a]));
  });
  put(x_.data(), row);
  return true;
}

template <class Product>
void RowSolver::descend(const Product& product) {
  const auto& kernels = kernel::active();
  const auto scalar = [&](const Floats& a, const Floats& b) {
    float result = 0;
    kernels.products(a.data(), b.data(), nullptr, 1, stride_, &result);
    return result;
  };
  direction_ = residual_;
  float left = scalar(residual_, residual_);
  for (int step = 0; step < options_.steps; ++step) {
    product(direction_, image_);
    const float curvature = scalar(direction_, image_);
    if (!(left > 0) || !(curvature > 0)) break;
    const float length = left / curvature;
    for (std::size_t a = 0; a < x_.size(); ++a) {
      x_[a] += length * direction_[a];
      residual_[a] -= length * image_[a];
    }
    const float next = scalar(residual_, residual_);
    const float share = next / left;
    for (std::size_t a = 0; a < x_.size(); ++a) direction_[a] = share * direction_[a] + residual_[a];
    left = next;
  }
}

void RowSolver::take(const float* row) {
  std::ranges::fill(x_, 0.0F);
  std::copy_n(row, options_.rank, x_.begin());
  if (biases_) x_[size_of(options_.rank)] = row[side_.bias_of_other];
}

void RowSolver::put(const float* solution, float* row) const {
  std::copy_n(solution, options_.rank, row);
  std::fill(row + options_.rank, row + stride_, 0.0F);
  if (!biases_) return;
  row[side_.bias] = 1;
  row[side_.bias_of_other] = solution[options_.rank];
}

}  // namespace fullbase::recommendation
