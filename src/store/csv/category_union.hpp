// From the codes that each thread of each rank gave to its categories, to codes in one dictionary that all ranks share.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/pseudonym.hpp"
#include "comm/communicator.hpp"
#include "data/dictionary.hpp"
#include "store/csv/row_store.hpp"
#include "store/csv/rows_parser.hpp"

namespace fullbase::store::csv {

/// One category column of all ranks.
struct CategoryUnion {
  data::DictionaryPointer dictionary;                ///< in byte order; equal on all ranks
  std::vector<std::vector<std::int32_t>> of_thread;  ///< by thread: its code -> the code in the dictionary
};

/// Collective. Unites the categories of column `column`. With `unused` there may be categories that no row of `rows` has (rows
/// were rejected, or pieces parsed again): these are left out, at the cost of one pass over the rows. With `pseudonyms` the
/// dictionary has the categories' pseudonyms. Memory and traffic: see comm::unite_dictionaries; each thread's categories are
/// sorted.
CategoryUnion unite_categories(comm::Communicator& communicator, const RowsParser& parser, const RowStore& rows,
                               std::size_t column, bool unused, const base::PseudonymKey* pseudonyms = nullptr);

}  // namespace fullbase::store::csv
