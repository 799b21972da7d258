// What most customers have: for those of whom nothing is known.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "algorithms/recommendation/recommend.hpp"
#include "algorithms/recommendation/sparse_rows.hpp"
#include "comm/communicator.hpp"
#include "data/budget.hpp"

namespace fullbase::recommendation {

/// Items that are offered, most customers first, of equally many the lowest item first: the same on every rank.
class PopularItems {
 public:
  /// Collective. Sends 8 bytes an item, once. Memory, from the budget: 8 bytes an item on every rank, 20 more while they are
  /// counted.
  PopularItems(comm::Communicator& communicator, const Interactions& matrix, std::span<const std::uint8_t> offered,
               data::Budget& budget);

  /// Appends the list of somebody who has `own` (ascending) to `lists`: the first `top`, without what they have. Cost: top and
  /// what they have, log of that each.
  void append(std::span<const std::int32_t> own, std::int64_t top, RankedRows& lists) const;

  std::int64_t size() const noexcept { return std::ssize(items_); }

 private:
  std::vector<std::int32_t> items_;
  std::vector<float> scores_;
  data::Reservation memory_;
};

}  // namespace fullbase::recommendation
