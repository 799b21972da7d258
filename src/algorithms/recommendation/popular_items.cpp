#include "algorithms/recommendation/popular_items.hpp"

#include <algorithm>
#include <utility>

#include "comm/agreement.hpp"

namespace fullbase::recommendation {

PopularItems::PopularItems(comm::Communicator& communicator, const Interactions& matrix, std::span<const std::uint8_t> offered,
                           data::Budget& budget) {
  std::vector<std::int64_t> own;
  data::Reservation counting;
  comm::collective_try(communicator, "popular items", [&] {
    memory_ = budget.require(8 * matrix.items.rows(), "the items by how many customers have them");
    counting = budget.require(20 * matrix.items.rows(), "the items by how many customers have them");
    for (std::int64_t item = 0; item < matrix.of_items.rows(); ++item) own.push_back(matrix.of_items.length(item));
  });
  // In the order of ranks, which is that of items.
  const auto counts = communicator.all_gather_all(std::span<const std::int64_t>(own)).values;
  comm::collective_try(communicator, "popular items", [&] {
    for (std::size_t item = 0; item < counts.size(); ++item) {
      if (counts[item] > 0 && (offered.empty() || offered[item] != 0)) items_.push_back(static_cast<std::int32_t>(item));
    }
    // By what is written: more than 2^24 customers may be as many to a float32.
    const auto score = [&](std::int32_t item) { return static_cast<float>(counts[static_cast<std::size_t>(item)]); };
    std::ranges::stable_sort(items_, [&](std::int32_t a, std::int32_t b) { return score(a) > score(b); });
    for (const auto item : items_) scores_.push_back(score(item));
  });
}

void PopularItems::append(std::span<const std::int32_t> own, std::int64_t top, RankedRows& lists) const {
  for (std::size_t i = 0; i < items_.size() && top > 0; ++i) {
    if (std::ranges::binary_search(own, items_[i])) continue;
    lists.ids.push_back(items_[i]);
    lists.scores.push_back(scores_[i]);
    --top;
  }
  lists.starts.push_back(std::ssize(lists.ids));
}

RankedRows top_by_popularity(comm::Communicator& communicator, const Interactions& matrix, const TopOptions& options,
                             data::Budget& budget) {
  const PopularItems popular(communicator, matrix, options.offered, budget);
  return comm::collective_try(communicator, "lists", [&] {
    RankedRows lists;
    for (std::int64_t customer = 0; customer < matrix.of_customers.rows(); ++customer) {
      const auto own = options.again ? std::span<const std::int32_t>() : matrix.of_customers.columns_of(customer);
      popular.append(own, options.wants(customer) ? options.top : 0, lists);
    }
    return lists;
  });
}

}  // namespace fullbase::recommendation
