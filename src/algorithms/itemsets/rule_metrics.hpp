// What is measured of an association rule: each value from exact counts by one formula.
#pragma once

#include <cstdint>
#include <limits>

#include "base/int128.hpp"

namespace fullbase::itemsets {

/// Of a rule X -> Y: baskets that hold X and Y, X, Y, and all baskets. Each fewer than 2^53, and so exact as a double.
/// 0 < both <= antecedent, consequent <= baskets.
struct RuleCounts {
  std::int64_t both = 0;
  std::int64_t antecedent = 0;
  std::int64_t consequent = 0;
  std::int64_t baskets = 0;
};

/// Share of the baskets that hold X and Y. Agrawal, Imielinski, Swami 1993.
inline double support(const RuleCounts& rule) noexcept {
  return static_cast<double>(rule.both) / static_cast<double>(rule.baskets);
}
/// Share of the baskets with X that hold Y too. Agrawal, Imielinski, Swami 1993.
inline double confidence(const RuleCounts& rule) noexcept {
  return static_cast<double>(rule.both) / static_cast<double>(rule.antecedent);
}
/// P(X and Y) / (P(X) P(Y)), called interest by Brin, Motwani, Ullman, Tsur 1997; 1 where X and Y are independent.
inline double lift(const RuleCounts& rule) noexcept {
  return static_cast<double>(static_cast<base::int128>(rule.both) * rule.baskets) /
         static_cast<double>(static_cast<base::int128>(rule.antecedent) * rule.consequent);
}
/// P(X and Y) - P(X) P(Y), Piatetsky-Shapiro 1991: the difference is taken of whole numbers, so that nothing of it is lost.
inline double leverage(const RuleCounts& rule) noexcept {
  const auto difference =
      static_cast<base::int128>(rule.both) * rule.baskets - static_cast<base::int128>(rule.antecedent) * rule.consequent;
  return static_cast<double>(difference) / static_cast<double>(static_cast<base::int128>(rule.baskets) * rule.baskets);
}
/// P(X) P(not Y) / P(X and not Y), Brin, Motwani, Ullman, Tsur 1997; infinite where no basket has X without Y.
inline double conviction(const RuleCounts& rule) noexcept {
  if (rule.both == rule.antecedent) return std::numeric_limits<double>::infinity();
  return static_cast<double>(static_cast<base::int128>(rule.antecedent) * (rule.baskets - rule.consequent)) /
         static_cast<double>(static_cast<base::int128>(rule.baskets) * (rule.antecedent - rule.both));
}

}  // namespace fullbase::itemsets
