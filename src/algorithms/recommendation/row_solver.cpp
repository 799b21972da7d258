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
      rows_(size_of(kernel::panel_rows * stride_)),
      scaled_(rows_.size()),
      piece_(size_of(stride_ * stride_)),
      piece_right_(size_of(stride_)),
      weights_(size_of(kernel::panel_rows)),
      targets_(size_of(kernel::panel_rows)),
      work_(size_of(32 * stride_)),
      sums_(size_of(stride_)),
      x_(size_of(stride_)),
      residual_(x_.size()),
      direction_(x_.size()),
      image_(x_.size()) {}

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
  const bool implicit = options_.feedback == Feedback::implicit;
  std::ranges::fill(piece_, 0.0F);
  std::ranges::fill(piece_right_, 0.0F);
  for (std::size_t first = 0; first < columns.size(); first += kernel::panel_rows) {
    const auto count = std::min<std::size_t>(kernel::panel_rows, columns.size() - first);
    const auto rows = static_cast<std::int64_t>(count);
    const float* scaled = rows_.data();
    if (implicit) {
      weigh(values.subspan(first, count), nullptr, weights_.data(), targets_.data());
      kernels.pack(side_.rows, columns.data() + first, weights_.data(), rows, stride_, rows_.data(), scaled_.data());
      scaled = scaled_.data();
    } else {
      kernels.gather(side_.rows, columns.data() + first, rows, stride_, rows_.data());
      weigh(values.subspan(first, count), rows_.data(), weights_.data(), targets_.data());
    }
    kernels.gram(rows_.data(), scaled, rows, unknowns_, stride_, piece_.data());
    kernels.weighted_sum(rows_.data(), targets_.data(), rows, stride_, piece_right_.data());
  }
  kernels.add(piece_.data(), stride_ * stride_, equations.matrix.data());
  kernels.add(piece_right_.data(), stride_, equations.right.data());
}

void RowSolver::weigh(std::span<const float> values, float* rows, float* weights, float* targets) const {
  if (options_.feedback == Feedback::implicit) {
    const auto alpha = static_cast<float>(options_.alpha);
    for (std::size_t i = 0; i < values.size(); ++i) {
      weights[i] = alpha * values[i];
      targets[i] = 1 + weights[i];
    }
    return;
  }
  for (std::size_t i = 0; i < values.size(); ++i) {
    weights[i] = 1;
    targets[i] = values[i];
    if (!biases_) continue;
    float* const row = rows + static_cast<std::int64_t>(i) * stride_;
    targets[i] = static_cast<float>(static_cast<double>(values[i]) - side_.mean - static_cast<double>(row[side_.bias]));
    row[options_.rank] = 1;
    row[options_.rank + 1] = 0;
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
  const auto image_of = [&](const std::vector<float>& of, std::vector<float>& image) {
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
  weigh(values, rows_.data(), weights_.data(), targets_.data());
  const auto weight = static_cast<float>(penalty(count));
  // image = penalty of + G of, and then the sum over entries of coefficient_of(entry, row . of) times the row.
  const auto image_of = [&](const std::vector<float>& of, std::vector<float>& image, const auto& coefficient_of) {
    std::ranges::fill(sums_, 0.0);
    for (std::int64_t first = 0; first < count; first += piece_entries) {
      const auto rows = std::min(piece_entries, count - first);
      const float* const piece = rows_.data() + first * stride_;
      kernels.products(of.data(), piece, nullptr, rows, stride_, products_.data());
      for (std::int64_t i = 0; i < rows; ++i) products_[size_of(i)] = coefficient_of(size_of(first + i), products_[size_of(i)]);
      std::ranges::fill(piece_right_, 0.0F);
      kernels.weighted_sum(piece, products_.data(), rows, stride_, piece_right_.data());
      kernels.add(piece_right_.data(), stride_, sums_.data());
    }
    std::ranges::fill(image, 0.0F);
    if (!side_.gram_floats.empty())
      kernels.weighted_sum(side_.gram_floats.data(), of.data(), options_.rank, stride_, image.data());
    for (std::int64_t a = 0; a < unknowns_; ++a) image[size_of(a)] = weight * of[size_of(a)] + image[size_of(a)];
  };
  take(row);
  image_of(x_, image_, [&](std::size_t i, float product) { return targets_[i] - weights_[i] * product; });
  for (std::size_t a = 0; a < residual_.size(); ++a) residual_[a] = static_cast<float>(sums_[a] - static_cast<double>(image_[a]));
  descend([&](const std::vector<float>& of, std::vector<float>& image) {
    image_of(of, image, [&](std::size_t i, float product) { return weights_[i] * product; });
    for (std::size_t a = 0; a < image.size(); ++a) image[a] = static_cast<float>(sums_[a] + static_cast<double>(image[a]));
  });
  put(x_.data(), row);
  return true;
}

template <class Product>
void RowSolver::descend(const Product& product) {
  const auto& kernels = kernel::active();
  const auto scalar = [&](const std::vector<float>& a, const std::vector<float>& b) {
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
