// What is written about items, from a table with a row or several an item.
#pragma once

#include <cstdint>
#include <span>

#include "algorithms/recommendation/row_shares.hpp"
#include "algorithms/recommendation/side_keys.hpp"
#include "algorithms/texts/documents.hpp"
#include "comm/communicator.hpp"
#include "data/block_source.hpp"
#include "data/budget.hpp"

namespace fullbase::recommendation {

struct ItemTexts {
  SideKeys items;  ///< all that the table has
  RowShares shares;
  texts::Documents documents;    ///< this rank's items' different texts, by bytes
  std::int64_t missing = 0;      ///< rows of all ranks without an item: left out
  std::int64_t without_any = 0;  ///< items of all ranks whose texts are missing or empty
  data::Reservation memory;      ///< of the documents
};

/// Collective. `item`: position of the key column; `columns`: of those with texts, strings or categories. A text that stands in
/// several rows or columns of an item counts once. Throws an input error that names the row for a text that is not UTF-8, and for
/// a table without any item. Sends each rank's different texts of an item to the item's owner once, 12 bytes more each, and 8
/// bytes a slot are added up. Memory, from the budget: SideKeys, 16 bytes a text and its bytes; while it is made TextNumbers of
/// the different texts for each thread that has met them, once more what is sent, and 8 bytes a slot.
ItemTexts read_item_texts(comm::Communicator& communicator, const data::BlockSource& source, int item,
                          std::span<const int> columns, data::Budget& budget);

}  // namespace fullbase::recommendation
