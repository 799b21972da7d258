#include "algorithms/association/contingency_table.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "algorithms/association/incomplete_gamma.hpp"
#include "base/exact_sum.hpp"
#include "base/math.hpp"

namespace fullbase::association {

std::vector<std::int64_t> ContingencyTable::first_sums() const {
  std::vector<std::int64_t> sums(static_cast<std::size_t>(first_), 0);
  for (std::int64_t i = 0; i < first_; ++i) {
    for (std::int64_t j = 0; j < second_; ++j) sums[static_cast<std::size_t>(i)] += at(i, j);
  }
  return sums;
}

std::vector<std::int64_t> ContingencyTable::second_sums() const {
  std::vector<std::int64_t> sums(static_cast<std::size_t>(second_), 0);
  for (std::int64_t i = 0; i < first_; ++i) {
    for (std::int64_t j = 0; j < second_; ++j) sums[static_cast<std::size_t>(j)] += at(i, j);
  }
  return sums;
}

double mutual_information(const ContingencyTable& table) {
  const auto first = table.first_sums();
  const auto second = table.second_sums();
  const double rows = static_cast<double>(std::accumulate(first.begin(), first.end(), std::int64_t{0}));
  if (rows == 0) return 0;
  std::vector<double> terms;
  for (std::int64_t i = 0; i < table.first(); ++i) {
    for (std::int64_t j = 0; j < table.second(); ++j) {
      if (table.at(i, j) == 0) continue;
      const double count = static_cast<double>(table.at(i, j));
      const double ratio = (count / static_cast<double>(first[static_cast<std::size_t>(i)])) *
                           (rows / static_cast<double>(second[static_cast<std::size_t>(j)]));
      terms.push_back(count / rows * base::log(ratio));
    }
  }
  return std::max(0.0, base::ordered_sum(terms));
}

ChiSquare chi_square(const ContingencyTable& table) {
  const auto first = table.first_sums();
  const auto second = table.second_sums();
  const auto occurring = [](const std::vector<std::int64_t>& sums) {
    return std::ranges::count_if(sums, [](std::int64_t rows) { return rows > 0; });
  };
  ChiSquare result;
  result.degrees_of_freedom = std::max<std::int64_t>(0, occurring(first) - 1) * std::max<std::int64_t>(0, occurring(second) - 1);
  if (result.degrees_of_freedom == 0) return result;
  const double rows = static_cast<double>(std::accumulate(first.begin(), first.end(), std::int64_t{0}));
  std::vector<double> terms;
  for (std::int64_t i = 0; i < table.first(); ++i) {
    for (std::int64_t j = 0; j < table.second(); ++j) {
      const double expected = static_cast<double>(first[static_cast<std::size_t>(i)]) *
                              (static_cast<double>(second[static_cast<std::size_t>(j)]) / rows);
      if (expected == 0) continue;
      const double difference = static_cast<double>(table.at(i, j)) - expected;
      terms.push_back(difference * difference / expected);
    }
  }
  result.statistic = base::ordered_sum(terms);
  result.p_value = upper_gamma(static_cast<double>(result.degrees_of_freedom) / 2, result.statistic / 2);
  return result;
}

}  // namespace fullbase::association
