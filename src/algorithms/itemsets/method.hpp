// Which way frequent sets are found: a choice of speed alone, since both find the same.
#pragma once

#include <cstdint>

#include "algorithms/itemsets/frequent_items.hpp"
#include "algorithms/itemsets/frequent_pairs.hpp"

namespace fullbase::itemsets {

enum class Method { automatic, apriori, eclat };

/// Upper bound on the candidates of three items: two frequent pairs that share their rarer item.
std::int64_t most_triples(const FrequentPairs& pairs, std::int32_t items) noexcept;

/// Apriori where sets of three items are not asked for or cannot be; Eclat else. By the data alone.
Method choose_method(const FrequentItems& items, const FrequentPairs& pairs, int longest) noexcept;

}  // namespace fullbase::itemsets
