// How CSV files could be imported, by what stands in them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "store/csv/column_guess.hpp"
#include "store/csv/options.hpp"

namespace fullbase::store {

struct InferredColumn {
  std::string source;  ///< its name in the header, or its position
  csv::GuessedColumn guess;
};

struct InferredFiles {
  std::string delimiter;
  std::string quote;
  bool header = true;
  std::int64_t rows = 0;
  std::int64_t ragged = 0;  ///< records of another number of fields, which an import rejects
  std::vector<InferredColumn> columns;
};

/// Reads all of the files. A first record of different texts, none of them a number or a time, is a header. `delimiter`:
/// as CsvOptions has it; empty: it is guessed by the first file. Throws input errors: files whose columns differ, no record,
/// names that occur twice, more than one record in twenty of another number of fields, text that is no UTF-8. One process, one
/// thread. Memory: that of csv::ColumnGuess, and some slabs.
InferredFiles infer_csv(const std::vector<std::string>& files, const std::string& delimiter);

struct InferredBaskets {
  std::string delimiter;
  std::string quote;
  std::int64_t baskets = 0;  ///< lines, those without an item included
  std::int64_t empty = 0;
  std::int64_t rows = 0;     ///< items
  csv::GuessedColumn items;  ///< an int64 or a category, and texts that are no items
};

/// The same of files of one basket a line, of which nothing but the delimiter, the quote and the items' type is open. Throws
/// input errors: no item, text that is no UTF-8. Memory and cost: as infer_csv().
InferredBaskets infer_baskets(const std::vector<std::string>& files, const std::string& delimiter);

}  // namespace fullbase::store
