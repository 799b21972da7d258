// Which delimiter and quote a file seems to have.
#pragma once

#include <string>

#include "store/csv/byte_reader.hpp"

namespace fullbase::store::csv {

struct GuessedDialect {
  std::string delimiter = ",";  ///< as CsvOptions::delimiter
  std::string quote = "\"";
};

/// By the file's first 256 KiB: of comma, semicolon, tab and bar the delimiter by which most records have as many fields as the
/// first, at least two, then the one of more fields; blanks where none of them cuts nine records in ten alike. A comma if no
/// delimiter does. The quote is ' only where fields stand between two of them and none between two ". `given` is a delimiter that
/// is known; empty: none is. Throws io and input errors.
GuessedDialect guess_dialect(const InputFile& file, const std::string& given);

/// The same of a file of one basket a line, whose lines have any number of fields: blanks where there are but digits between
/// them, else of comma, semicolon, tab and bar the one that parts the most fields, the first of equals.
GuessedDialect guess_basket_dialect(const InputFile& file, const std::string& given);

}  // namespace fullbase::store::csv
