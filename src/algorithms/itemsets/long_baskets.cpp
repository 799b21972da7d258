#include "algorithms/itemsets/long_baskets.hpp"

#include <algorithm>

namespace fullbase::itemsets {

bool LongBaskets::turn(const Baskets& baskets) {
  std::vector<std::uint64_t> words(static_cast<std::size_t>(items_), 0);
  planes_.fill(0);
  std::int64_t pairs = 0;
  for (std::size_t b = 0; b < members_.size(); ++b) {
    const auto bit = std::uint64_t{1} << b;
    const auto basket = baskets[members_[b]];
    for (const auto item : basket) words[static_cast<std::size_t>(item)] |= bit;
    pairs += std::ssize(basket) * (std::ssize(basket) - 1) / 2;
    for (auto weight = baskets.weight(members_[b]); weight != 0; weight &= weight - 1)
      planes_[static_cast<std::size_t>(std::countr_zero(weight))] |= bit;
  }
  present_.clear();
  words_.clear();
  for (std::int32_t item = 0; item < items_; ++item) {
    const auto word = words[static_cast<std::size_t>(item)];
    if (word == 0) continue;
    present_.push_back(item);
    words_.push_back(word);
  }
  const auto planes = std::ranges::count_if(planes_, [](std::uint64_t plane) { return plane != 0; });
  return planes * std::ssize(present_) * std::ssize(present_) / 2 < pairs;
}

}  // namespace fullbase::itemsets
