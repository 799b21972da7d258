#include "algorithms/linear/loss.hpp"

#include <algorithm>
#include <cmath>
#include <span>

#include "base/block.hpp"
#include "base/exact_sum.hpp"
#include "base/math.hpp"

namespace fullbase::linear {
namespace {

constexpr auto rows = static_cast<std::size_t>(base::block_rows);

}  // namespace

BlockLoss::BlockLoss(Loss loss, int outputs, int positive)
    : loss_(loss),
      outputs_(outputs),
      positive_(positive),
      first_(static_cast<std::size_t>(outputs) * rows),
      second_(first_.size()),
      weights_(rows),
      losses_(rows),
      terms_(rows) {}

std::int64_t BlockLoss::bytes(int outputs) noexcept {
  return (2 * std::int64_t{outputs} + 3) * base::block_rows * 8;
}

const double* BlockLoss::first(int k) const noexcept {
  return first_.data() + static_cast<std::size_t>(k) * rows;
}

double BlockLoss::evaluate(const double* scores, const std::int32_t* codes, const double* weights) {
  std::copy_n(weights, rows, weights_.begin());
  switch (loss_) {
    case Loss::logistic:
      logistic(scores, codes, weights);
      break;
    case Loss::softmax:
      softmax(scores, codes, weights);
      break;
    case Loss::squared_hinge:
      squared_hinge(scores, codes, weights);
      break;
  }
  return base::ordered_sum(losses_);
}

void BlockLoss::logistic(const double* scores, const std::int32_t* codes, const double* weights) {
  for (std::size_t i = 0; i < rows; ++i) terms_[i] = -std::fabs(scores[i]);
  base::exp(terms_, terms_);
  base::log1p(terms_, losses_);
  for (std::size_t i = 0; i < rows; ++i) {
    const double sign = codes[i] == positive_ ? 1.0 : -1.0;
    const double margin = sign * scores[i];
    const double e = terms_[i];
    const double inverse = 1 / (1 + e);
    const double wrong = margin >= 0 ? e * inverse : inverse;  // the probability that is not the row's class's
    losses_[i] = weights[i] * (losses_[i] + std::max(-margin, 0.0));
    first_[i] = -sign * weights[i] * wrong;
    second_[i] = weights[i] * (e * inverse * inverse);
  }
}

void BlockLoss::softmax(const double* scores, const std::int32_t* codes, const double* weights) {
  const auto outputs = static_cast<std::size_t>(outputs_);
  std::copy_n(scores, rows, terms_.begin());
  for (std::size_t k = 1; k < outputs; ++k)
    for (std::size_t i = 0; i < rows; ++i) terms_[i] = std::max(terms_[i], scores[k * rows + i]);
  for (std::size_t k = 0; k < outputs; ++k) {
    for (std::size_t i = 0; i < rows; ++i) second_[k * rows + i] = scores[k * rows + i] - terms_[i];
    const auto values = std::span(second_).subspan(k * rows, rows);
    base::exp(values, values);
  }
  for (std::size_t i = 0; i < rows; ++i) losses_[i] = terms_[i] - scores[static_cast<std::size_t>(codes[i]) * rows + i];
  std::fill(terms_.begin(), terms_.end(), 0.0);
  for (std::size_t k = 0; k < outputs; ++k)
    for (std::size_t i = 0; i < rows; ++i) terms_[i] += second_[k * rows + i];
  for (std::size_t k = 0; k < outputs; ++k)
    for (std::size_t i = 0; i < rows; ++i) {
      const double p = second_[k * rows + i] / terms_[i];
      second_[k * rows + i] = p;
      first_[k * rows + i] = weights[i] * p;
    }
  // The row's own class: p - 1 as what the others have, which keeps its digits where p is nearly 1.
  for (std::size_t i = 0; i < rows; ++i) {
    const auto own = static_cast<std::size_t>(codes[i]);
    double others = 0;
    for (std::size_t k = 0; k < outputs; ++k) others += k == own ? 0.0 : second_[k * rows + i];
    first_[own * rows + i] = -weights[i] * others;
  }
  base::log(terms_, terms_);
  for (std::size_t i = 0; i < rows; ++i) losses_[i] = weights[i] * (losses_[i] + terms_[i]);
}

void BlockLoss::squared_hinge(const double* scores, const std::int32_t* codes, const double* weights) {
  for (std::size_t i = 0; i < rows; ++i) {
    const double sign = codes[i] == positive_ ? 1.0 : -1.0;
    const double short_of = std::max(0.0, 1 - sign * scores[i]);
    losses_[i] = weights[i] * short_of * short_of;
    first_[i] = -2 * sign * weights[i] * short_of;
    second_[i] = short_of > 0 ? 2 * weights[i] : 0.0;
  }
}

void BlockLoss::second(int k, int l, double* out) const {
  if (loss_ != Loss::softmax) {
    std::copy_n(second_.begin(), rows, out);
    return;
  }
  const double* p = second_.data() + static_cast<std::size_t>(k) * rows;
  const double* q = second_.data() + static_cast<std::size_t>(l) * rows;
  if (k == l)
    for (std::size_t i = 0; i < rows; ++i) out[i] = weights_[i] * (p[i] * (1 - p[i]));
  else
    for (std::size_t i = 0; i < rows; ++i) out[i] = -weights_[i] * (p[i] * q[i]);
}

void BlockLoss::product(const double* v, double* out) const {
  if (loss_ != Loss::softmax) {
    for (std::size_t i = 0; i < rows; ++i) out[i] = second_[i] * v[i];
    return;
  }
  const auto outputs = static_cast<std::size_t>(outputs_);
  std::vector<double> mean(rows, 0.0);
  for (std::size_t k = 0; k < outputs; ++k)
    for (std::size_t i = 0; i < rows; ++i) mean[i] += second_[k * rows + i] * v[k * rows + i];
  for (std::size_t k = 0; k < outputs; ++k)
    for (std::size_t i = 0; i < rows; ++i)
      out[k * rows + i] = weights_[i] * (second_[k * rows + i] * (v[k * rows + i] - mean[i]));
}

}  // namespace fullbase::linear
