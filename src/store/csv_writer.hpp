// Tables as CSV (RFC 4180), for people and other programs.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>

#include "data/block_source.hpp"

namespace fullbase::store {

struct CsvStyle {
  char delimiter = ',';
  std::string missing = {};     ///< stands for a missing value; a text equal to it is put in quotes
  bool guard_formulas = false;  ///< an apostrophe before texts that a spreadsheet would take for a formula, the header's too
};

/// The header line: column names.
std::string csv_header(std::span<const data::Field> fields, const CsvStyle& options = {});

/// Appends a line a row, each ending with "\n". Decimals with all their digits, floats with the fewest digits that give the same
/// value back, booleans as true and false, timestamps as 2011-12-10T08:26:00Z, dates as 2011-12-10. Texts in quotes where they
/// hold a delimiter, quote or line break, begin or end with a blank, or could be taken for a missing value. Formulas begin with
/// = + - @, a tab or a line break, also behind blanks, or with the full-width = + - @; texts that are plain numbers (-12.5) stay
/// as they are.
void append_csv(const data::Batch& batch, std::string& text, const CsvStyle& options = {});

/// Gives `take` the columns of a table as text, the header first, some blocks at a time. One process. Memory: those blocks.
void write_csv(const data::BlockSource& source, std::span<const int> columns, const CsvStyle& options,
               const std::function<void(std::string_view text)>& take);

/// Writes the columns of a table to `path`: under a temporary name, then renamed. One process. Memory: some blocks.
void export_csv(const data::BlockSource& source, std::span<const int> columns, const std::string& path,
                const CsvStyle& options = {});

}  // namespace fullbase::store
