#include "algorithms/linear/objective.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "algorithms/linear/fixed_sums.hpp"
#include "algorithms/linear/objective_share.hpp"
#include "base/exact_sum.hpp"
#include "comm/agreement.hpp"
#include "parallel/for_each.hpp"

namespace fullbase::linear {
namespace {

using base::int128;

constexpr std::int64_t block_rows = base::block_rows;

std::size_t index(std::int64_t i) {
  return static_cast<std::size_t>(i);
}

}  // namespace

Objective::Objective(comm::Communicator& communicator, const Design& design, std::span<const std::int32_t> codes,
                     ObjectiveOptions options)
    : communicator_(communicator),
      design_(design),
      codes_(codes),
      options_(std::move(options)),
      places_(design.encoding().places()),
      intercept_(design.encoding().intercept()) {
  for (const double weight : options_.weights) greatest_weight_ = std::max(greatest_weight_, weight);
  for (const double greatest : design.encoding().greatest) units_.push_back(unit_multiplier(greatest));
  units_.push_back(unit_multiplier(1));
}

std::int64_t Objective::bytes(std::int64_t places, int outputs, Second second, int threads) noexcept {
  const std::int64_t pairs = std::int64_t{outputs} * (outputs + 1) / 2;
  const std::int64_t sums = second == Second::full ? pairs * places * (places + 1) / 2 : outputs * places;
  const std::int64_t scratch = second == Second::full ? places * places : 0;
  return threads * (16 * (outputs * places + sums) + 8 * (scratch + places) + BlockLoss::bytes(outputs) +
                    (2 * std::int64_t{outputs} + 3) * block_rows * 8);
}

Objective::Share Objective::share(Second second) const {
  const auto outputs = index(options_.outputs);
  const auto pairs = outputs * (outputs + 1) / 2;
  const bool full = second == Second::full;
  return {.loss = {},
          .first = std::vector<int128>(index(size())),
          .second = std::vector<int128>(full ? pairs * index(triangle()) : index(size())),
          .terms = BlockLoss(options_.loss, options_.outputs, options_.positive),
          .scores = std::vector<double>(outputs * index(block_rows)),
          .directions = std::vector<double>(outputs * index(block_rows)),
          .weights = std::vector<double>(index(block_rows)),
          .codes = std::vector<std::int32_t>(index(block_rows)),
          .curvature = std::vector<double>(index(block_rows)),
          .dense = std::vector<double>(units_.size()),
          .partial = std::vector<double>(full ? index(places_ * places_) : 0)};
}

double Objective::greatest_score(std::span<const double> coefficients) const {
  const auto& encoding = design_.encoding();
  double greatest = 0;
  for (int k = 0; k < options_.outputs; ++k) {
    const auto own = coefficients.subspan(index(k * places_), index(places_));
    double sum = std::fabs(own[index(intercept_)]);
    for (std::size_t j = 0; j < encoding.greatest.size(); ++j) sum += std::fabs(own[j]) * encoding.greatest[j];
    for (std::size_t c = 0; c + 1 < encoding.first.size(); ++c) {
      double most = 0;
      for (auto p = encoding.first[c]; p < encoding.first[c + 1]; ++p) most = std::max(most, std::fabs(own[index(p)]));
      sum += most;
    }
    greatest = std::max(greatest, sum);
  }
  return greatest;
}

Objective::Scales Objective::scales(std::span<const double> coefficients) const {
  // A row's first derivative is at most its weight, for the hinge twice that by how far it is short of its margin; its second at
  // most a quarter of its weight, for the hinge twice it.
  const bool hinge = options_.loss == Loss::squared_hinge;
  const double first = greatest_weight_ * (hinge ? 2.001 * (1 + greatest_score(coefficients)) : 1.001);
  const double second = greatest_weight_ * (hinge ? 2.001 : 0.251);
  const auto rows = static_cast<double>(std::max<std::int64_t>(1, design_.rows()));
  return {fixed_multiplier(first * rows), fixed_multiplier(first * rows), fixed_multiplier(second * rows),
          fixed_multiplier(second * rows)};
}

std::vector<double> Objective::gradient_of(std::span<const int128> sums, double dense_multiplier, double row_multiplier) const {
  std::vector<double> values(sums.size());
  for (std::size_t i = 0; i < sums.size(); ++i) {
    const auto place = i % index(places_);
    values[i] = from_fixed(sums[i], place < units_.size() ? dense_multiplier * units_[place] : row_multiplier);
  }
  return values;
}

void Objective::fill_hessian(std::span<const int128> sums, const Scales& scales, Value& value) const {
  const auto n = index(size());
  value.hessian.assign(n * n, 0.0);
  const auto unit = [&](std::int64_t a) { return a < std::ssize(units_) ? units_[index(a)] : 1.0; };
  std::size_t at = 0;
  for (int k = 0; k < options_.outputs; ++k)
    for (int l = k; l < options_.outputs; ++l)
      for (std::int64_t a = 0; a < places_; ++a)
        for (std::int64_t b = a; b < places_; ++b, ++at) {
          const double entry = from_fixed(sums[at], scales.second * unit(a) * unit(b));
          // The block of a pair of outputs is symmetric, and so is the whole.
          for (const auto& [row, column] :
               {std::pair{k * places_ + a, l * places_ + b}, std::pair{k * places_ + b, l * places_ + a},
                std::pair{l * places_ + a, k * places_ + b}, std::pair{l * places_ + b, k * places_ + a}})
            value.hessian[index(row) * n + index(column)] = entry;
        }
  for (std::size_t i = 0; i < n; ++i) {
    value.hessian[i * n + i] += ridge(static_cast<std::int64_t>(i));
    value.diagonal.push_back(value.hessian[i * n + i]);
  }
}

Objective::Value Objective::evaluate(std::span<const double> coefficients, Second second) const {
  const auto scales = this->scales(coefficients);
  std::vector<Share> shares;
  for (int t = 0; t < parallel::thread_count(); ++t) shares.push_back(share(second));
  comm::collective_try(communicator_, "pass over rows", [&] {
    design_.for_each([&](const DesignBlock& block, int thread) {
      auto& own = shares[index(thread)];
      prepare_block(block, own);
      score(block, coefficients, own.scores.data());
      const double loss = own.terms.evaluate(own.scores.data(), own.codes.data(), own.weights.data());
      own.beyond = own.beyond || !std::isfinite(loss);
      if (own.beyond) return;
      own.loss.add(loss);
      for (int k = 0; k < options_.outputs; ++k)
        add_transposed(block, own.terms.first(k), k, scales.first, scales.first_row, own);
      if (second == Second::full)
        add_hessian(block, scales, own);
      else
        add_diagonal(block, scales, own);
    });
  });
  auto& all = shares.front();
  for (std::size_t t = 1; t < shares.size(); ++t) {
    all.loss.add(shares[t].loss);
    all.beyond = all.beyond || shares[t].beyond;
    for (std::size_t i = 0; i < all.first.size(); ++i) all.first[i] += shares[t].first[i];
    for (std::size_t i = 0; i < all.second.size(); ++i) all.second[i] += shares[t].second[i];
  }
  comm::StageScope stage(communicator_.statistics(), "iteration");
  Value value;
  const bool beyond = communicator_.sum_value<std::int64_t>(all.beyond ? 1 : 0) > 0;
  if (beyond) {
    value.objective = std::numeric_limits<double>::infinity();
    return value;
  }
  communicator_.sum(std::span(&all.loss, 1));
  communicator_.sum(std::span(all.first));
  communicator_.sum(std::span(all.second));

  std::vector<double> penalties(index(size()));
  value.gradient = gradient_of(all.first, scales.first, scales.first_row);
  for (std::size_t i = 0; i < penalties.size(); ++i) {
    const double r = ridge(static_cast<std::int64_t>(i));
    value.gradient[i] += r * coefficients[i];
    penalties[i] = r * coefficients[i] * coefficients[i];
  }
  value.objective = all.loss.value() + 0.5 * base::ordered_sum(penalties);
  if (second == Second::full) {
    fill_hessian(all.second, scales, value);
    return value;
  }
  for (std::size_t i = 0; i < all.second.size(); ++i) {
    const auto place = i % index(places_);
    const double multiplier = place < units_.size() ? scales.second * units_[place] * units_[place] : scales.second_row;
    value.diagonal.push_back(from_fixed(all.second[i], multiplier) + ridge(static_cast<std::int64_t>(i)));
  }
  return value;
}

std::vector<double> Objective::product(std::span<const double> coefficients, std::span<const double> v) const {
  // A row's part is at most its second derivative's bound times twice the greatest score of v.
  const double bound = greatest_weight_ * 4.002 * greatest_score(v) * static_cast<double>(std::max<std::int64_t>(1, rows()));
  const double multiplier = fixed_multiplier(bound);
  std::vector<Share> shares;
  for (int t = 0; t < parallel::thread_count(); ++t) shares.push_back(share(Second::diagonal));
  comm::collective_try(communicator_, "pass over rows", [&] {
    design_.for_each([&](const DesignBlock& block, int thread) {
      auto& own = shares[index(thread)];
      prepare_block(block, own);
      score(block, coefficients, own.scores.data());
      own.terms.evaluate(own.scores.data(), own.codes.data(), own.weights.data());
      score(block, v, own.directions.data());
      own.terms.product(own.directions.data(), own.directions.data());
      for (int k = 0; k < options_.outputs; ++k)
        add_transposed(block, own.directions.data() + k * block_rows, k, multiplier, multiplier, own);
    });
  });
  auto& all = shares.front();
  for (std::size_t t = 1; t < shares.size(); ++t)
    for (std::size_t i = 0; i < all.first.size(); ++i) all.first[i] += shares[t].first[i];
  comm::StageScope stage(communicator_.statistics(), "product");
  communicator_.sum(std::span(all.first));
  auto result = gradient_of(all.first, multiplier, multiplier);
  for (std::size_t i = 0; i < result.size(); ++i) result[i] += ridge(static_cast<std::int64_t>(i)) * v[i];
  return result;
}

Objective::Margins Objective::margins(std::span<const double> coefficients) const {
  std::vector<Share> shares;
  for (int t = 0; t < parallel::thread_count(); ++t) shares.push_back(share(Second::diagonal));
  comm::collective_try(communicator_, "pass over rows", [&] {
    design_.for_each([&](const DesignBlock& block, int thread) {
      auto& own = shares[index(thread)];
      prepare_block(block, own);
      score(block, coefficients, own.scores.data());
      for (std::int64_t i = 0; i < block.rows; ++i) {
        const auto code = own.codes[index(i)];
        if (own.weights[index(i)] == 0) continue;
        double margin = 0;
        if (options_.outputs == 1) {
          margin = code == options_.positive ? own.scores[index(i)] : -own.scores[index(i)];
        } else {
          double other = -std::numeric_limits<double>::infinity();
          for (int k = 0; k < options_.outputs; ++k)
            if (k != code) other = std::max(other, own.scores[index(k * block_rows + i)]);
          margin = own.scores[index(code * block_rows + i)] - other;
        }
        own.least = std::min(own.least, margin);
        own.greatest = std::max(own.greatest, margin);
      }
    });
  });
  Margins margins{std::numeric_limits<double>::infinity(), -std::numeric_limits<double>::infinity()};
  for (const auto& share : shares) {
    margins.least = std::min(margins.least, share.least);
    margins.greatest = std::max(margins.greatest, share.greatest);
  }
  return {communicator_.min_value(margins.least), communicator_.max_value(margins.greatest)};
}

}  // namespace fullbase::linear
