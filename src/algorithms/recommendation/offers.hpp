// What everybody is offered in the end: lists of their own, or what is popular.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "algorithms/recommendation/popular_items.hpp"
#include "algorithms/recommendation/ranked_rows.hpp"
#include "algorithms/recommendation/recommend.hpp"
#include "algorithms/recommendation/row_shares.hpp"
#include "algorithms/recommendation/side_keys.hpp"
#include "base/block.hpp"
#include "comm/communicator.hpp"
#include "data/budget.hpp"

namespace fullbase::recommendation {

/// Those of a rank who are offered something: rows `own` of some keys, ranks in order. By row, which customer of the rank's
/// matrix it is, counted from the first, ascending; -1 where the matrix does not know them.
struct Recipients {
  base::RowRange own;
  std::vector<std::int32_t> places;
  data::Reservation memory;
};

/// The customers of a matrix. Memory, from the budget: 4 bytes one.
Recipients all_customers(comm::Communicator& communicator, const RowShares& shares, data::Budget& budget);

/// Collective. The rows of other keys, each at the rank whose matrix has that customer, those in between at either. Nothing is
/// sent. Memory, from the budget: 4 bytes a row of this rank's; of all rows while they are looked up, which costs every rank a
/// search for each.
Recipients recipients_of(comm::Communicator& communicator, const SideKeys& keys, const SideKeys& customers,
                         const RowShares& shares, data::Budget& budget);

/// Where a list comes from; codes of sources() too.
enum class Source : std::uint8_t { none, personal, popular };
/// Names of Source in the order of their bytes.
data::DictionaryPointer sources();

struct Offers {
  RankedRows lists;             ///< by row of the recipients
  std::vector<Source> sources;  ///< none where the list is empty
};

/// The list of `personal` (a row a customer of this rank's matrix), or, where it is empty, what is popular; nothing without
/// `popular`. Not collective. Memory: bytes_of_lists(), the caller's to reserve, and 1 byte a row.
Offers offers_of(const Recipients& recipients, const Interactions& matrix, const RankedRows& personal,
                 const PopularItems* popular, const TopOptions& options);

/// Collective. By item of the matrix, the same on every rank: whether a table of items has it; and rows of the table that have
/// none of the matrix. Sends 8 bytes an item. Memory, from the budget: 9 bytes an item while it is made.
struct OfferedItems {
  std::vector<std::uint8_t> offered;
  std::int64_t count = 0;
  std::int64_t unknown = 0;
};
OfferedItems offered_items(comm::Communicator& communicator, const data::BlockSource& source, int column, const SideKeys& items,
                           data::Budget& budget);

}  // namespace fullbase::recommendation
