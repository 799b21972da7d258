// Rows counted by two classifications, and how much the one tells of the other.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/contract.hpp"

namespace fullbase::association {

/// Counts of `first` x `second` cells, those of one first class together.
class ContingencyTable {
 public:
  ContingencyTable() = default;
  ContingencyTable(std::int64_t first, std::int64_t second)
      : first_(first), second_(second), counts_(static_cast<std::size_t>(first * second), 0) {}

  std::int64_t first() const noexcept { return first_; }
  std::int64_t second() const noexcept { return second_; }
  std::int64_t& at(std::int64_t i, std::int64_t j) noexcept { return counts_[static_cast<std::size_t>(i * second_ + j)]; }
  std::int64_t at(std::int64_t i, std::int64_t j) const noexcept { return counts_[static_cast<std::size_t>(i * second_ + j)]; }
  std::span<std::int64_t> counts() noexcept { return counts_; }

  /// Rows of each first class, of each second one.
  std::vector<std::int64_t> first_sums() const;
  std::vector<std::int64_t> second_sums() const;

  void add(const ContingencyTable& other) {
    FULLBASE_EXPECTS(first_ == other.first_ && second_ == other.second_, "tables of one shape are added");
    for (std::size_t i = 0; i < counts_.size(); ++i) counts_[i] += other.counts_[i];
  }

 private:
  std::int64_t first_ = 0;
  std::int64_t second_ = 0;
  std::vector<std::int64_t> counts_;
};

/// Mutual information of the two classifications in nats: sum of p(i, j) ln(p(i, j) / (p(i) p(j))), with the cells' shares as
/// probabilities (the plug-in estimate, which is too large by about (r - 1)(s - 1) / 2n where there is none; Miller 1955).
/// Summed in the order of the cells: error about 1e-15. Not below 0; 0 without rows.
double mutual_information(const ContingencyTable& table);

struct ChiSquare {
  double statistic = 0;
  std::int64_t degrees_of_freedom = 0;
  double p_value = 1;  ///< of a statistic at least as large, were the two independent
};
/// Pearson's test of independence, without correction: sum of (count - expected)^2 / expected over classes that occur.
/// Without two classes on either side there is nothing to test: 0 degrees of freedom, p-value 1. Relative error of the statistic
/// about 1e-15 a cell in the worst case.
ChiSquare chi_square(const ContingencyTable& table);

}  // namespace fullbase::association
