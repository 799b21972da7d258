// Where a file's records begin and which of their fields are imported.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "store/csv/byte_reader.hpp"
#include "store/csv/options.hpp"
#include "store/input_files.hpp"

namespace fullbase::store::csv {

struct Layout {
  std::int64_t data_begin = 0;              ///< byte of the text at which the first record after the header begins
  std::int64_t data_line = 1;               ///< its line
  std::size_t fields = 0;                   ///< fields of a record; 0: the file holds none
  std::vector<std::size_t> positions = {};  ///< of each imported column within a record
  std::int64_t lines_before = 0;            ///< of files before this one: baskets are numbered over all
  PathValues path_values = {};              ///< by imported column; positions of those with one are not used

  const PartitionValue* path_value(std::size_t column) const noexcept {
    return path_values.empty() || !path_values[column] ? nullptr : &*path_values[column];
  }
};

/// Reads the beginning of a file. Throws input errors: an empty file where a header is expected, imported
/// names that occur twice, columns that are not there (with the nearest name or the number of fields), a header that never ends,
/// a column that both the header and the path have, a value of the path that its column cannot take. `file_with` names another
/// file whose header has a column, or nothing; it is asked about a column that this one lacks. Of baskets only a mark at the
/// start is read.
Layout read_layout(const InputFile& file, const CsvOptions& options, const PathValues& path_values = {},
                   const std::function<std::string(const std::string& column)>& file_with = {});

/// Whether the header has this column; false for a file that has no header or cannot be read.
bool has_column(const InputFile& file, const CsvOptions& options, const std::string& column);

}  // namespace fullbase::store::csv
