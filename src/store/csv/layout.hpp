// Where a file's records begin and which of their fields are imported.
#pragma once

#include <cstdint>
#include <vector>

#include "store/csv/byte_reader.hpp"
#include "store/csv/options.hpp"

namespace fullbase::store::csv {

struct Layout {
  std::int64_t data_begin = 0;              ///< byte of the text at which the first record after the header begins
  std::int64_t data_line = 1;               ///< its line
  std::size_t fields = 0;                   ///< fields of a record; 0: the file holds none
  std::vector<std::size_t> positions = {};  ///< of each imported column within a record
};

/// Reads the beginning of a file. Throws input errors: an empty file where a header is expected, imported
/// names that occur twice, columns that are not there (with the nearest name or the number of fields), a header that never ends.
Layout read_layout(const InputFile& file, const CsvOptions& options);

}  // namespace fullbase::store::csv
