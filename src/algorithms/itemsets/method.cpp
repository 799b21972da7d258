#include "algorithms/itemsets/method.hpp"

namespace fullbase::itemsets {

std::int64_t most_triples(const FrequentPairs& pairs, std::int32_t items) noexcept {
  std::int64_t triples = 0;
  for (std::int32_t item = 0; item < items; ++item) {
    const auto others = static_cast<std::int64_t>(pairs.others_of(item).size());
    triples += others * (others - 1) / 2;
  }
  return triples;
}

Method choose_method(const FrequentItems& items, const FrequentPairs& pairs, int longest) noexcept {
  return longest < 3 || most_triples(pairs, items.size()) == 0 ? Method::apriori : Method::eclat;
}

}  // namespace fullbase::itemsets
