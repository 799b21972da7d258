// How a CSV file is to be read: its dialect, which columns to take as which types, and how much bad input to bear.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/pseudonym.hpp"
#include "data/schema.hpp"

namespace fullbase::store {

/// One column to import. Columns of the file that no CsvColumn names are skipped without being parsed.
struct CsvColumn {
  std::string source;                                    ///< name in the header or of a folder `name=value` of the path; without
                                                         ///< a header the position, "1" is the first
  std::string as = {};                                   ///< name in the table; empty: source
  data::Type type = data::Type::string;                  ///< float32 is not offered: text is read in double
  int scale = 0;                                         ///< decimal only
  std::string format = {};                               ///< timestamp, date: pattern of base::TimeFormat; empty: ISO 8601
  std::string timezone = {};                             ///< timestamp without offset; empty: CsvOptions::timezone
  bool required = false;                                 ///< a row where it is missing is rejected
  std::optional<std::vector<std::string>> missing = {};  ///< tokens of this column; nothing: CsvOptions::missing
  std::string unit = {};
  bool pseudonym = false;  ///< string, category: its texts are replaced by CsvOptions::pseudonyms before anything is kept

  const std::string& name() const noexcept { return as.empty() ? source : as; }
};

/// Rejected rows that an import bears: at most `count`, or at most `share` of the file's rows, whichever allows more.
struct RejectLimit {
  std::int64_t count = 0;
  double share = 0;

  /// "100" (rows), "0.5%", "0.005" (a share needs a percent sign or a point). Throws a job-file error.
  static RejectLimit parse(std::string_view text);
  bool allows(std::int64_t rejected, std::int64_t rows) const noexcept;
};

/// The columns of a table of baskets, a row an item: the number of the line on which its basket begins, and the item (category,
/// int64 or string), which is missing where a line has none.
std::vector<CsvColumn> basket_columns(const std::string& basket, const std::string& item, data::Type type);

/// The dialect is RFC 4180 with any one-byte delimiter and quote: a field is quoted if its first byte is the quote; within, a
/// doubled quote stands for one, and delimiters and line ends are text. In a field that is not quoted a quote is an ordinary
/// byte. Lines end with LF or CRLF. A byte-order mark at the start is skipped, as are lines without any byte, unless each line is
/// a basket.
struct CsvOptions {
  std::string format = {};         ///< "csv", "parquet", or empty: parquet for files named so, else csv. Of Parquet files the
                                   ///< dialect (delimiter, quote, encoding, header) means nothing
  std::string delimiter = ",";     ///< one byte, "tab", or "blanks": runs of blanks and tabs, also before and after the first and
                                   ///< last field
  std::string quote = "\"";        ///< one byte, or empty: none is special
  std::string encoding = "utf-8";  ///< as csv::encoding_name() writes it
  bool header = true;              ///< the first record of every file names its columns
  bool baskets = false;            ///< each line is a basket's items, as basket_columns() has them
  std::vector<CsvColumn> columns = {};
  /// Texts that mean "missing", quoted or not; in columns of numbers and times after blanks around them are removed.
  std::vector<std::string> missing = {"", "NA", "NULL"};
  RejectLimit max_rejects = {};
  /// Names of columns that together identify a row. Whoever imports checks that they do; none of them is a float. One alone
  /// becomes the schema's key if it is required and an int64, string or category.
  std::vector<std::string> key = {};
  std::string timezone = "UTC";
  /// The key of columns that have pseudonyms. An import needs it; a schema, a draft or a check of the options does not.
  std::shared_ptr<const base::PseudonymKey> pseudonyms = {};

  /// Whether a column has pseudonyms. Then no text of the files goes into rejects and messages, and what is kept of their
  /// contents' digests is sealed.
  bool hides_texts() const noexcept;
};

/// Throws a job-file error if the options contradict themselves: delimiter, quote, column types, scales, formats, time zones,
/// names used twice, no column at all, a key that is none.
void check(const CsvOptions& options);

/// The table that an import gives, known before any file is read. A column may have missing values unless it is required.
data::Schema csv_schema(const CsvOptions& options);

/// All that alters what an import of given bytes gives, as text; equal options give equal texts.
std::string identity(const CsvOptions& options);

}  // namespace fullbase::store
