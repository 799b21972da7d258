// From features to what a linear model multiplies: numbers less their mean, by their deviation if asked; categories as places of
// ones.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "algorithms/learning/features.hpp"

namespace fullbase::linear {

/// What a row's terms are. Places of coefficients: the numbers in the features' order, then the constant 1 (the intercept's),
/// then the categories of each categorical feature, none left out. A missing number is its mean, so it adds nothing; a category
/// that is missing or unseen has no place and adds nothing.
struct Encoding {
  std::vector<int> numbers;         ///< positions of the number features
  std::vector<double> mean;         ///< of each
  std::vector<double> deviation;    ///< what each is divided by: of the population, missing values filled; 1 where it is constant
                                    ///< or not standardized
  std::vector<double> spread;       ///< deviation of each, whatever it is divided by; 0 where it is constant
  std::vector<double> greatest;     ///< greatest magnitude among the training rows of (x - mean) / deviation; 0: constant
  std::vector<int> categoricals;    ///< positions of the categorical features
  std::vector<std::int64_t> first;  ///< by categorical feature, the place of its first category; size + 1
  std::vector<double> shares;       ///< by category, in the order of the places: its share of the training rows

  /// The layout for these features; what is fitted is left empty.
  static Encoding of(std::span<const learning::Feature> features);

  /// Columns of doubles of a row: the numbers and the constant.
  std::int64_t dense() const noexcept { return static_cast<std::int64_t>(numbers.size()) + 1; }
  std::int64_t intercept() const noexcept { return static_cast<std::int64_t>(numbers.size()); }
  std::int64_t indexes() const noexcept { return static_cast<std::int64_t>(categoricals.size()); }
  /// Coefficients of one output.
  std::int64_t places() const noexcept { return first.empty() ? dense() : first.back(); }

  /// Deviation of a place's column in the features' own units, a category's that of its ones; 0 of the constant.
  double spread_of(std::int64_t place) const noexcept;

  /// Whether every feature has the same value in all training rows, so that there is nothing to learn from.
  bool is_constant() const noexcept;

  /// Rows [0, rows) with feature f of row i at values[f * stride + i], as learning::FeatureReader reads it. Column j of row i
  /// goes to dense[j * out_stride + i], the constant included; the place of categorical feature c to index[c * out_stride + i],
  /// -1 where there is none.
  void encode(const double* values, std::int64_t stride, std::int64_t rows, double* dense, std::int32_t* index,
              std::int64_t out_stride) const;
  /// encode() in two steps: scale() may follow once means and deviations are known. Between them dense has the numbers as they
  /// are.
  void place(const double* values, std::int64_t stride, std::int64_t rows, double* dense, std::int32_t* index,
             std::int64_t out_stride) const;
  void scale(double* dense, std::int64_t rows, std::int64_t out_stride) const;
};

}  // namespace fullbase::linear
