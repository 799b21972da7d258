// What one block of rows adds to an objective and its derivatives.
#include <algorithm>

#include "algorithms/linear/fixed_sums.hpp"
#include "algorithms/linear/kernel.hpp"
#include "algorithms/linear/objective.hpp"
#include "algorithms/linear/objective_share.hpp"

namespace fullbase::linear {
namespace {

using base::int128;

constexpr std::int64_t block_rows = base::block_rows;
static_assert(block_rows == kernel::rows);

std::size_t index(std::int64_t i) {
  return static_cast<std::size_t>(i);
}

}  // namespace

void Objective::prepare_block(const DesignBlock& block, Share& share) const {
  std::fill(share.weights.begin() + block.rows, share.weights.end(), 0.0);
  std::fill(share.codes.begin() + block.rows, share.codes.end(), 0);
  const auto first = block.block * block_rows - design_.local_rows().first;
  for (std::int64_t i = 0; i < block.rows; ++i) {
    const auto code = codes_[index(first + i)];
    share.codes[index(i)] = code;
    share.weights[index(i)] = options_.weights[index(code)];
  }
}

void Objective::score(const DesignBlock& block, std::span<const double> coefficients, double* scores) const {
  std::fill_n(scores, options_.outputs * block_rows, 0.0);
  const auto& encoding = design_.encoding();
  for (int k = 0; k < options_.outputs; ++k) {
    const double* own = coefficients.data() + k * places_;
    double* out = scores + k * block_rows;
    kernel::active().add_scores(block.dense, encoding.dense(), own, out);
    for (std::int64_t c = 0; c < encoding.indexes(); ++c) {
      const std::int32_t* place = block.index + c * block_rows;
      for (std::int64_t i = 0; i < block_rows; ++i) out[i] += place[i] >= 0 ? own[place[i]] : 0.0;
    }
  }
}

void Objective::add_transposed(const DesignBlock& block, const double* values, int k, double dense_multiplier,
                               double row_multiplier, Share& share) const {
  const auto& encoding = design_.encoding();
  int128* sums = share.first.data() + k * places_;
  kernel::active().dots(block.dense, encoding.dense(), values, share.dense.data());
  for (std::size_t j = 0; j < share.dense.size(); ++j) sums[j] += to_fixed(share.dense[j], dense_multiplier * units_[j]);
  for (std::int64_t c = 0; c < encoding.indexes(); ++c) {
    const std::int32_t* place = block.index + c * block_rows;
    for (std::int64_t i = 0; i < block.rows; ++i)
      if (place[i] >= 0) sums[place[i]] += to_fixed(values[i], row_multiplier);
  }
}

void Objective::add_diagonal(const DesignBlock& block, const Scales& scales, Share& share) const {
  const auto& encoding = design_.encoding();
  for (int k = 0; k < options_.outputs; ++k) {
    int128* sums = share.second.data() + k * places_;
    share.terms.second(k, k, share.curvature.data());
    kernel::active().squares(block.dense, encoding.dense(), share.curvature.data(), share.dense.data());
    for (std::size_t j = 0; j < share.dense.size(); ++j)
      sums[j] += to_fixed(share.dense[j], scales.second * units_[j] * units_[j]);
    for (std::int64_t c = 0; c < encoding.indexes(); ++c) {
      const std::int32_t* place = block.index + c * block_rows;
      for (std::int64_t i = 0; i < block.rows; ++i)
        if (place[i] >= 0) sums[place[i]] += to_fixed(share.curvature[index(i)], scales.second_row);
    }
  }
}

void Objective::add_hessian(const DesignBlock& block, const Scales& scales, Share& share) const {
  const auto& encoding = design_.encoding();
  const auto dense = encoding.dense();
  int128* sums = share.second.data();
  for (int k = 0; k < options_.outputs; ++k)
    for (int l = k; l < options_.outputs; ++l, sums += triangle()) {
      share.terms.second(k, l, share.curvature.data());
      const double* weight = share.curvature.data();
      double* out = share.partial.data();
      if (encoding.indexes() > 0) std::fill(share.partial.begin(), share.partial.end(), 0.0);
      kernel::active().gram(block.dense, dense, weight, out, places_);
      for (std::int64_t c = 0; c < encoding.indexes(); ++c) {
        const std::int32_t* place = block.index + c * block_rows;
        for (std::int64_t j = 0; j < dense; ++j) {
          const double* column = block.dense + j * block_rows;
          for (std::int64_t i = 0; i < block.rows; ++i)
            if (place[i] >= 0) out[j * places_ + place[i]] += column[i] * weight[i];
        }
        for (std::int64_t other = 0; other <= c; ++other) {
          const std::int32_t* left = block.index + other * block_rows;
          for (std::int64_t i = 0; i < block.rows; ++i)
            if (place[i] >= 0 && left[i] >= 0) out[left[i] * places_ + place[i]] += weight[i];
        }
      }
      std::int64_t at = 0;
      for (std::int64_t a = 0; a < places_; ++a) {
        const double row = scales.second * (a < dense ? units_[index(a)] : 1.0);
        for (std::int64_t b = a; b < places_; ++b, ++at)
          if (out[a * places_ + b] != 0) sums[at] += to_fixed(out[a * places_ + b], b < dense ? row * units_[index(b)] : row);
      }
    }
}

}  // namespace fullbase::linear
