// Rows of a columnar file (Parquet) on their way into a table, by the same way as those of a CSV file.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "store/columnar_format.hpp"
#include "store/csv/layout.hpp"
#include "store/csv/options.hpp"
#include "store/csv/rows_parser.hpp"

namespace fullbase::store::csv {

/// Where the imported columns are among the file's. Throws input errors: columns that are not there (with the nearest name), ones
/// that cannot be read, ones that both the file and the path have, values of the path that their column cannot take.
Layout columnar_layout(const ColumnarFile& file, const CsvOptions& options, const PathValues& path_values,
                       const std::function<std::string(const std::string& column)>& file_with = {});

/// The file's groups are its pieces: ranks share them out, threads take them. A line of rejects is the row's number in the file,
/// the first is 1. Memory of a thread: a batch of 65,536 rows as it is read and as it is handed on. `file` outlives it.
std::unique_ptr<RowsParser> make_columnar_parser(const comm::Communicator& communicator, const ColumnarFile& file,
                                                 const Layout& layout, const CsvOptions& options, const PieceSizes& sizes);

}  // namespace fullbase::store::csv
